"""What people did: action pages, signatures, tallies."""
