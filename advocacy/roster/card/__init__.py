"""One member as the staff of their chapter see and correct them."""
