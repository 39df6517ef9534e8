"""The organisation: who we are, whom we know, what they allow, how we reach them."""
