"""The shopper's pages. Views read the clock and the session; rules are in `tracking.services.access`."""
