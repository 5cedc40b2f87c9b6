"""Comparisons, logic, choices and kinds of numbers: the outputs of onnxruntime, also where numbers are equal."""

import numpy as np
import pytest

from chipsim.errors import InputError
from chipsim.workload.onnx import read_onnx

from .models import check_equal, graph, node

STEM = node("Gemm", "x", "w", out="a")
LEVELS = np.float32([[-1, 0, 1, 2]])
ARRAYS = {"w": np.eye(4, dtype=np.float32), "c": LEVELS, "zero": np.float32(0), "one": np.float32(1), "low": np.float32(-np.inf)}
ARRAYS |= {"some": np.array([[True, False, True, False]]), "half": np.float32(0.5), "least": np.full((1, 4), -np.inf, np.float32)}
TO_FLOAT, TO_INT, TO_BOOL = 1, 7, 9
COMPARISONS = ["Equal", "Greater", "Less", "GreaterOrEqual", "LessOrEqual"]


def whole(count=6):
    """Samples of few different numbers, so that many are equal."""
    return np.random.default_rng(0).integers(-2, 3, (count, 4)).astype(np.float32)


def check(path, nodes, x=None, shape=(1, 4)):
    return check_equal(graph(path / "m.onnx", nodes, shape, ARRAYS), whole() if x is None else x)


@pytest.mark.parametrize("op", COMPARISONS)
@pytest.mark.parametrize("pair", [("a", "c"), ("c", "a"), ("a", "b"), ("zero", "a"), ("a", "low")], ids=str)
def test_comparisons(tmp_path, op, pair):
    nodes = [STEM, node("Mul", "a", "a", out="b"), node(op, *pair, out="t"), node("Cast", "t", to=TO_FLOAT)]
    check(tmp_path, nodes)


@pytest.mark.parametrize("op", ["And", "Or"])
@pytest.mark.parametrize("pair", [("t", "u"), ("t", "some"), ("some", "u"), ("t", "t")], ids=str)
def test_logic(tmp_path, op, pair):
    truths = [node("Greater", "a", "zero", out="t"), node("Less", "a", "c", out="u"), node(op, *pair, out="v"), node("Not", "v", out="n")]
    parts = [node("Cast", name, out=f"{name}f", to=TO_FLOAT, name=name) for name in ("t", "u", "v", "n")]
    check(tmp_path, [STEM, *truths, *parts, node("Sum", "tf", "uf", "vf", out="s"), node("Concat", "s", "nf", axis=1)])


@pytest.mark.parametrize("pair", [("a", "b"), ("a", "low"), ("zero", "a"), ("c", "one"), ("zero", "zero")], ids=str)
@pytest.mark.parametrize("condition", ["t", "some"])
def test_choices(tmp_path, pair, condition):
    if condition == "some" and "a" not in pair:
        pytest.skip("depends on no input")
    first = [STEM, node("Mul", "a", "half", out="b"), node("Greater", "a", "zero", out="t"), node("Where", condition, *pair, out="z")]
    check(tmp_path, [*first, node("Max", "z", "c")])


@pytest.mark.parametrize(("kind", "number"), [(TO_INT, 1.7), (TO_BOOL, 1.7), (TO_INT, -0.3), (TO_FLOAT, 0.7)])
def test_kinds_of_numbers(tmp_path, kind, number):
    arrays = {"f": np.float32(number)}
    nodes = [STEM, node("Mul", "a", "f", out="b"), node("Cast", "b", out="k", to=kind), node("Cast", "k", out="z", to=1, name="back")]
    check_equal(graph(tmp_path / "m.onnx", [*nodes, node("Mul", "z", "f", name="after")], (1, 4), ARRAYS | arrays), whole())


def test_what_is_true_stays_true(tmp_path):
    nodes = [STEM, node("GreaterOrEqual", "a", "zero", out="t"), node("Cast", "t", out="f", to=TO_FLOAT),
             node("Mul", "f", "half", out="h"), node("Cast", "h", out="k", to=TO_BOOL, name="again"),
             node("Cast", "k", to=TO_FLOAT, name="back")]  # fmt: skip
    check(tmp_path, nodes)


def test_whole_numbers_are_not_divided(tmp_path):
    nodes = [STEM, node("Cast", "a", out="k", to=TO_INT), node("Div", "k", "two", out="d"), node("Cast", "d", to=TO_FLOAT, name="back")]
    path = graph(tmp_path / "m.onnx", nodes, (1, 4), ARRAYS | {"two": np.int64(2)})
    with pytest.raises(InputError, match="divides whole numbers, which leaves their rests out"):
        read_onnx(path)


@pytest.mark.parametrize("limit", ["low", "least"])
def test_a_limit_that_is_none(tmp_path, limit):
    found = check(tmp_path, [STEM, node("Max", "a", limit, out="m"), node("Tanh", "m")])
    assert [layer.type_name for layer in found.spec.layers] == ["linear"]


def test_limits_of_which_some_are_none(tmp_path):
    limits = np.float32([[0, -np.inf, 1, 2]])
    path = graph(tmp_path / "m.onnx", [STEM, node("Max", "a", "some_limits")], (1, 4), ARRAYS | {"some_limits": limits})
    with pytest.raises(InputError, match="has limits some of which are infinite"):
        read_onnx(path)
