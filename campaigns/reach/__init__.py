"""What a campaign achieved: the definitions and the reports."""
