"""Tiles, neuron circuits, vector units and the host interface as processes in simulated time."""
