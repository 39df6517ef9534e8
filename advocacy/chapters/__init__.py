"""The local bodies, headquarters above them, and where they are."""
