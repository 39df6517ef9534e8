"""Figures of the project, each beside its limit measured in the same run: `make bench`."""
