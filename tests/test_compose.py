"""From files to one tree: what extends what, the technology library, changes on the command line, plugins."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from chipsim.architecture import Architecture
from chipsim.circuits.memory import Memory
from chipsim.compose import changed, load_plugin, read, supplied, technology
from chipsim.devices import Device
from chipsim.errors import InputError, Problem
from chipsim.reading import build, from_plain, load
from chipsim.tree import Node, plain_node
from chipsim.workload.layers import Layer

HOUSE = Path(__file__).parents[1]
PCM64 = HOUSE / "architectures" / "pcm-64.yaml"


def write(folder: Path, **files: str) -> None:
    for name, text in files.items():
        path = folder / f"{name}.yaml"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)


def refused(path: Path) -> list[str]:
    with pytest.raises(InputError) as caught:
        read(path)
    return [line.replace(f"{path.parent}/", "") for line in str(caught.value).splitlines()]


# --- extends ---------------------------------------------------------------------------------------------------------


def test_keys_are_taken_over_and_overridden(tmp_path):
    write(
        tmp_path,
        base="a: 1\nb: {c: 2, d: {e: 3, f: 4}}\nlist: [1, 2]\n",
        mine="extends: base.yaml\nb: {d: {e: 5}}\nlist: [9]\nnew: true\n",
    )
    assert read(tmp_path / "mine.yaml").plain() == {"a": 1, "b": {"c": 2, "d": {"e": 5, "f": 4}}, "list": [9], "new": True}


def test_a_chain_is_followed_and_paths_are_those_of_each_file(tmp_path):
    (tmp_path / "deep").mkdir()
    write(tmp_path, mine="extends: deep/middle.yaml\na: 3", base="a: 1\nb: 1\nc: 1")
    (tmp_path / "deep" / "middle.yaml").write_text("extends: ../base.yaml\na: 2\nb: 2")
    node = read(tmp_path / "mine.yaml")
    assert node.plain() == {"a": 3, "b": 2, "c": 1}
    places = {name: (Path(item.file).name, item.line) for name, item in node.value.items()}
    assert places == {"a": ("mine.yaml", 2), "b": ("middle.yaml", 3), "c": ("base.yaml", 3)}


def test_any_block_may_extend_a_file(tmp_path):
    write(tmp_path, adc="type: sar\nbits: 6", mine="tile:\n  adc: {extends: adc.yaml, bits: 8}\nlist: [{extends: adc.yaml}]")
    assert read(tmp_path / "mine.yaml").plain() == {"tile": {"adc": {"type": "sar", "bits": 8}}, "list": [{"type": "sar", "bits": 6}]}


def test_another_type_replaces_the_whole_block(tmp_path):
    write(
        tmp_path,
        base="x: {type: cco, bits: 9, lsb: 1}\ny: {type: cco, bits: 9}\nz: {type: cco}\nw: ideal",
        mine="extends: base.yaml\nx: {type: sar, bits: 6}\ny: {type: cco, lsb: 2}\nz: ideal\nw: {type: sar}",
    )
    assert read(tmp_path / "mine.yaml").plain() == {
        "x": {"type": "sar", "bits": 6},
        "y": {"type": "cco", "bits": 9, "lsb": 2},
        "z": "ideal",
        "w": {"type": "sar"},
    }


def test_circles_are_refused(tmp_path):
    write(tmp_path, a="extends: b.yaml", b="extends: c.yaml", c="extends: a.yaml", self="x: {extends: self.yaml}")
    assert refused(tmp_path / "a.yaml") == [
        "a.yaml:1:10: extends: b.yaml:1:10: extends: c.yaml:1:10: extends: a.yaml: "
        "files extend each other in a circle: a.yaml -> b.yaml -> c.yaml -> a.yaml"
    ]
    assert "in a circle: self.yaml -> self.yaml" in refused(tmp_path / "self.yaml")[0]


def test_a_file_may_be_extended_twice_without_being_a_circle(tmp_path):
    write(tmp_path, base="a: 1", mine="x: {extends: base.yaml}\ny: {extends: base.yaml}")
    assert read(tmp_path / "mine.yaml").plain() == {"x": {"a": 1}, "y": {"a": 1}}


def test_everything_that_cannot_be_extended_is_told_at_once(tmp_path):
    write(tmp_path, broken="a: [", mine="a: {extends: nowhere.yaml}\nb: {extends: 5}\nc: {extends: broken.yaml}\nd: {extends: [a, b]}")
    told = refused(tmp_path / "mine.yaml")
    assert told[0] == "mine.yaml:1:14: extends: nowhere.yaml: cannot be read: No such file or directory"
    assert told[1] == "mine.yaml:2:14: extends: expected the path of a YAML file, got 5"
    assert told[2].startswith("mine.yaml:3:14: extends: broken.yaml:1:5: not valid YAML")
    assert told[3] == "mine.yaml:4:14: extends: expected the path of a YAML file, got ['a', 'b']"


def test_an_extended_chip_equals_the_chip_written_out(tmp_path):
    (tmp_path / "mine.yaml").write_text(f"extends: {PCM64}\ntile: {{array: {{adc: {{bits: 7}}}}}}\nnetwork: {{clock: 2 GHz}}\n")
    text = PCM64.read_text().replace("bits: 9   ", "bits: 7   ").replace("clock: 1 GHz\n  flit", "clock: 2 GHz\n  flit")
    (tmp_path / "whole.yaml").write_text(text)
    mine, whole = (load(tmp_path / name, Architecture) for name in ("mine.yaml", "whole.yaml"))
    assert (mine.tile.array.adc.bits, mine.network.clock) == (7, 2e9)
    assert mine == whole
    assert mine.digest() == whole.digest()


def test_a_mistake_in_an_extended_file_names_that_file(tmp_path):
    (tmp_path / "base.yaml").write_text(PCM64.read_text().replace("rows: 256", "rowz: 256"))
    (tmp_path / "mine.yaml").write_text("extends: base.yaml\nactivation_bits: x\n")
    with pytest.raises(InputError) as caught:
        load(tmp_path / "mine.yaml", Architecture)
    told = [line.replace(f"{tmp_path}/", "") for line in str(caught.value).splitlines()]
    assert told[0].startswith("base.yaml:15:5: tile.array: ") or told[0].startswith("base.yaml:")
    assert any("tile.array.rowz: unknown key (did you mean 'rows'?)" in line for line in told)
    assert told[-1].startswith("mine.yaml:2:18: activation_bits: ")


# --- the technology library ------------------------------------------------------------------------------------------


def with_component(text: str) -> tuple[object, list[Problem]]:
    problems: list[Problem] = []
    return supplied(plain_node({"block": {"component": text}}), problems).plain(), problems


def test_every_entry_of_the_library_has_values_a_node_a_source_and_a_confidence():
    assert len(technology()) > 20
    for name, entry in technology().items():
        assert set(entry) == {"values", "node", "source", "confidence"}, name
        assert entry["confidence"].plain() in ("high", "medium", "low"), name


def test_a_component_fills_in_what_the_block_does_not_say():
    memory = from_plain(Memory, {"component": "sram-2KiB-w256-22nm", "leakage": "1 uW"})
    assert (memory.type_name, memory.capacity, memory.leakage) == ("sram", 16384.0, 1e-6)
    assert "22 nm" in memory.source
    assert "library 'sram-2KiB-w256-22nm'" in memory.source


def test_an_unknown_component_is_an_error_with_a_suggestion():
    assert "did you mean 'puma-dac'?" in with_component("puma-dak")[1][0].message
    for wrong in (None, 5, ["puma-dac"], {"a": 1}, True):
        (problem,) = with_component(wrong)[1]
        assert problem.message.startswith("no component ")


def test_a_component_of_another_type_is_an_error():
    with pytest.raises(InputError, match="'puma-dac' is of type 'bit_serial', this block is of type 'sram'; write its numbers here"):
        from_plain(Memory, {"type": "sram", "capacity": "1 KiB", "component": "puma-dac"})


def test_a_component_of_another_family_is_an_error_at_the_block_that_names_it(tmp_path):
    path = tmp_path / "a.yaml"
    path.write_text(f"extends: {PCM64}\nnetwork:\n  component: puma-dac\n")
    with pytest.raises(InputError) as caught:
        load(path, Architecture)
    assert all(problem.file == str(path) and problem.line == 3 for problem in caught.value.problems)
    assert any("network.bit_time: unknown key" in str(problem) for problem in caught.value.problems)
    with pytest.raises(InputError, match="unknown memory type 'bit_serial'"):
        from_plain(Memory, {"component": "puma-dac"})


def test_every_entry_of_the_library_makes_a_block():
    families = {name: entry["values"].value.get("type") for name, entry in technology().items()}
    from chipsim.circuits.accumulator import Accumulator
    from chipsim.circuits.adc import ADC
    from chipsim.circuits.dac import DAC
    from chipsim.circuits.vector_unit import VectorUnit
    from chipsim.responses import Response

    roots = (ADC, DAC, Memory, Accumulator, VectorUnit, Response)
    for name, kind in families.items():
        if kind is None:
            continue  # keys of the network
        root = next(root for root in roots if kind.plain() in root.members)
        block = {"component": name} | ({"read_voltage": "0.2 V"} if root is DAC else {})
        assert from_plain(root, block).source.endswith(f"library '{name}']")


# --- changes ---------------------------------------------------------------------------------------------------------

TREE = {"a": {"b": 1, "adc": "ideal", "list": [1, {"c": 2}]}, "none": None}


def put(change: str) -> object:
    return changed(plain_node(TREE), change).plain()


@pytest.mark.parametrize(
    ("change", "path", "value"),
    [
        ("a.b=5", ("a", "b"), 5),
        (" a.b =5 ns", ("a", "b"), "5 ns"),
        ("a.b=1e-9", ("a", "b"), 1e-9),
        ("a.b=", ("a", "b"), None),
        ("a.b=x=y", ("a", "b"), "x=y"),
        ("a.new={d: 1}", ("a", "new"), {"d": 1}),
        ("a.adc.bits=6", ("a", "adc"), {"type": "ideal", "bits": 6}),
        ("a.adc={type: sar}", ("a", "adc"), {"type": "sar"}),
        ("a.list.1.c=3", ("a", "list"), [1, {"c": 3}]),
        ("a.list[1].c=3", ("a", "list"), [1, {"c": 3}]),
        ("a.list[0]=[]", ("a", "list"), [[], {"c": 2}]),
        ("none.x.y=1", ("none",), {"x": {"y": 1}}),
        ("new.x=on", ("new",), {"x": "on"}),
    ],
)
def test_one_key_is_changed(change, path, value):
    node = put(change)
    for step in path:
        node = node[step]
    assert node == value


def test_the_tree_itself_stays_as_it_was():
    node = plain_node(TREE)
    changed(node, "a.b=5")
    changed(node, "a.list.1.c=5")
    assert node.plain() == TREE


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ("", "expected key.sub=value"),
        ("a.b", "expected key.sub=value"),
        ("=5", "expected key.sub=value"),
        ("..=5", "expected key.sub=value"),
        ("a.list.2=5", "'2' is not the number of an item, of which there are 2 (from 0)"),
        ("a.list.-1=5", "'-1' is not the number of an item"),
        ("a.list.²=5", "'²' is not the number of an item"),
        ("a.list.x.y=5", "'x' is not the number of an item"),
        ("a.b.c=5", "there is no block above 'c'"),
        ("a.b=[", "not valid YAML"),
        ("a.b={x: 1, x: 2}", "written twice"),
        ("a.extends=x.yaml", "'extends' is followed in files only"),
        ("plugins=x.py", "'plugins' is followed in files only"),
    ],
)
def test_a_change_that_cannot_be_made_is_told(change, said):
    with pytest.raises(InputError) as caught:
        put(change)
    assert str(caught.value).startswith(f"--set {change}")
    assert said in str(caught.value)


def test_changes_are_checked_like_a_file(tmp_path):
    chip = load(PCM64, Architecture, ["tile.array.adc={type: sar, bits: 6, rate: 1 GHz}", "tile.array.cell.device=ideal", "host.node=3"])
    assert (chip.tile.array.adc.type_name, chip.tile.array.cell.device.type_name, chip.host.node) == ("sar", "ideal", 3)
    for change, said in {
        "tile.array.adc.bitz=6": "tile.array.adc.bitz: unknown key (did you mean 'bits'?)",
        "tile.array.rows=-1": "tile.array.rows: ",
        "tile.array.adc.type=scr": "unknown adc type 'scr' (did you mean 'sar'?)",
        "tile.measured.energy=5 nW": "'5 nW' is a power, expected an energy",
        "tile.measured.energy=5": "5 has no unit, expected an energy",
        "tile=": "tile: expected a block of keys",
        "tile.input_buffer.component=nothing": "no component 'nothing'",
    }.items():
        with pytest.raises(InputError) as caught:
            load(PCM64, Architecture, [change])
        assert said in str(caught.value)
        assert str(caught.value).startswith(f"--set {change}: ")


# --- plugins ---------------------------------------------------------------------------------------------------------

DEVICE = """
from typing import final
from chipsim.devices import Device, Ideal
from chipsim.spec import key

@final
class {cls}(Device, type="{name}"):
    '''A device of a user.'''
    extra: int = key("a number", default=1, ge=0)
    program, mean_at, read_sigma_at = Ideal.program, Ideal.mean_at, Ideal.read_sigma_at
    programming_sigma, exponent_mean, exponent_sigma = Ideal.programming_sigma, Ideal.exponent_mean, Ideal.exponent_sigma
"""


@pytest.fixture
def plugin(tmp_path):
    """Writes plugins; what they registered is taken away afterwards."""
    before = {root: dict(root.members) for root in (Device, Layer)}

    def write_plugin(text: str, name: str = "mine.py") -> Path:
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        return path

    yield write_plugin
    for root, members in before.items():
        root.members.clear()
        root.members.update(members)
    forget_plugins()


def forget_plugins() -> None:
    """As in a new process; a class that is loaded again takes the place of the older one."""
    for name in [name for name in sys.modules if name.startswith("chipsim_plugin_")]:
        del sys.modules[name]


def test_a_device_of_a_plugin_is_used_by_its_name(plugin, tmp_path):
    plugin(DEVICE.format(cls="Mine", name="mine"), "sub/mine.py")
    (tmp_path / "sub" / "chip.yaml").write_text(
        f"extends: {PCM64}\nplugins: [mine.py]\ntile: {{array: {{cell: {{device: {{type: mine, extra: 5}}}}}}}}\n"
    )
    device = load(tmp_path / "sub" / "chip.yaml", Architecture).tile.array.cell.device
    assert (device.type_name, device.extra) == ("mine", 5)
    assert load(tmp_path / "sub" / "chip.yaml", Architecture).plugins == ("mine.py",)  # a second time in one process


def test_the_code_of_a_plugin_belongs_to_the_question(plugin, tmp_path):
    write(tmp_path, chip=f"extends: {PCM64}\nplugins: [mine.py]\ntile: {{array: {{cell: {{device: mine}}}}}}")
    digests = []
    for text in ("", "# the same class, but who knows", ""):
        plugin(DEVICE.format(cls="Mine", name="mine") + text)
        digests.append(load(tmp_path / "chip.yaml", Architecture).digest())
        forget_plugins()
    assert digests[0] == digests[2] != digests[1]


def test_a_plugin_of_an_extended_file_and_of_a_block_is_loaded(plugin, tmp_path):
    plugin(DEVICE.format(cls="Mine", name="mine"))
    plugin(DEVICE.format(cls="Other", name="other"), "other.py")
    write(tmp_path, base=f"extends: {PCM64}\nplugins: mine.py", mine="extends: base.yaml", block="architecture: {plugins: other.py}")
    read(tmp_path / "mine.yaml")
    read(tmp_path / "block.yaml")
    assert {"mine", "other"} <= set(Device.members)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("def f(:\n", "plug-in 'mine.py' cannot be loaded: SyntaxError"),
        ("1 / 0\n", "plug-in 'mine.py' cannot be loaded: ZeroDivisionError: division by zero"),
        ("import nowhere_at_all\n", "plug-in 'mine.py' cannot be loaded: ModuleNotFoundError: No module named 'nowhere_at_all'"),
        ("import sys\nsys.exit(0)\n", "plug-in 'mine.py' cannot be loaded: SystemExit: 0"),
        ("raise KeyError('x')\n", "plug-in 'mine.py' cannot be loaded: KeyError: 'x'"),
        ("\x00", "plug-in 'mine.py' cannot be loaded: "),
        (DEVICE.format(cls="Other", name="pcm"), "plug-in 'mine.py': Other: type 'pcm' is already taken by chipsim.devices.pcm.PCM"),
        (
            "from chipsim.devices import Device\nclass Half(Device, type='half'):\n    def program(self): ...\n",
            "plug-in 'mine.py': Half: type 'half' does not define exponent_mean, ",
        ),
        (
            "from chipsim.spec import Spec, key\nclass A(Spec):\n    x: int = key('x')\nA(x='a')\n",
            "plug-in 'mine.py': A.x: should be a valid integer",
        ),
    ],
)
def test_a_plugin_that_fails_is_one_sentence_at_its_place(plugin, tmp_path, text, said):
    plugin(text)
    write(tmp_path, chip=f"name: a\nplugins: [mine.py]\nother: {{extends: {PCM64}}}")
    for _ in range(2):  # a failed plugin is not taken for loaded the second time
        (told,) = refused(tmp_path / "chip.yaml")
        assert told.startswith(f"chip.yaml:2:11: plugins: {said}")


@pytest.mark.parametrize("name", ["nowhere.py", "nowhere_at_all", "''", ".", "..x", "../x", "a b", "5", "{a: 1}", "[[x]]", "nowhere.txt"])
def test_a_plugin_that_is_none_is_told(tmp_path, name):
    write(tmp_path, chip=f"plugins: [{name}]")
    (told,) = refused(tmp_path / "chip.yaml")
    assert told.startswith("chip.yaml:1:11: plugins: ") or told.startswith("chip.yaml:1:12: plugins: ")


def test_all_plugins_that_fail_are_told(tmp_path):
    write(tmp_path, chip="plugins: [a.py, b.py]\nx: {extends: no.yaml}")
    assert len(refused(tmp_path / "chip.yaml")) == 3


def test_an_installed_module_is_a_plugin_too():
    load_plugin("json", Path())
    with pytest.raises(InputError, match=r"plug-in 'json\.nothing' cannot be loaded: ModuleNotFoundError"):
        load_plugin("json.nothing", Path())


def test_a_tree_is_never_changed_by_building_from_it():
    node = read(PCM64)
    before = node.plain()
    build(Architecture, node)
    assert isinstance(node, Node)
    assert node.plain() == before
