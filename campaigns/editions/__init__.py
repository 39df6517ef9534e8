"""A chapter's own edition of a campaign and its texts in each language."""
