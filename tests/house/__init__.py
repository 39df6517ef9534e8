"""Tests that hold the house itself: its walls, its sizes, its words."""
