"""Who works in the system: users, grants, sign-in links and sessions."""
