"""What we send to many: composing, audience, sending, tracking."""
