"""One message to everybody in a segment: see docs/sending.md."""
