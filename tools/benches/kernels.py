"""The analog matrix-vector product against the bare BLAS product and against the same chain in NumPy."""

import argparse
from collections.abc import Callable
from functools import partial
from typing import NamedTuple

import numpy as np
from benches._timing import medians

from chipsim.kernels.mvm import analog_mvm, position_weighted
from chipsim.kernels.patches import patches
from chipsim.kernels.philox import fill_normal
from chipsim.kernels.settings import Encoding, MVMSettings, Scaling, steps_of

DESCRIPTION = "analog MVM per second, as a fraction of the bare float32 product and against NumPy"

QUANTISED = MVMSettings(
    scaling=Scaling.ABSOLUTE_MAXIMUM, input_steps=steps_of(7), input_bound=1.0, output_steps=steps_of(9), output_bound=40.0
)
NOISY = QUANTISED._replace(output_noise=0.06)


class Case(NamedTuple):
    """One chain; `target` is the least fraction of one bare product, 0 for none; `products` counts the BLAS products."""

    name: str
    settings: MVMSettings
    read_noise: bool
    products: int
    target: float


CASES = [
    Case("quantised", QUANTISED, False, 1, 0.90),
    Case("+ output noise", NOISY, False, 1, 0.75),
    Case("+ read noise", NOISY, True, 2, 0.40),
    Case("+ IR drop", NOISY._replace(ir_drop=1.0, conductance_ratio=5.7e5), True, 4, 0.0),
    Case("bit serial, output noise", NOISY._replace(encoding=Encoding.BIT_SERIAL), False, 6, 0.0),
]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--size", type=int, default=512, help="rows and columns of the array (512)")
    parser.add_argument("--batch", type=int, default=128, help="vectors per call (128)")
    parser.add_argument("--repeats", type=int, default=41, help="turns, of which the median is taken (41)")
    parser.add_argument("--check", action="store_true", help="exit with 1 when a target is missed (512 x 512, batch 128)")


def run(arguments: argparse.Namespace) -> int:
    missed = report_chains(arguments.size, arguments.batch, arguments.repeats)
    report_normals(arguments.repeats)
    report_patches(max(5, arguments.repeats // 4))
    return 1 if arguments.check and missed else 0


def report_chains(size: int, batch: int, repeats: int) -> bool:
    """Print the table of chains; True when a target is missed."""
    generator = np.random.Generator(np.random.SFC64(0))
    x = generator.standard_normal((batch, size), dtype=np.float32)
    weights = generator.uniform(-1, 1, (size, size)).astype(np.float32)
    bare = np.empty((batch, size), np.float32)
    jobs: dict[str, Callable[[], object]] = {"bare": lambda: np.dot(x, weights, out=bare)}
    for case in CASES:
        jobs[case.name] = chain_of(case, x, weights)
        jobs["NumPy " + case.name] = numpy_chain_of(case, x, weights, generator)
    seconds = medians(jobs, repeats)
    base = seconds["bare"]
    print(f"analog MVM, {size} x {size}, batch {batch}, one thread, medians of {repeats} turns of the best of three")
    print(f"{'chain':26}{'MVM/s':>11}{'GMAC/s':>9}{'of bare':>9}{'target':>8}{'per product':>13}{'x NumPy':>9}")
    print(f"{'bare float32 product':26}{batch / base:11.0f}{batch * size**2 / base / 1e9:9.1f}{1:9.2f}")
    for case in CASES:
        time = seconds[case.name]
        target = f"{case.target:8.2f}" if case.target else " " * 8
        print(
            f"{case.name:26}{batch / time:11.0f}{batch * size**2 / time / 1e9:9.1f}{base / time:9.2f}{target}"
            f"{case.products * base / time:13.2f}{seconds['NumPy ' + case.name] / time:9.2f}"
        )
    return any(base / seconds[case.name] < case.target for case in CASES)


def chain_of(case: Case, x: np.ndarray, weights: np.ndarray) -> Callable[[], object]:
    variance = read_variance(weights) if case.read_noise else None
    magnitude, droop = abs(weights), position_weighted(weights)
    sample, vector = np.zeros(len(x), np.uint32), np.arange(len(x), dtype=np.uint32)
    return lambda: analog_mvm(
        x,
        weights,
        case.settings,
        key=(1, 2),
        sample=sample,
        vector=vector,
        variance=variance,
        magnitude=magnitude,
        droop=droop,
    )


def read_variance(weights: np.ndarray) -> np.ndarray:
    return (np.float32(0.02) * (abs(weights) + np.float32(0.1))) ** 2


def numpy_chain_of(case: Case, x: np.ndarray, weights: np.ndarray, generator: np.random.Generator) -> Callable[[], np.ndarray]:
    """The same steps in float32 NumPy, with its fastest generator and in-place operations where they are natural."""
    chain = case.settings
    variance = read_variance(weights) if case.read_noise else None
    magnitude, droop = abs(weights), position_weighted(weights)
    half, step = np.float32(chain.input_steps / 2), np.float32(2 / chain.input_steps)

    def convert(voltages: np.ndarray) -> np.ndarray:
        y = voltages @ weights
        if chain.ir_drop > 0:
            a = (abs(voltages) @ magnitude) * np.float32(len(weights) / chain.conductance_ratio)
            y -= np.float32(chain.ir_drop) * a * (0.5 + a * (-0.2 + 0.05 * a)) * (voltages @ droop)
        if chain.output_noise > 0:
            sigma = np.float32(chain.output_noise)
            if variance is not None:
                sigma = np.sqrt(voltages**2 @ variance + sigma**2)
            y += sigma * generator.standard_normal(y.shape, dtype=np.float32)
        lsb = np.float32(2 * chain.output_bound / chain.output_steps)
        np.rint(np.divide(y, lsb, out=y), out=y)
        y *= lsb
        return np.clip(y, -chain.output_bound, chain.output_bound, out=y)

    def amplitude() -> np.ndarray:
        alpha = abs(x).max(axis=1, keepdims=True)
        codes = np.clip(np.rint(x / alpha * half), -half, half)
        return convert(codes * step) * alpha

    def bit_serial() -> np.ndarray:
        alpha = abs(x).max(axis=1, keepdims=True)
        codes = np.clip(np.rint(x / alpha * half), -half, half)
        bits, sign = abs(codes).astype(np.int32), np.sign(codes)
        planes = int(half).bit_length()
        stack = np.concatenate([(bits >> plane & 1).astype(np.float32) * sign for plane in range(planes)])
        y = convert(stack).reshape(planes, len(x), -1)
        return np.tensordot((step * 2.0 ** np.arange(planes)).astype(np.float32), y, 1) * alpha

    return bit_serial if chain.encoding == Encoding.BIT_SERIAL else amplitude


def report_normals(repeats: int) -> None:
    out = np.empty(1 << 18, np.float32)
    generator = np.random.Generator(np.random.SFC64(1))
    seconds = medians(
        {
            "Philox": lambda: fill_normal(out, 1, 2, 3, 4, 5),
            "NumPy": lambda: generator.standard_normal(out=out, dtype=np.float32),
        },
        repeats,
    )
    ours, numpy = (seconds[name] / out.size * 1e9 for name in ("Philox", "NumPy"))
    print(f"\nnormals: {ours:.2f} ns each, NumPy SFC64 float32 {numpy:.2f} ns, {numpy / ours:.1f} times")


def report_patches(repeats: int) -> None:
    print("\npatches of 8 images (channels x size, kernel, padding): ms, and times faster than NumPy's strided view")
    for channels, size, kernel, padding in ((1, 28, 5, 2), (128, 32, 3, 1), (512, 8, 3, 1)):
        x = np.random.default_rng(0).standard_normal((8, channels, size, size), dtype=np.float32)
        jobs = {"ours": partial(our_patches, x, kernel, padding), "NumPy": partial(numpy_patches, x, kernel, padding)}
        seconds = medians(jobs, repeats)
        ratio = seconds["NumPy"] / seconds["ours"]
        print(f"  {channels:4} x {size:3}, {kernel}, {padding}: {seconds['ours'] * 1e3:8.2f}{ratio:8.2f}")


def our_patches(x: np.ndarray, kernel: int, padding: int) -> np.ndarray:
    return patches(np.pad(x, ((0, 0), (0, 0), (padding, padding), (padding, padding))), (kernel, kernel))


def numpy_patches(x: np.ndarray, kernel: int, padding: int) -> np.ndarray:
    padded = np.pad(x, ((0, 0), (0, 0), (padding, padding), (padding, padding)))
    view = np.lib.stride_tricks.sliding_window_view(padded, (kernel, kernel), axis=(2, 3))
    return np.ascontiguousarray(view.transpose(0, 2, 3, 1, 4, 5)).reshape(-1, x.shape[1] * kernel * kernel)
