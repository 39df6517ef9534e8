"""Tests talk to a real database, a real queue and a real SMTP server."""
