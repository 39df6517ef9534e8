"""Audit: who did what to which record, from where; append-only and chained."""
