"""Duplicates: two rows that are one human being, merged with a way back."""
