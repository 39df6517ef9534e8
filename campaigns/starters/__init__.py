"""Starter petitions on connectivity policy, one TOML file each, and the regulators they address."""
