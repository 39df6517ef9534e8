"""Letters: how they are built, sent, returned, and to which addresses."""
