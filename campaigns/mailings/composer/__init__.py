"""Writing a mailing: the pages on which its words are set."""
