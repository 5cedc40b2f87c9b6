"""The on-chip network as a description: where the nodes are, which way packets go, what routers and links cost."""
