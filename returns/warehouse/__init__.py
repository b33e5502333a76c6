"""The warehouse station: scan, look, decide. Pages for a hand scanner, a keyboard, or a thumb."""
