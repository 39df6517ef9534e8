"""Persons, memberships, consent and suppression."""
