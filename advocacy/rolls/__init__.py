"""Rolls: bringing a chapter's file of members in, step by step."""
