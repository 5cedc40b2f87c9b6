"""Training on the chip: how weights learn (`rules`), and networks whose layers learn."""
