"""Turning values into pages, letters, pictures and words in the reader's language."""
