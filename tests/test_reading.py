"""From files to descriptions: every problem at once, with its place and a way out; no file makes anything but an InputError."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any, Literal, Self, final

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chipsim.architecture import Architecture
from chipsim.compose import read
from chipsim.errors import InputError, Problem
from chipsim.kinds import KINDS
from chipsim.reading import build, from_plain, load
from chipsim.spec import Family, FilePath, Spec, check, key
from chipsim.tree import parse_value
from chipsim.units import Energy, Time

HOUSE = Path(__file__).parents[1]
FILES = {
    "architecture": HOUSE / "architectures" / "pcm-64.yaml",
    "workload": HOUSE / "workloads" / "lenet5-mnist.yaml",
}


class Kitchen(Family):
    """Root of the kitchens."""


@final
class Small(Kitchen, type="small"):
    """A small kitchen."""

    burners: int = key("number of burners", default=2, ge=1, le=4)


@final
class Room(Spec):
    """A room with all kinds of keys."""

    name: str = key("name", min_length=1)
    count: int = key("whole number", default=1, ge=0)
    share: float = key("number", default=0.5, le=1)
    open: bool = key("true or false", default=True)
    mode: Literal["slow", "fast"] = key("mode", default="slow")
    energy: Energy = key("energy", default=0.0, ge=0)
    times: tuple[Time, ...] = key("times", default=())
    shape: tuple[int, int] = key("shape", default=(1, 1))
    size: int | tuple[int, int] = key("one or two", default=1)
    texts: dict[str, str] = key("texts by name", default={})
    limit: float | None = key("limit", default=None)
    kitchen: Kitchen = key("the kitchen", default=Small())
    second: Kitchen | None = key("another kitchen", default=None)
    rest: tuple[Kitchen, ...] = key("more kitchens", default=())
    named: dict[str, Small] = key("kitchens by name", default={})
    inner: Room | None = key("a room inside", default=None)
    traces: FilePath | None = key("a file", default=None)

    @check
    def _slow_is_small(self) -> Self:
        if self.mode == "fast" and self.count < 2:
            raise ValueError(f"mode fast with a count of {self.count}; give at least 2")
        if self.share == 0.25:
            raise InputError("a part says no")
        assert 1 / (self.share + 1) is not None  # divides by zero for a share of -1
        return self


def problems(text: str) -> list[str]:
    """What is wrong with a text as a Room, with the places but without the name of the file."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "file")
        path.write_text(text)
        return [str(problem).removeprefix(f"{path}:") for problem in problems_of(lambda: load(path, Room))]


# --- what is accepted ------------------------------------------------------------------------------------------------


def test_every_kind_of_key_is_read():
    room = from_plain(
        Room,
        {
            "name": "a", "count": 3, "share": 1, "open": False, "mode": "fast", "energy": "5 pJ", "times": ["1 ns", 0], "shape": [2, 3],
            "size": [4, 5], "texts": {"x": "y"}, "limit": 1e-3, "kitchen": "small", "second": {"type": "small", "burners": 4},
            "rest": ["small", {"type": "small"}], "named": {"one": {"burners": 1}}, "inner": {"name": "b"}, "source": {"count": "me"},
        },
    )  # fmt: skip
    assert (room.share, room.energy, room.times, room.shape, room.size) == (1.0, 5e-12, (1e-9, 0.0), (2, 3), (4, 5))
    assert (room.kitchen, room.second, room.rest) == (Small(), Small(burners=4), (Small(), Small()))
    assert (room.named["one"].burners, room.inner.name, room.source_of("count"), room.source_of("name")) == (1, "b", "me", None)


def test_a_whole_number_may_be_written_as_a_float():
    assert from_plain(Room, {"name": "a", "count": 8.0}).count == 8


def test_files_are_relative_to_the_file_that_names_them(tmp_path, monkeypatch):
    (tmp_path / "deep").mkdir()
    (tmp_path / "deep" / "room.yaml").write_text("name: a\ninner: {name: b}")

    @final
    class Traced(Spec):
        file: FilePath = key("a file", min_length=1)

    (tmp_path / "deep" / "traced.yaml").write_text("file: t.csv")
    monkeypatch.chdir(tmp_path)
    assert load("deep/traced.yaml", Traced).file == str(tmp_path / "deep" / "t.csv")
    assert load("deep/traced.yaml", Traced, ["file=t.csv"]).file == str(tmp_path / "t.csv")
    with pytest.raises(InputError, match="file: is empty, expected a text"):
        load("deep/traced.yaml", Traced, ["file=''"])


# --- what is refused -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("{name: a, count: true}", "1:18: count: is true, expected a whole number"),
        ("{name: a, count: on}", "1:18: count: is the text 'on', expected a whole number"),
        ("{name: a, count: '5'}", "1:18: count: is the text '5', expected a whole number"),
        ("{name: a, count: 1_000}", "1:18: count: is the text '1_000', expected a whole number"),
        ("{name: a, count: 0x10}", "1:18: count: is the text '0x10', expected a whole number"),
        ("{name: a, count: 1:30}", "1:18: count: is the text '1:30', expected a whole number"),
        ("{name: a, count: 1.5}", "1:18: count: should be a valid integer, got a number with a fractional part, got 1.5"),
        ("{name: a, count: 1e999}", "1:18: count: should be a finite number, got inf"),
        ("{name: a, count: 5 ns}", "1:18: count: is the text '5 ns', expected a whole number"),
        ("{name: a, count: -1}", "1:18: count: should be greater than or equal to 0, got -1"),
        ("{name: a, count: }", "1:17: count: should be a valid integer, got nothing"),
        ("{name: a, count: [1]}", "1:18: count: should be a valid integer, got [1]"),
        ("{name: a, count: {x: 1}}", "1:18: count: should be a valid integer, got {'x': 1}"),
        ("{name: a, share: .nan}", "1:18: share: is the text '.nan', expected a number"),
        ("{name: a, share: 1.5}", "1:18: share: should be less than or equal to 1, got 1.5"),
        ("{name: a, open: 1}", "1:17: open: is the number 1, expected true or false"),
        ("{name: a, open: yes}", "1:17: open: is the text 'yes', expected true or false"),
        ("{name: a, mode: fasst}", "1:17: mode: should be 'slow' or 'fast', got 'fasst'"),
        ("{name: a, mode: NO}", "1:17: mode: should be 'slow' or 'fast', got 'NO'"),
        ("{name: a, mode: 5}", "1:17: mode: is the number 5, expected a text"),
        ("{name: 2024}", "1:8: name: is the number 2024, expected a text; in quotes it is one: '2024'"),
        ("{name: ''}", "1:8: name: is empty, expected a text"),
        ("{name: a, energy: 5}", "1:19: energy: 5 has no unit, expected an energy such as '1.2 pJ'"),
        ("{name: a, energy: 5 pW}", "1:19: energy: '5 pW' is a power, expected an energy such as '1.2 pJ'"),
        ("{name: a, energy: true}", "1:19: energy: True is not an energy such as '1.2 pJ'"),
        ("{name: a, energy: [1]}", "1:19: energy: [1] is not an energy such as '1.2 pJ'"),
        ("{name: a, energy: -5 pJ}", "1:19: energy: should be greater than or equal to 0, got -5 pJ"),
        ("{name: a, times: [1 ns, 2 nJ]}", "1:25: times.1: '2 nJ' is an energy, expected a time such as '5 ns'"),
        ("{name: a, times: 1 ns}", "1:18: times: expected a list such as [1 ns], got '1 ns'"),
        ("{name: a, shape: [true, 1]}", "1:19: shape: is true, expected a whole number"),
        ("{name: a, shape: [1, '2']}", "1:22: shape: is the text '2', expected a whole number"),
        ("{name: a, texts: {a: 5}}", "1:22: texts: is the number 5, expected a text"),
        ("{name: a, limit: x}", "1:18: limit: is the text 'x', expected a number"),
        ("{name: a, nmae: b}", "1:17: nmae: unknown key (did you mean 'name'?)"),
        ("{name: a, extend: b}", "1:19: extend: unknown key (did you mean 'extends'?)"),
        ("{name: a, type: b}", "1:17: type: unknown key"),
        ("{count: 3}", "1:1: name: is missing (name)"),
        ("{name: a, kitchen: smal}", "1:20: kitchen: unknown kitchen type 'smal' (did you mean 'small'?)"),
        ("{name: a, kitchen: {type: [small]}}", "1:27: kitchen: unknown kitchen type ['small'] (did you mean 'small'?)"),
        ("{name: a, kitchen: {burners: 2}}", "1:20: kitchen: 'type' is missing (known: small)"),
        ("{name: a, kitchen: }", "1:19: kitchen: expected a block of keys (Kitchen), got nothing"),
        ("{name: a, kitchen: 5}", "1:20: kitchen: expected a block of keys (Kitchen), got 5"),
        ("{name: a, rest: small}", "1:17: rest: expected a list of blocks, got 'small'"),
        ("{name: a, rest: [small, smol]}", "1:25: rest[1]: unknown kitchen type 'smol' (did you mean 'small'?)"),
        ("{name: a, named: [small]}", "1:18: named: expected a block of named blocks, got ['small']"),
        ("{name: a, named: {x: {burners: 9}}}", "1:32: named.x.burners: should be less than or equal to 4, got 9"),
        ("{name: a, inner: b}", "1:18: inner: expected a block of keys (Room), got 'b'"),
        ("{name: a, inner: {name: b, count: x}}", "1:35: inner.count: is the text 'x', expected a whole number"),
        ("{name: a, mode: fast}", "1:1: mode fast with a count of 1; give at least 2"),
        ("{name: a, share: 0.25}", "1:1: a part says no"),
        ("{name: a, share: -1}", "1:1: these values together give no usable number"),
        ("{name: a, source: 5}", "1:19: source: is the number 5, expected a text"),
        ("[name, a]", "1:1: expected a block of keys (Room), got ['name', 'a']"),
        ("name", "1:1: expected a block of keys (Room), got 'name'"),
    ],
)
def test_one_problem_is_one_line_with_its_place(text, said):
    (*_, told) = problems(text)
    assert told.startswith(said)
    assert "\n" not in told


def test_all_problems_come_at_once_in_the_order_of_the_file():
    told = problems(
        "nmae: a\ncount: -1\nkitchen: {type: small, burners: 9, burnt: 1}\nenergy: 5 pW\nrest:\n- small\n- smol\nmode: fast\ninner: {}\n"
    )
    assert [line.split(": ")[:2] for line in told] == [
        ["1:1", "name"],
        ["1:7", "nmae"],
        ["2:8", "count"],
        ["3:33", "kitchen.burners"],
        ["3:43", "kitchen.burnt"],
        ["4:9", "energy"],
        ["7:3", "rest[1]"],
        ["9:8", "inner.name"],
    ]


def test_keys_are_tested_against_each_other_only_when_each_is_right():
    assert len(problems("{name: a, mode: fast, count: x}")) == 1


def test_a_message_does_not_repeat_a_huge_value():
    long = "x" * 100_000
    for key_and_value in (f"count: {long}", f"energy: {long}", f"mode: {long}", f"kitchen: [{long}]", f"kitchen: {long}"):
        assert sum(map(len, problems(f"{{name: a, {key_and_value}}}"))) < 1000


# --- the shipped files, cut and changed ------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def file(tmp_path_factory):
    """A file to write into, the same for all examples of a property."""
    return tmp_path_factory.mktemp("reading") / "a.yaml"


def one_answer(file: Path, kind: str, text: str | bytes) -> bool:
    """A file loads or is refused; nothing else comes out."""
    file.write_bytes(text.encode("utf-8", "surrogatepass") if isinstance(text, str) else text)
    found = problems_of(lambda: load(file, KINDS[kind]()))
    assert all(problem.message and "\n" not in str(problem) for problem in found)
    return not found


def problems_of(make: Callable[[], object]) -> list[Problem]:
    """What an attempt was refused for; empty when it went well."""
    try:
        make()
    except InputError as error:
        return error.problems or [Problem("")]  # refused without a word: no message, which is asked for above
    return []


@pytest.mark.parametrize("kind", FILES)
def test_a_file_cut_at_any_byte_loads_or_is_refused(file, kind):
    data = FILES[kind].read_bytes()
    step = 7  # every byte: -m slow
    assert one_answer(file, kind, data)
    assert not all(one_answer(file, kind, data[:end]) for end in range(0, len(data), step))


@pytest.mark.slow
@pytest.mark.parametrize("kind", FILES)
def test_a_file_cut_at_every_byte_loads_or_is_refused(file, kind):
    data = FILES[kind].read_bytes()
    for end in range(len(data)):
        one_answer(file, kind, data[:end])


WORDS = [
    "", "0", "-1", "1e-9", "1e999", "9" * 30, "on", "NO", "~", "true", "5 ns", "5 pJ", "0 s", "1e-30 s", "1e30 m2", "-3 V", "[]", "{}",
    "{type: ideal}", "[1, 2]", "ideal", "pcm", "linear", "mesh", "&a [*a]", "*b", "!!int x", "'", "\t", "012", "1:30", "x: y", "\n", "- ",
    "source: assumed", "type: ideal", "extends: a.yaml", "component: puma-dac", "plugins: [a.py]", "1e-320 Hz", "1 b", "0.5 b", "1e18",
]  # fmt: skip


def mutated(data: st.DataObject, text: str) -> str:
    """A text with some lines lost, doubled, moved in, or with other words."""
    lines = text.splitlines(keepends=True)
    for _ in range(data.draw(st.integers(1, 3))):
        at = data.draw(st.integers(0, len(lines) - 1))
        kind = data.draw(st.sampled_from(["value", "value", "value", "drop", "double", "indent", "insert", "byte"]))
        word = data.draw(st.sampled_from(WORDS))
        name, colon, _ = lines[at].partition(": ")
        if kind == "value":
            lines[at] = f"{name}{colon}{word}\n"
        elif kind == "indent":
            lines[at] = "  " + lines[at]
        elif kind == "insert":
            place = data.draw(st.integers(0, len(lines[at])))
            lines[at] = lines[at][:place] + word + lines[at][place:]
        elif kind == "byte":
            place = data.draw(st.integers(0, len(lines[at])))
            lines[at] = lines[at][:place] + data.draw(st.characters()) + lines[at][place + 1 :]
        else:
            lines[at : at + 1] = [] if kind == "drop" and len(lines) > 1 else [lines[at]] * 2
    return "".join(lines)


@pytest.mark.parametrize("kind", FILES)
@settings(max_examples=120)
@given(data=st.data())
def test_a_changed_file_loads_or_is_refused(file, kind, data):
    one_answer(file, kind, mutated(data, FILES[kind].read_text()))


@pytest.mark.slow
@pytest.mark.parametrize("kind", FILES)
@settings(max_examples=5000)
@given(data=st.data())
def test_a_changed_file_loads_or_is_refused_at_length(file, kind, data):
    one_answer(file, kind, mutated(data, FILES[kind].read_text()))


values = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=8), st.sampled_from(WORDS)),
    lambda inner: st.one_of(
        st.lists(inner, max_size=4),
        st.dictionaries(st.sampled_from([*Room.model_fields, "type", "component", "burners", "x"]), inner, max_size=6),
    ),
    max_leaves=15,
)


@settings(max_examples=300)
@given(value=values)
def test_any_tree_is_a_room_or_is_refused(value):
    assert all(problem.message for problem in problems_of(lambda: from_plain(Room, value)))


@settings(max_examples=200)
@given(value=values, place=st.sampled_from(["tile", "tile.array", "tile.array.cell.device", "network.topology", "host", "network", ""]))
def test_any_value_in_a_chip_is_read_or_refused(value, place):
    tree = read(FILES["architecture"]).plain()
    block = tree
    for step in filter(None, place.split(".")):
        block = block[step]
    if isinstance(value, dict):
        block |= value
    else:
        block[sorted(block)[len(repr(value)) % len(block)]] = value
    assert all(problem.message for problem in problems_of(lambda: from_plain(Architecture, tree)))


def test_values_of_the_command_line_have_no_line():
    with pytest.raises(InputError) as caught:
        build(Room, parse_value("{name: a, nmae: b}", "--set x"))
    assert str(caught.value).startswith("--set x:1:17: nmae") or str(caught.value).startswith("--set x: nmae")


@final
class Cupboard(Spec):
    """Keys that are tested against each other, within and below."""

    doors: int = key("doors", default=1)
    shelves: tuple[int, ...] = key("shelves", default=(1,), min_length=1)
    room: dict[str, Any] = key("what is in it", default={})

    @check
    def _fits(self) -> Self:
        if self.doors > 3:
            raise ValueError("doors: there are too many")
        if self.room:
            raise ValueError("room.left.shoes: they do not belong here")
        return self


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("shelves: [1]\ndoors: 4", "2:8: doors: there are too many"),
        ("room:\n  left: {hats: 1, shoes: 2}", "2:26: room.left.shoes: they do not belong here"),
        ("room:\n  left: {hats: 1}", "2:9: room.left.shoes: they do not belong here"),
        ("room:\n  right: 5", "2:3: room.left.shoes: they do not belong here"),
        ("shelves: []", "1:10: shelves: needs at least one, got none"),
    ],
)
def test_a_check_that_names_a_key_points_to_it(tmp_path, text, said):
    (tmp_path / "cupboard.yaml").write_text(text)
    with pytest.raises(InputError) as caught:
        load(tmp_path / "cupboard.yaml", Cupboard)
    assert str(caught.value) == f"{tmp_path}/cupboard.yaml:{said}"
