"""The tags and the fields of its own that a chapter keeps."""
