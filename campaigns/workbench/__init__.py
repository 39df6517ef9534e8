"""The workbench: where a chapter makes a campaign, launches it and closes it."""
