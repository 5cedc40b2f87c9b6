"""Memory devices: programming, drift and noise of whole tiles against their random numbers and plain NumPy; noise in products; memory."""

import argparse
import multiprocessing
import resource
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
from benches._timing import medians

from chipsim.circuits.array import Array
from chipsim.circuits.crossbar import Crossbar
from chipsim.devices import PCM
from chipsim.kernels.philox import normal
from chipsim.reading import from_plain
from chipsim.streams import Stream

DESCRIPTION = "programming, drift and read noise of PCM tiles against NumPy; MVM with read noise; memory of many crossbars"
DAY, YEAR = 86400.0, 365 * 86400.0
TIMES = (1.0, 3600.0, DAY, 30 * DAY, YEAR)
GOAL_PROGRAM, GOAL_STANDARD = 5.0, 0.18  # programming: at most, in drawings of its normals; product: at least, of the bare one


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--size", type=int, default=512, help="rows and columns of the array (512)")
    parser.add_argument("--batch", type=int, default=128, help="vectors per call (128)")
    parser.add_argument("--repeats", type=int, default=21, help="turns, of which the median is taken (21)")
    parser.add_argument("--weights", type=float, default=4e6, help="weights of the memory test, 0: leave it out (4e6)")
    parser.add_argument("--check", action="store_true", help="exit with 1 when a goal is missed (512 x 512, batch 128)")


def run(arguments: argparse.Namespace) -> int:
    missed = report_tile(arguments.size, arguments.repeats)
    missed |= report_products(arguments.size, arguments.batch, arguments.repeats)
    report_fresh_noise(arguments.size, arguments.batch, arguments.repeats)
    if arguments.weights > 0:
        report_memory(int(arguments.weights), arguments.size)
    return 1 if arguments.check and missed else 0


def report_tile(size: int, repeats: int) -> bool:
    """Print what a tile of PCM costs; True when programming takes more than its goal."""
    device, stream = PCM(), Stream(1)
    target = np.random.default_rng(0).uniform(0, device.g_max, (size, size)).astype(np.float32)
    state, formulas = device.program(target, stream), PlainPCM(target)
    jobs: dict[str, Callable[[], object]] = {
        "normals": lambda: (normal(target.shape, (1, 2)), normal(target.shape, (3, 4))),
        "program": lambda: device.program(target, stream),
        "NumPy program": formulas.program,
        "drift to 1 d": lambda: device.mean_at(state, DAY),
        "NumPy drift to 1 d": lambda: formulas.mean(DAY),
        "read noise at 1 d": lambda: device.read_sigma_at(state, DAY),
        "NumPy read noise at 1 d": lambda: formulas.read_sigma(DAY),
        "one reading at 1 d": lambda: device.read_at(state, DAY, stream),
        "NumPy one reading at 1 d": lambda: formulas.read(DAY),
        "one pulse": lambda: device.pulsed(state, target, stream),
        "moments of 50 targets at 5 times": lambda: [device.moments_at(target[0, :50], at) for at in TIMES],
    }
    seconds = medians(jobs, repeats)
    base = seconds["normals"]
    print(f"PCM, {size} x {size} devices, one thread, medians of {repeats} turns of the best of three")
    print(f"{'':34}{'ms':>8}{'of two normals a device':>25}{'x NumPy':>9}")
    for name in jobs:
        if not name.startswith("NumPy"):
            plain = f"{seconds['NumPy ' + name] / seconds[name]:9.2f}" if "NumPy " + name in jobs else ""
            print(f"{name:34}{seconds[name] * 1e3:8.2f}{seconds[name] / base:25.2f}{plain}")
    return seconds["program"] > GOAL_PROGRAM * base


class PlainPCM:
    """The formulas of the device as one would write them in float32 NumPy with its fastest generator."""

    def __init__(self, target: np.ndarray) -> None:
        self.target, self.draw = target, np.random.Generator(np.random.SFC64(1))
        self.program()

    def program(self) -> None:
        x = np.maximum(self.target / np.float32(25e-6), np.float32(1e-7))
        sigma = np.float32(1e-6) * (np.float32(0.26348) + np.float32(1.9650) * x - np.float32(1.1731) * x**2)
        self.conductance = np.maximum(self.target + sigma * self.draw.standard_normal(x.shape, dtype=np.float32), np.float32(0))
        mu = np.clip(np.float32(-0.0155) * np.log(x) + np.float32(0.0244), np.float32(0.049), np.float32(0.1))
        spread = np.clip(np.float32(-0.0125) * np.log(x) - np.float32(0.0059), np.float32(0.008), np.float32(0.045))
        self.exponent = np.abs(mu + spread * self.draw.standard_normal(x.shape, dtype=np.float32))

    def mean(self, time: float) -> np.ndarray:
        return self.conductance * np.float32((time + 20) / 20) ** -self.exponent

    def read_sigma(self, time: float) -> np.ndarray:
        x = np.maximum(self.conductance / np.float32(25e-6), np.float32(1e-7))
        q = np.minimum(np.float32(0.0088) / x ** np.float32(0.65), np.float32(0.2))
        return self.mean(time) * q * np.float32(np.sqrt(np.log((time + 20 + 250e-9) / 500e-9)))

    def read(self, time: float) -> np.ndarray:
        noise = self.read_sigma(time) * self.draw.standard_normal(self.target.shape, dtype=np.float32)
        return np.maximum(self.mean(time) + noise, np.float32(0))


def array_of(size: int, **keys: object) -> Array:
    """An array of PCM pairs with ideal converters, unless `keys` say otherwise."""
    plain = {"rows": size, "columns": size, "cell": {"type": "pair", "device": {"type": "pcm"}}, "dac": {"type": "ideal"}}
    array = from_plain(Array, {**plain, "adc": {"type": "ideal"}, **keys})
    assert isinstance(array, Array)
    return array


def crossbar_of(array: Array, seed: int = 1) -> Crossbar:
    """Random weights on an array, one day after programming."""
    crossbar = Crossbar(array, Stream(seed))
    crossbar.program(np.random.default_rng(seed).uniform(-1, 1, (array.rows, array.columns)).astype(np.float32))
    crossbar.drift_to(DAY)
    return crossbar


def product_of(crossbar: Crossbar, x: np.ndarray) -> Callable[[], object]:
    sample, vector = np.zeros(len(x), np.uint32), np.arange(len(x), dtype=np.uint32)
    return lambda: crossbar.multiply(x, sample, vector)


def report_products(size: int, batch: int, repeats: int) -> bool:
    """Print the standard model as a share of the bare product; True when it misses its goal."""
    converters = {"dac": {"type": "pulse_width", "bits": 8}, "adc": {"type": "sar", "bits": 8, "bound": 10}}
    standard = array_of(size, **converters, short_term_noise=0.0175, output_noise=0.04, ir_drop=1.0)
    x = np.random.Generator(np.random.SFC64(0)).standard_normal((batch, size), dtype=np.float32)
    crossbar, bare = crossbar_of(standard), np.empty((batch, size), np.float32)
    weights = crossbar.weights
    seconds = medians({"bare": lambda: np.dot(x, weights, out=bare), "standard": product_of(crossbar, x)}, repeats)
    share = seconds["bare"] / seconds["standard"]
    print(f"\nstandard model (8-bit DAC and ADC, short-term noise, IR drop, output noise), {size} x {size}, batch {batch}, one thread")
    print(f"  bare float32 product {batch / seconds['bare']:12.0f} MVM/s")
    print(f"  standard model       {batch / seconds['standard']:12.0f} MVM/s, {share:.3f} of it (goal {GOAL_STANDARD})")
    return share < GOAL_STANDARD


def report_fresh_noise(size: int, batch: int, repeats: int) -> None:
    x = np.random.Generator(np.random.SFC64(0)).standard_normal((batch, size), dtype=np.float32)
    crossbar = crossbar_of(array_of(size, read_noise="fresh"))
    few = min(4, batch)
    weights, sigma = crossbar.weights, np.abs(crossbar.weights) * np.float32(0.04)
    draw = np.random.Generator(np.random.SFC64(1))

    def redraw() -> np.ndarray:
        return np.stack([v @ (weights + sigma * draw.standard_normal(weights.shape, dtype=np.float32)) for v in x[:few]])

    seconds = medians({"ours": product_of(crossbar, x), "NumPy": redraw}, max(3, repeats // 4))
    ours, plain = batch / seconds["ours"], few / seconds["NumPy"]
    print(f"\nread noise that is fresh for every vector, {size} x {size}, batch {batch}, one thread")
    print(f"  Crossbar.multiply    {ours:12.0f} MVM/s, {ours / plain:.0f} times NumPy drawing every cell for every vector ({plain:.0f})")


def report_memory(weights: int, size: int) -> None:
    """Peak memory of crossbars that are programmed and read at five times, in a process of their own."""
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        count, before, after, programming, reading = pool.apply(use_memory, (weights, size))
    each = (after - before) / (count * size * size)
    print(f"\nmemory: {count} crossbars of {size} x {size} PCM pairs ({count * size * size:.3g} weights), programmed, read at 5 times")
    print(f"  peak {after / 1e6:.0f} MB, of which {before / 1e6:.0f} MB before the first; {each:.1f} bytes a weight")
    print(f"  1e8 weights: {(before + each * 1e8) / 1e9:.2f} GB (extrapolated)" if count * size * size < 1e8 else "", end="\n")
    print(f"  programming {programming:.1f} s, five times {reading:.1f} s")


def use_memory(weights: int, size: int) -> tuple[int, int, int, float, float]:
    """Number of crossbars, memory before them and at the peak (bytes), time to program and to read them (s)."""
    array, count = array_of(size), max(1, round(weights / size**2))
    crossbar_of(array).drift_to(YEAR)  # what is compiled and cached once
    before, start = _resident(), time.perf_counter()
    crossbars = list(_programmed(array, count))
    middle = time.perf_counter()
    for age in TIMES:
        for crossbar in crossbars:
            crossbar.drift_to(age)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    return count, before, peak, middle - start, time.perf_counter() - middle


def _programmed(array: Array, count: int) -> Iterator[Crossbar]:
    draw = np.random.default_rng(2)
    for number in range(count):
        crossbar = Crossbar(array, Stream(2).child(str(number)))
        crossbar.program(draw.standard_normal((array.rows, array.columns), dtype=np.float32))
        yield crossbar


def _resident() -> int:
    return int(Path("/proc/self/statm").read_text().split()[1]) * resource.getpagesize()
