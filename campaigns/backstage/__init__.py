"""Pages for whoever builds or tries the system: sent letters and the style guide."""
