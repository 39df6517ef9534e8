"""Preferences: what a person chooses about our letters, by a link and without a password."""
