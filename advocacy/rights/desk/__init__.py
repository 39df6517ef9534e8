"""The desk of those who handle requests about data, and of the retention rules."""
