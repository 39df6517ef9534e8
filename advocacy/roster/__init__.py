"""Roster: finding, labelling and exporting the members of a chapter."""
