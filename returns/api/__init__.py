"""/api/v1/returns/: what partners may ask, make and decide."""
