"""What should have happened and did not: rules over facts, without the database. See docs/watch.md."""
