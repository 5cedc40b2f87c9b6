"""A layer that learns by a rule: descent on the weights of a random goal, and devices to do it with."""

from functools import cache

import numpy as np

from chipsim.reading import from_plain
from chipsim.streams import Stream
from chipsim.training.rules import Rule

EQUAL = {"step_spread": 0.0, "noise": 0.0, "asymmetry_spread": 0.0, "w_max_spread": 0.0, "w_min_spread": 0.0, "reset_noise": 0.0}


def even(step):
    """Devices that all move by the same step, up and down, between -1 and 1."""
    return {"type": "constant_step", "step": step, "w_max": 1.0, "w_min": -1.0} | EQUAL


def twenty_states(reference_spread):
    """Soft bounds, 20 states, 30 % of spread; `reference_spread` says how far the symmetry points are from weight 0."""
    return {
        "type": "soft_bounds_reference",
        "step": 0.1,
        "w_max": 1.0,
        "w_min": -1.0,
        "subtract_symmetry_point": True,
        "reference_spread": reference_spread,
    }


def begun(rule, shape=(2, 1), weights=None, seed=1, chip=2):
    """A learner of a rule given as plain values."""
    return from_plain(Rule, rule).begin(shape, weights, Stream(seed).child("array"), Stream(chip))


@cache
def weight_error(kind, device, steps, seed=1, size=20, rate=0.05):
    """What `error_of` gives for a rule by its type and `device`: ("even", step), ("twenty", reference) or ("library", entry)."""
    kind_of_device, value = device
    response = {"even": even, "twenty": twenty_states, "library": lambda name: {"component": name}}[kind_of_device](value)
    return error_of({"type": kind, "response": response}, steps, seed, size, rate)


def error_of(rule, steps, seed=1, size=20, rate=0.05):
    """Root mean square of the error of the weights after `steps` vectors, over that of the goal.

    Inputs are uniform in -1 to 1, the outputs of the goal have noise of 0.05.
    """
    learner = begun(rule, (size, size), seed=seed, chip=seed + 1)
    draw = np.random.default_rng(seed)
    goal = np.clip(0.3 * draw.standard_normal((size, size)), -0.6, 0.6).astype(np.float32)
    for step in range(steps):
        x = draw.uniform(-1, 1, (1, size)).astype(np.float32)
        d = (x @ goal - x @ learner.weights + 0.05 * draw.standard_normal((1, size))).astype(np.float32)
        learner.update(x, d, rate, step)
    return float(np.sqrt(np.mean((learner.weights - goal) ** 2) / np.mean(goal**2)))
