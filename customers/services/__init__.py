"""Use-cases about people and stores."""
