"""Reactions to events, a module for each part."""
