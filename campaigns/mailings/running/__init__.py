"""A mailing on its way: the pages that schedule, watch, hold and report it."""
