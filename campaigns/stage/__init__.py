"""The stage: one campaign as its chapter sees it, and the steps that make it public or close it."""
