"""A chapter's settings: the safety profile, in words and with what it changes."""
