"""The watch: flags on parcels and orders, opened and cleared by looking round every few minutes."""

from tracking.services.watch.rounds import hurry, look_round

__all__ = ["hurry", "look_round"]
