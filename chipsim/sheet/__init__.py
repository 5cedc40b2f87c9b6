"""A chip before a network runs on it: one product, full rates, areas, and where they lie."""
