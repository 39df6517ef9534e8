"""The door: asking for a second factor at sign-in, signing in by a passkey, proving again."""
