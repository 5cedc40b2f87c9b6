"""Pulse traces of devices whose response is known, as an experiment would record them."""

import numpy as np
from pulsing import pulsed

from chipsim.responses import SoftBounds
from chipsim.streams import Stream

SCALE, ZERO = 5e-6, 12e-6  # conductance of a weight, and at weight 0


def traces_of(response, devices=200, up=100, down=100, cycles=2, seed=1):
    """(weights [devices, readings], directions [readings - 1]) of sweeps up and down; readings with the write noise of the response."""
    cells, weights = response.instantiate((devices, 1), Stream(seed), Stream(seed).child("chip"))
    signs = np.array(([1] * up + [-1] * down) * cycles, np.int8)
    held = [weights]
    for number, sign in enumerate(signs):
        held.append(_next(response, cells, held[-1], int(sign), number))
    trace = np.concatenate(held, axis=1)
    noise = response.law.write_noise * np.random.default_rng(seed).standard_normal(trace.shape)
    return trace + noise, signs


def _next(response, cells, weights, sign, number):
    import pulsing

    before, pulsing.KEY = pulsing.KEY, (77, number)  # pulses of their own for every number
    try:
        return pulsed(response, cells, weights, [sign])
    finally:
        pulsing.KEY = before


def save(path, weights, signs, siemens=True):
    """An .npz file of traces; conductances where `siemens`."""
    held = {"conductance": ZERO + SCALE * weights} if siemens else {"weight": weights}
    np.savez(path, direction=signs, **held)
    return str(path)


def small_file(folder):
    """Forty devices with soft bounds, for tests that need any file."""
    return save(folder / "traces.npz", *traces_of(SoftBounds(step=0.05, noise=0.1), devices=40, up=40, down=40))
