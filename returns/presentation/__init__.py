"""What the pages of returns say: pure functions from rows, verdicts and quotes to words. No clock."""
