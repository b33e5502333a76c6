"""Speed, measured: one module per figure. `make bench` runs them all."""
