"""Rights: a person's access, correction and erasure, and how long we keep what."""
