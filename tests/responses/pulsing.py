"""Pulses on all cells of an array at once, through the kernel."""

import numpy as np

from chipsim.kernels.pulsed_update import pulsed_update

KEY = (21, 22)
QUIET = {"noise": 0.0, "write_noise": 0.0}
ALIKE = {"step_spread": 0.0, "asymmetry_spread": 0.0, "w_max_spread": 0.0, "w_min_spread": 0.0}


def pulsed(response, cells, weights, directions, repeats=1):
    """Weights after pulses on every cell: 1 or -1 for each pulse in `directions`, the whole list `repeats` times."""
    after = np.array(weights, np.float32)
    hidden = after.copy()
    signs = np.tile(np.asarray(directions), repeats)
    rows = np.ones((signs.size, 1, after.shape[0]), np.uint32)
    columns = np.where(signs > 0, np.uint32(1), np.uint32(1 | 1 << 31))[:, None, None] + np.zeros((1, 1, after.shape[1]), np.uint32)
    names = {"sample": np.zeros(signs.size, np.uint32), "vector": np.arange(signs.size, dtype=np.uint32)}
    pulsed_update(after, cells.pulsed, response.law, key=KEY, **names, trains=(rows, columns.astype(np.uint32)), hidden=hidden)
    return hidden if response.law.write_noise else after
