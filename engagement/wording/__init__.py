"""Changing the words of messages: versions, what would go wrong with them, how they look with real data."""
