"""What people press in a letter: signed links and unsubscribe pages."""
