"""Factors: passkeys and one-time codes beside the e-mailed link, and proving oneself again."""
