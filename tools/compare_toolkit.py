"""The standard crossbar model side by side with the open toolkit of its authors (aihwkit, preset StandardHWATrainingPreset).

    OPENBLAS_NUM_THREADS=1 OMP_NUM_THREADS=1 python tools/compare_toolkit.py --seed 1

prints the tables of tests/published/toolkit.md. The toolkit is no part of chipsim: it has to be importable besides
(`pip install aihwkit`); only its public interface is used. Both sides get the same weights, in full-scale cells, and the same
vectors with an input range of 1; the random numbers are their own.
"""

from __future__ import annotations

import argparse
import importlib.util
import platform
import sys
from collections.abc import Callable, Iterator
from importlib import metadata
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from publish_standard_model import AGES, FILE, drawn, errors, table

from chipsim.architecture import Architecture
from chipsim.circuits.crossbar import Crossbar
from chipsim.reading import load
from chipsim.streams import Stream

Floats = NDArray[np.float64]
ROWS, COLUMNS, SAMPLES = 512, 64, 40_000
LEVELS = (0.0, 0.04, 0.1, 0.2, 0.35, 0.5, 0.7, 0.85, 1.0)
TERMS: dict[str, tuple[dict[str, float], str]] = {  # off in the toolkit, off in chipsim
    "converters": ({"inp_res": -1, "out_res": -1, "out_bound": 1e6}, "adc=ideal dac=ideal"),
    "output noise": ({"out_noise": 0}, "output_noise=0"),
    "short-term noise": ({"w_noise": 0}, "short_term_noise=0"),
    "IR drop": ({"ir_drop": 0}, "ir_drop=0"),
}
SCALES = {"programming": "prog_noise_scale", "drift": "drift_scale", "1/f noise": "read_noise_scale"}
OURS = {"programming": "cell.device.program_scale=0", "drift": "cell.device.drift_scale=0", "1/f noise": "read_noise=off"}

# --- the two sides -----------------------------------------------------------------------------------------------------------


def theirs(weights: Floats, chain: tuple[str, ...], cells: tuple[str, ...] = ()) -> Any:
    """The toolkit's tile with only these terms, holding the weights (rows, columns)."""
    import torch
    from aihwkit.simulator.presets import StandardHWATrainingPreset
    from aihwkit.simulator.tiles.inference import InferenceTile

    preset = StandardHWATrainingPreset()
    preset.mapping.weight_scaling_omega = 0.0  # weights are in full-scale cells already
    preset.pre_post.input_range.init_value = 1.0
    for name, (off, _) in TERMS.items():
        for key, value in off.items() if name not in chain else ():
            setattr(preset.forward, key, value)
    for name, key in SCALES.items():
        setattr(preset.noise_model, key, float(name in cells))
    tile = InferenceTile(weights.shape[1], weights.shape[0], preset)
    tile.set_weights(torch.tensor(weights.T, dtype=torch.float32))
    tile.eval()
    return tile


def ours(weights: Floats, chain: tuple[str, ...], cells: tuple[str, ...], seed: int, compensation: str = "none") -> Crossbar:
    """The same crossbar in chipsim."""
    off = [change for name, (_, changes) in TERMS.items() if name not in chain for change in changes.split()]
    off += [change for name, change in OURS.items() if name not in cells]
    changes = [f"tile.array.{change}" for change in (*off, f"drift_compensation={compensation}", "weight_scaling=array")]
    xbar = Crossbar(load(FILE, Architecture, changes).tile.array, Stream(seed), 1.0)
    xbar.program(weights)
    return xbar


def multiplied(tile: Any, x: Floats) -> Floats:
    import torch

    with torch.no_grad():
        return np.asarray(tile(torch.tensor(x, dtype=torch.float32)).numpy(), np.float64)


def read(tile: Any) -> Floats:
    """The toolkit's weights (rows, columns) as they are now."""
    return np.asarray(tile.tile.get_weights().numpy().T, np.float64)


def products(xbar: Crossbar, x: Floats) -> Floats:
    count = np.arange(len(x), dtype=np.uint32)
    return xbar.multiply(np.ascontiguousarray(x, np.float32), count, np.zeros_like(count)).y.astype(np.float64)


# --- the tables --------------------------------------------------------------------------------------------------------------


def example(seed: int) -> tuple[Floats, Floats]:
    """Uniform weights with a largest of 1 in each column, and one vector."""
    random = np.random.default_rng(seed)
    weights = random.uniform(-1, 1, (ROWS, COLUMNS)).astype(np.float32)
    weights /= np.abs(weights).max(axis=0)
    return weights.astype(np.float64), random.uniform(-0.6, 0.6, ROWS).astype(np.float32).astype(np.float64)


def chain_rows(seed: int) -> Iterator[str]:
    """Mean and deviation of each output for one vector sent many times through perfect weights, outputs beyond the bound left out."""
    weights, vector = example(seed)
    x = np.repeat(vector[None], SAMPLES, axis=0)
    for chain in (("output noise",), ("short-term noise",), ("output noise", "short-term noise"), tuple(TERMS)):
        one, other = multiplied(theirs(weights, chain), x), products(ours(weights, chain, (), seed), x)
        inside = np.abs(vector @ weights) < 9.5
        error = other.std(axis=0)[inside] * (2 / SAMPLES) ** 0.5
        apart = np.abs(one.mean(axis=0) - other.mean(axis=0))[inside] / error
        ratio = (one.std(axis=0) / np.where(inside, other.std(axis=0), 1))[inside]
        worst = ratio[np.abs(ratio - 1).argmax()]
        deviation = other.std(axis=0)[inside].mean()
        yield f"{', '.join(chain)} | {deviation:.5f} | {apart.max():.1f} | {_off(ratio.mean())} | {_off(worst)}"


def code_rows(seed: int) -> Iterator[str]:
    """Deterministic terms on many vectors: largest difference of an output, share of equal ADC codes."""
    weights, _ = example(seed)
    x = np.random.default_rng(seed + 1).uniform(-1.1, 1.1, (2000, ROWS)).astype(np.float32).astype(np.float64)
    for chain in (("converters",), ("IR drop",), ("converters", "IR drop")):
        one, other = multiplied(theirs(weights, chain), x), products(ours(weights, chain, (), seed), x)
        step = 20 / 254
        equal = 100 * np.mean(np.abs(one - other) < 0.01 * step)
        exact = np.clip(x, -1, 1) @ weights if "converters" in chain else x @ weights
        effect = np.sqrt(np.mean((other - exact) ** 2))
        yield f"{' and '.join(chain)} | {effect:.4f} | {np.abs(one - other).max():.6f} | {equal:.3f}"


def cells(level: float) -> Floats:
    """512 x 512 weights of one level, with a row of full scale."""
    weights = np.full((ROWS, ROWS), level)
    weights[0] = 1
    return weights


def over_time(terms: tuple[str, ...], level: float, seed: int) -> Iterator[tuple[Floats, Floats]]:
    """(their weights, ours) of all cells of one level, at each time."""
    tile, xbar = theirs(cells(level), (), terms), ours(cells(level), (), terms, seed)
    tile.program_weights()
    for age in AGES.values():
        tile.drift_weights(age)
        xbar.drift_to(age)
        yield read(tile)[1:], xbar.matrix[1:].astype(np.float64)


def converted_once(terms: tuple[str, ...], level: float, seed: int) -> Iterator[tuple[Floats, Floats]]:
    """As over_time, with the toolkit's laws applied to the conductances of both sides (uS), turned to weights only when read."""
    import torch

    model, xbar = theirs(cells(level), (), terms).rpu_config.noise_model, ours(cells(level), (), terms, seed)
    goals = [torch.tensor(25 * goal, dtype=torch.float32) for goal in (cells(level), 0 * cells(level))]
    sides = [(model.apply_programming_noise_to_conductance(goal), model.generate_drift_coefficients(goal)) for goal in goals]
    for age in AGES.values():
        plus, minus = (model.apply_drift_noise_to_conductance(*side, age).numpy().astype(np.float64) for side in sides)
        xbar.drift_to(age)
        yield (plus - minus)[1:] / 25, xbar.matrix[1:].astype(np.float64)


def weight_rows(
    terms: tuple[str, ...], seed: int, pairs: Callable[[tuple[str, ...], float, int], Iterator[tuple[Floats, Floats]]] = over_time
) -> Iterator[str]:
    """A level for each row, a time for each column."""
    for level in LEVELS:
        yield f"{level} | " + " | ".join(both(one, other, level) for one, other in pairs(terms, level, seed))


def both(one: Floats, other: Floats, level: float) -> str:
    """Deviations of the mean (in shares of it, at level 0 of full scale) and of the standard deviation, toolkit over chipsim, %."""
    mean = one.mean() / other.mean() if level else 1 + one.mean() - other.mean()
    spread = _off(one.std() / other.std()) if other.std() > 1e-6 else "none"
    return f"{_off(mean)}, {spread}"


def compensation_rows(seed: int) -> Iterator[str]:
    """The factor for an array of uniform weights."""
    weights, _ = example(seed)
    tile = theirs(weights, tuple(TERMS), tuple(SCALES))
    tile.program_weights()
    xbar = ours(weights, tuple(TERMS), tuple(OURS), seed, compensation="global")
    for name, age in AGES.items():
        tile.drift_weights(age)
        xbar.drift_to(age)
        one, other = float(tile.alpha), float(xbar.compensation[0])
        yield f"{name} | {one:.4f} | {other:.4f} | {_off(one / other)}"


def error_rows(seed: int) -> Iterator[str]:
    """Error of products of the whole model, with the weights and inputs of publish_standard_model.py."""
    for case in [case for case in drawn(seed) if "relu" not in case.name]:
        scale = 1.0 if case.changes else np.abs(case.weights).max(axis=0)
        x = case.x.astype(np.float64) / case.input_range
        weights = (case.weights / scale).astype(np.float64)
        tile = theirs(weights, tuple(TERMS), tuple(SCALES))
        tile.program_weights()
        own = errors(case, list(AGES.values()), (), range(seed, seed + 3)).mean(axis=1)
        entries = []
        for age, mine in zip(AGES.values(), own, strict=True):
            tile.drift_weights(age)
            wrong = (multiplied(tile, x) - x @ weights) * scale
            share = np.linalg.norm(wrong, axis=1) / np.linalg.norm(x @ weights * scale, axis=1)
            entries.append(f"{100 * share.mean():.2f}, {100 * mine:.2f}")
        yield f"{case.name} | " + " | ".join(entries)


def _off(ratio: float) -> str:
    return f"{100 * (ratio - 1):+.2f}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seed", type=int, default=1)
    seed = parser.parse_args().seed
    if importlib.util.find_spec("aihwkit") is None:
        sys.exit("compare_toolkit: aihwkit is not installed; run `pip install aihwkit` (it brings PyTorch) in a copy of this environment")
    import torch

    torch.manual_seed(seed)
    torch.set_num_threads(1)
    versions = ", ".join(f"{name} {metadata.version(name)}" for name in ("aihwkit", "torch", "numpy"))
    print(f"Python {platform.python_version()}, {versions}, {Path(__file__).name} --seed {seed}\n")
    tables(seed)


def tables(seed: int) -> None:
    times = " | ".join(AGES)
    print(f"One vector {SAMPLES:,} times through perfect weights:\n")
    columns = "deviation (cells) | largest difference of two means (standard errors) | deviations, mean of outputs, % | worst output, %"
    table(f"terms | {columns}", chain_rows(seed))
    print("2,000 vectors, terms without chance (cells):\n")
    table("terms | rms of what they move | largest difference | equal within 0.01 ADC steps, %", code_rows(seed))
    for terms in (("programming",), ("drift",), ("1/f noise",), tuple(SCALES)):
        print(f"Weights with {', '.join(terms)}: mean, deviation, %:\n")
        table(f"level | {times}", weight_rows(terms, seed))
    print(f"The same ({', '.join(SCALES)}), conductances turned to weights once:\n")
    table(f"level | {times}", weight_rows(tuple(SCALES), seed, converted_once))
    print("Factor of the global compensation:\n")
    table("time | toolkit | chipsim | toolkit / chipsim - 1, %", compensation_rows(seed))
    print("Error of products with the whole model: toolkit, chipsim, %:\n")
    table(f"weights x inputs | {times}", error_rows(seed))


if __name__ == "__main__":
    main()
