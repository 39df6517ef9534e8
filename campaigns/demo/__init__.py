"""A world to look at: made-up people, real chapters, five campaigns and six weeks of letters."""
