"""The campaign domain: what the organisation does with its chapters and members."""
