"""Automated conversations: graph (what they are), enrolling, advancing, drawing, checking, trying out."""
