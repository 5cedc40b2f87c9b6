"""What the chip is asked to compute: layers, their graph, the trained weights and the data (no chip, no clock here)."""
