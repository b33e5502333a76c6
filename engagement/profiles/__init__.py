"""The metrics of each customer, kept true by dirty sets."""
