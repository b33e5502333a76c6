"""The shopper's pages of returns."""
