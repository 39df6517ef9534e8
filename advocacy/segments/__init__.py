"""Segments: stored questions about persons, and how many answer to them."""
