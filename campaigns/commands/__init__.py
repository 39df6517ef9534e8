"""Groups of commands of the `advocacy` command that are large enough for a file of their own."""
