"""Groups of customers: rules, what they mean in SQL and in words, who is in."""
