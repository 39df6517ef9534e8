"""OpenID Connect: headquarters' people sign in with their organisation's account."""
