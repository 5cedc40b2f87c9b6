"""YAML files as trees: the rules of YAML 1.2, places of everything, and one error for what cannot be read."""

from __future__ import annotations

import os
import threading
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chipsim.errors import InputError
from chipsim.tree import DEEPEST, LARGEST_FILE, MOST_NODES, Node, parse, parse_value, plain_node

HOUSE = Path(__file__).parents[1]


@pytest.fixture(scope="module")
def file(tmp_path_factory):
    """A file to write into, the same for all examples of a property."""
    return tmp_path_factory.mktemp("tree") / "a.yaml"


def read(file: Path, text: str | bytes) -> object:
    file.write_bytes(text.encode() if isinstance(text, str) else text)
    return parse(file).plain()


def refused(file: Path, text: str | bytes) -> list[str]:
    with pytest.raises(InputError) as caught:
        read(file, text)
    lines = str(caught.value).splitlines()
    assert all(line.startswith(str(file)) for line in lines)
    return [line.removeprefix(str(file)) for line in lines]


# --- values ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1e-9", 1e-9),
        ("1E3", 1000.0),
        ("1.", 1.0),
        (".5", 0.5),
        ("-3", -3),
        ("+3", 3),
        ("012", 12),
        ("on", "on"),
        ("NO", "NO"),
        ("y", "y"),
        ("yes", "yes"),
        ("1:30", "1:30"),
        ("0x10", "0x10"),
        ("1_000", "1_000"),
        (".inf", ".inf"),
        (".nan", ".nan"),
        ("2026-01-01", "2026-01-01"),
        ("=", "="),
        ("true", True),
        ("FALSE", False),
        ("~", None),
        ("", None),
        ("'5'", "5"),
        ("!!str 5", "5"),
        ("[]", []),
        ("{}", {}),
        ("1e999", float("inf")),  # refused later, as no number that a description may hold
        ("9" * 5000, float("inf")),
    ],
)
def test_scalars_follow_yaml_1_2(file, text, value):
    told = read(file, f"a: {text}\n")
    assert told == {"a": value}
    assert type(told["a"]) is type(value)


@given(value=st.floats(allow_nan=False, allow_infinity=False))
def test_every_float_is_read_as_python_writes_it(value):
    assert parse_value(repr(value), "x").value == value


def test_everything_knows_its_place(file):
    file.write_text("tile:\n  adc:   {bits: 6}\n  list:\n  - 5\n")
    tile = parse(file).value["tile"]
    adc = tile.value["adc"]
    bits, five = adc.value["bits"], tile.value["list"].value[0]
    assert [(n.line, n.column) for n in (tile, adc, bits, five)] == [(2, 3), (2, 10), (2, 17), (4, 5)]
    assert {n.file for n in (tile, adc, bits, five)} == {str(file)}
    assert five.folder == file.parent


@pytest.mark.parametrize("start", ["", "\ufeff"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_line_ends_and_byte_order_marks_do_not_matter(file, start, end):
    text = start + end.join(["# a file", "a: 1", "b:", "  c: x", ""])
    assert read(file, text) == {"a": 1, "b": {"c": "x"}}
    assert parse(file).value["b"].value["c"].line == 4


def test_aliases_are_copies(file):
    assert read(file, "a: &x {b: 1}\nc: *x\nd: [*x, *x]") == {"a": {"b": 1}, "c": {"b": 1}, "d": [{"b": 1}, {"b": 1}]}


def test_keys_are_texts(file):
    assert read(file, "1: a\nb c: d") == {"1": "a", "b c": "d"}


# --- what is refused -------------------------------------------------------------------------------------------------


def test_a_key_written_twice_is_refused_with_both_lines(file):
    assert refused(file, "a: 1\nb: {c: 1, c: 2}\na: 3\n'1': 0\n1: 0\n") == [
        ":2:11: c: written twice (first at line 2)",
        ":3:1: a: written twice (first at line 1)",
        ":5:1: 1: written twice (first at line 4)",
    ]


@pytest.mark.parametrize("name", ["[a]", "{a: b}", "1.5", "true", "~"])
def test_a_key_that_is_no_text_is_refused(file, name):
    (told,) = refused(file, f"? {name}\n: 1\n")
    assert told.startswith(":1:3: a key must be a plain text")


@pytest.mark.parametrize(
    "text",
    [
        "!!python/object/apply:os.system ['touch /tmp/never']",
        "!!python/name:os.system",
        "!!python/object:os.system {a: 1}",
        "!mine {a: 1}",
        "!mine [1]",
        "!mine 5",
        "!x:int 5",
        "!!set {a, b}",
        "!!binary aGk=",
        "!!timestamp 2026-01-01",
    ],
)
def test_foreign_tags_are_refused(file, text):
    assert "is not supported" in refused(file, f"a: {text}\n")[0]


@pytest.mark.parametrize("text", ["!!int abc", "!!int 0x1F", "!!int ''", "!!float x", "!!bool maybe", "!!null 5"])
def test_a_tag_that_lies_is_refused(file, text):
    assert ":1:4: " in refused(file, f"a: {text}\n")[0]


def test_an_alias_that_contains_itself_is_refused(file):
    assert refused(file, "a: &x [1, *x]") == [":1:4: an alias contains itself"]
    assert "contains itself" in refused(file, "a: &x {b: {c: *x}}")[0]


def test_a_small_file_that_unfolds_to_a_huge_one_is_refused(file):
    layers = ["l0: &l0 [x, x, x, x, x, x, x, x, x, x]"]
    layers += [f"l{i}: &l{i} [{', '.join([f'*l{i - 1}'] * 10)}]" for i in range(1, 12)]
    (told,) = refused(file, "\n".join(layers))
    assert f"more than {MOST_NODES} values" in told


@pytest.mark.parametrize("text", ["[" * 100_000, "{a: " * 5_000, "- " * 50_000 + "x", "\n".join(" " * i + "a:" for i in range(900))])
def test_endless_nesting_is_refused(file, text):
    assert "nested too deeply" in refused(file, text)[0] or "not valid YAML" in refused(file, text)[0]


def test_nesting_has_one_limit_however_deep_the_stack_is(file):
    assert read(file, "[" * DEEPEST + "]" * DEEPEST)
    (told,) = refused(file, "[" * (DEEPEST + 3) + "]" * (DEEPEST + 3))
    assert "nested too deeply" in told


def test_a_huge_file_is_refused_before_it_is_read(file):
    with file.open("wb") as stream:
        stream.truncate(10**12)  # takes no room on the disk
    with pytest.raises(InputError, match="is larger than 1000000 bytes"):
        parse(file)
    file.unlink()


def test_many_values_are_given_up_early(file):
    assert "more than" in refused(file, "a: [" + "1, " * (LARGEST_FILE // 3 - 5) + "1]")[0]


def test_an_endless_device_is_refused():
    with pytest.raises(InputError, match="is larger than"):
        parse(Path("/dev/zero"))


def test_a_pipe_can_be_read(tmp_path):
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    writer = threading.Thread(target=pipe.write_text, args=("a: 1",))
    writer.start()
    assert parse(pipe).plain() == {"a": 1}
    writer.join()


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (b"", ": is empty"),
        (b"# nothing\n", ": is empty"),
        (b"---\n...\n", ""),
        (b"\x00\x01\x02", ": not valid YAML"),
        (b"\x89PNG\r\n\x1a\n", ": is not a UTF-8 text file"),
        ("a: ü".encode("latin-1"), ": is not a UTF-8 text file"),
        ("a: 1".encode("utf-16"), ": is not a UTF-8 text file"),
        (b"a:\n\tb: 1", ":2:1: not valid YAML: found character '\\t'"),
        (b"a: 1\n---\nb: 2", ":2:1: not valid YAML"),
        (b"a: *b", ":1:4: not valid YAML: found undefined alias 'b'"),
        (b"a: [1, 2", ":1:9: not valid YAML"),
        (b"a: 'x", "not valid YAML"),
        (b"a: b: c", ":1:5: not valid YAML"),
        (b"%YAML 3.0\n---\na: 1", "not valid YAML"),
        (b'a: "\\0"', ":1:4: holds a character that cannot be printed"),
        (b'a: "\\ud800"', ":1:4: holds a character that cannot be printed"),
        (b'a: "\\e[31m"', ":1:4: holds a character that cannot be printed"),
        (b'"\\0": 1', ":1:1: holds a character that cannot be printed"),
    ],
)
def test_what_is_no_yaml_is_told_with_its_place(file, text, said):
    if said:
        assert refused(file, text)[0].startswith(said) or said in refused(file, text)[0]
    else:
        assert read(file, text) is None


@pytest.mark.parametrize("path", ["nowhere.yaml", ".", "a\0b", "x" * 5000, "loop", "file/below"])
def test_what_is_no_file_is_told(tmp_path, path):
    (tmp_path / "loop").symlink_to(tmp_path / "loop")
    (tmp_path / "file").write_text("a: 1")
    with pytest.raises(InputError, match="cannot be read"):
        parse(tmp_path / path)


# --- any file --------------------------------------------------------------------------------------------------------


def one_answer(file: Path, data: bytes) -> None:
    """A file loads or is refused with places in it; nothing else comes out."""
    try:
        value, problems = read(file, data), []
    except InputError as error:
        value, problems = None, error.problems
        assert problems
    assert isinstance(value, (dict, list, str, int, float, bool, type(None)))
    assert all(problem.file == str(file) for problem in problems)


@settings(max_examples=300)
@given(data=st.binary(max_size=200))
def test_any_bytes_have_one_answer(file, data):
    one_answer(file, data)


@settings(max_examples=300)
@given(text=st.text(alphabet=" \n\t-:?,[]{}#&*!|>'\"%@`~abc01.e<=\\ü\u2028\ufeff", max_size=60))
def test_any_text_of_yaml_signs_has_one_answer(file, text):
    one_answer(file, text.encode())


def test_a_file_cut_at_any_byte_has_one_answer(file):
    data = (HOUSE / "workloads" / "mlp-mnist.yaml").read_bytes() + "  # µ\nx: &a {b: [1, 'two', \"three\\n\"]}\ny: *a\n".encode()
    for end in range(len(data)):
        one_answer(file, data[:end])


# --- values on the command line, values in Python --------------------------------------------------------------------


def test_a_value_on_the_command_line_is_yaml():
    assert parse_value("{type: sar, bits: 6}", "x").plain() == {"type": "sar", "bits": 6}
    assert parse_value("", "x").plain() is None
    assert parse_value("5 ns", "x").problem("no").file == "x"


@pytest.mark.parametrize("text", ["[", "{a: 1, a: 2}", "!!python/name:os.system", "*a", "&a [*a]", "[" * 10_000, "a: b: c", "\0"])
def test_a_value_on_the_command_line_may_be_wrong(text):
    with pytest.raises(InputError, match=r"^--set key"):
        parse_value(text, "--set key")


def test_plain_values_become_trees():
    node = plain_node({"a": [1, (2.5, None)], 3: True})
    assert node.plain() == {"a": [1, [2.5, None]], "3": True}
    assert isinstance(node.value["a"], Node)
