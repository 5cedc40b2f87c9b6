"""Small networks and mappings for hypothesis to draw."""

from collections.abc import Sequence
from typing import Any

from builders import Block, add, conv, linear, network, pool
from hypothesis import strategies as st

from chipsim.workload.graph import Workload

Draw = st.DrawFn
ACTIVATIONS = st.sampled_from([None, "relu", "tanh", "leaky_relu"])


def _out(size: int, kernel: int, stride: int, padding: int) -> int:
    return (size + 2 * padding - kernel) // stride + 1


@st.composite
def _images(draw: Draw, activations: st.SearchStrategy[str | None]) -> tuple[list[int], list[Block]]:
    """One to three convolutions, some with a pool behind them, perhaps with a linear layer at the end."""
    shape = [draw(st.integers(1, 3)), draw(st.integers(3, 7)), draw(st.sampled_from([1, 3, 6]))]
    sides, layers = shape[1:], []
    for number in range(draw(st.integers(1, 3))):
        kernel = [draw(st.integers(1, min(3, side))) for side in sides]
        padding = [draw(st.integers(0, k - 1)) for k in kernel]
        stride = [draw(st.sampled_from([1, 1, 2])) for _ in kernel]
        sides = [_out(side, k, s, p) for side, k, s, p in zip(sides, kernel, stride, padding, strict=True)]
        window = {"padding": padding, "stride": stride, "bias": draw(st.booleans()), "activation": draw(activations)}
        layers.append(conv(f"c{number}", draw(st.integers(1, 6)), kernel, **window))
        if min(sides) >= 2 and draw(st.booleans()):
            step = draw(st.sampled_from([1, 2]))
            layers.append(pool(f"p{number}", 2, stride=step))
            sides = [_out(side, 2, step, 0) for side in sides]
    if draw(st.booleans()):
        layers += [{"type": "flatten", "name": "flat"}] * draw(st.integers(0, 1)) + [linear("fc", draw(st.integers(1, 9)))]
    return shape, layers


@st.composite
def _vectors(draw: Draw, activations: st.SearchStrategy[str | None]) -> tuple[list[int], list[Block]]:
    """One to four linear layers."""
    widths = draw(st.lists(st.integers(1, 40), min_size=2, max_size=5))
    layers = [linear(f"l{i}", w, activation=draw(activations), bias=draw(st.booleans())) for i, w in enumerate(widths[1:])]
    return [widths[0], 1, 1], layers


@st.composite
def _branches(draw: Draw, activations: st.SearchStrategy[str | None]) -> tuple[list[int], list[Block]]:
    """Two branches from a stem or from the image itself, of different depth, added and classified."""
    shape, width = [2, draw(st.integers(3, 6)), draw(st.sampled_from([1, 4]))], draw(st.integers(1, 5))
    stem = [conv("stem", width, 1, activation=draw(activations))] if draw(st.booleans()) else []
    start = {"inputs": ["stem" if stem else "input"]}
    near = ["stem"] if stem and draw(st.booleans()) else ["near"]
    short = [] if near == ["stem"] else [conv("near", width, 1, **start)]
    far = [conv("far1", draw(st.integers(1, 5)), [3, 1], padding=[1, 0], **start), conv("far2", width, 1)]
    end = [{"type": "activation", "name": "act", "function": "relu"}, linear("fc", draw(st.integers(1, 5)))]
    return shape, [*stem, *short, *far, add("sum", *draw(st.permutations(["far2", *near]))), *end]


@st.composite
def workloads(
    draw: Draw, weights: Sequence[float] = (), images: Sequence[float] = (), samples: int = 3, curved: bool = True
) -> Workload:
    """A network with weights and images from normal numbers or from the given values; `curved`: with any activation."""
    activations = ACTIVATIONS if curved else st.sampled_from([None, "relu"])
    shape, layers = draw(st.one_of(_images(activations), _vectors(activations), _branches(activations)))
    return network(shape, *layers, samples=samples, seed=draw(st.integers(0, 1000)), weights=weights, images=images)


@st.composite
def mappings(draw: Draw, workload: Workload) -> dict[str, Any]:
    """Every choice that a mapping offers."""
    names = list(workload.weights)
    copies = draw(
        st.one_of(st.sampled_from(["auto", "none"]), st.dictionaries(st.sampled_from(names), st.integers(1, 4), max_size=3))
    )
    return {
        "copies": copies,
        "split": draw(st.sampled_from(["balanced", "full"])),
        "order": draw(st.sampled_from(["snake", "traffic"])),
        "pack": draw(st.booleans()),
        "bias": draw(st.sampled_from(["digital", "array"])),
        "reduction": draw(st.sampled_from(["destination", "tree"])),
    }
