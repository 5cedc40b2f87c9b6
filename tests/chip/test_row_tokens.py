"""Rows with two time stamps against single vectors: latency within 3 %, interval within 2 %, the same values and energies.

Where buffers are so small that they bound the rate, rows need more room than vectors and are slower; that is not compared.
"""

import numpy as np
import pytest
from builders import add, built, chip, conv, functional, linear, network, play, pool
from builders import residual as residual_network

from chipsim.workload.graph import Workload


def vgg() -> Workload:
    wide = {"padding": 1, "activation": "relu"}
    return network(
        [3, 12, 12],
        conv("c1", 6, **wide), conv("c2", 6, **wide), pool("p1"),
        conv("c3", 12, **wide), conv("c4", 12, **wide), pool("p2"),
        linear("fc", 10),
        samples=1,
    )  # fmt: skip


def lenet() -> Workload:
    return network(
        [1, 16, 16], conv("c1", 6, 5, padding=2), pool("p1"), conv("c2", 8, 3), pool("p2"), linear("f1", 20), linear("f2", 10), samples=1
    )


def strided() -> Workload:
    return network(
        [2, 17, 11], conv("c1", 4, 3, stride=2, padding=1), conv("c2", 6, [1, 3]), conv("c3", 6, [3, 1], stride=[2, 1]), linear("fc", 4),
        samples=1,
    )  # fmt: skip


def residual() -> Workload:
    return residual_network(10, 6, samples=1)


def branches() -> Workload:
    return network(
        [3, 8, 8],
        conv("a", 6, 1), conv("b", 6, 3, padding=1, inputs=["input"]), add("s", "a", "b"), pool("p"), linear("fc", 4),
        samples=1,
    )  # fmt: skip


CASES = [
    (build, name, options)
    for build in (vgg, lenet, strided, residual, branches)
    for name, options in [("copies", {}), ("no copies", {"copies": "none"}), ("packed", {"pack": True})]
]


def machine(**changes: object):
    buffers = {"input_buffer": {"capacity": "64 kb"}, "output_buffer": {"capacity": "64 kb"}}
    return chip(array={"rows": 128, "columns": 32}, mesh=(6, 6), tile=buffers, **changes)


@pytest.mark.parametrize(("build", "name", "options"), CASES, ids=lambda value: getattr(value, "__name__", str(value)))
def test_rows_take_the_time_of_their_vectors(build, name: str, options: dict) -> None:
    workload = build()
    row, vector = (play(workload, machine(), token=token, **options).finished[0] for token in ("row", "vector"))
    assert row == pytest.approx(vector, rel=0.03)


@pytest.mark.parametrize("build", [vgg, lenet, residual], ids=lambda build: build.__name__)
def test_rows_take_the_time_of_their_vectors_under_credits(build) -> None:
    workload = build()
    switched = machine(network={"flow_control": "credits"})
    row, vector = (play(workload, switched, token=token, copies="none").finished[0] for token in ("row", "vector"))
    assert row == pytest.approx(vector, rel=0.03)


@pytest.mark.parametrize("options", [{}, {"pack": True}], ids=str)
@pytest.mark.parametrize("bandwidth", ["64 Gb/s", "20 Mb/s"])
@pytest.mark.parametrize("build", [vgg, residual], ids=lambda build: build.__name__)
def test_rows_come_at_the_pace_of_their_vectors(build, bandwidth: str, options: dict) -> None:
    """Also when the host is the bottleneck and rows arrive slowly."""
    workload = build()
    slow = machine(host={"bandwidth": bandwidth})
    row, vector = (play(workload, slow, token=token, stream=6, fast_forward=False, **options) for token in ("row", "vector"))
    assert row.interval == pytest.approx(vector.interval, rel=0.02)


@pytest.mark.slow
@pytest.mark.parametrize("control", ["calendar", "credits"])
@pytest.mark.parametrize("build", [vgg, lenet, strided, residual, branches], ids=lambda build: build.__name__)
def test_long_streams_of_rows_come_at_the_pace_of_their_vectors(build, control: str) -> None:
    workload = build()
    row, vector = (play(workload, machine(network={"flow_control": control}), token=t, stream=30) for t in ("row", "vector"))
    assert row.interval == pytest.approx(vector.interval, rel=0.02)


def test_energy_and_values_do_not_depend_on_the_token() -> None:
    """Memories move whole words, so their energy is compared apart: a vector may leave the rest of its last word empty."""
    ready = [built(lenet(), machine(), token=token, stream=2) for token in ("row", "vector")]
    row, vector = (r.run() for r in ready)
    sums: list[dict[str, float]] = [{}, {}]
    for run, parts in zip((row, vector), sums, strict=True):
        for entry, energy in run.energy.items():
            parts[entry.part] = parts.get(entry.part, 0.0) + energy
    memories = ("input buffer", "output buffer")
    apart = [{part: energy for part, energy in parts.items() if part not in memories} for parts in sums]
    assert apart[0] == pytest.approx(apart[1], rel=1e-9)
    assert all(sums[1][part] >= sums[0][part] for part in memories)
    expected = functional(ready[0].network, range(2))
    assert all(np.array_equal(run.outputs[s], expected[s]) for run in (row, vector) for s in range(2))
