"""Axes made ready: names that no other column has, labels of blocks and files, files read in, conditions on the experiment."""

from __future__ import annotations

import pytest
from small_files import CHIP, write_small
from sweep_files import BITS, plan_of, refusals

from chipsim.sweep.axes import alike, steps_of
from chipsim.tree import Node


@pytest.fixture
def small(tmp_path):
    return write_small(tmp_path)


def shown(plan, name):
    return [row[name] for row in plan.rows()]


def test_an_axis_is_not_called_like_another_column(small):
    plan = plan_of(small, "axes:\n  - {key: architecture.tile.array.cell.area, values: [1 um2, 2 um2]}\n  - {key: seed, values: [1]}")
    assert [axis.name for axis in plan.sweep.axes] == ["cell.area", "seed"]


@pytest.mark.parametrize(
    ("axes", "sentence"),
    [
        ("  - {key: seed, values: [1], name: energy}",
         "sweep.yaml:3:36: name: 'energy' is another column of the table; expected a name of its own"),
        ("  - {key: seed, values: [1], name: x}\n  - {key: stream, values: [2], name: x}",
         "sweep.yaml:3:36: name: 'x' is the name of two axes; expected a name for each"),
        ("  - {key: seed, values: [1]}\n  - {key: seed, values: [2]}",
         "sweep.yaml:4:11: key: 'seed' is the key of an axis before it already; expected one axis for each key"),
        ("  - {key: 'times[0]', values: [1 s]}\n  - {key: times.0, values: [2 s]}",
         "sweep.yaml:4:11: key: 'times.0' is the key of an axis before it already; expected one axis for each key"),
        (f"  - {{key: {BITS}, values: [4]}}\n  - {{key: architecture.tile.array.adc, values: [ideal]}}",
         "sweep.yaml:4:11: key: 'architecture.tile.array.adc' would replace what the axis before it sets in it "
         f"('{BITS}'); write the axis of the block first"),
        ("  - {keys: [seed, seed], values: [[1, 1]]}", "sweep.yaml:3:12: keys: a key stands twice"),
        ("  - {key: stream, low: 1.0, high: 20, points: 2}\n  - {key: seed, low: 1.0, high: 2}",
         "sweep.yaml:4:5: points: is missing: how many values from low to high? (a range of whole numbers needs none)"),
        ("  - {key: seed, values: [1], when: {stream: 20}}\n  - {key: stream, values: [20]}",
         "sweep.yaml:3:36: when: 'stream' is changed by an axis after this one; write that axis first"),
        ("  - {key: seed, values: [1], when: {strem: 20}}",
         "sweep.yaml:3:36: when: the experiment has no key 'strem' (at 'strem': did you mean 'stream'?)"),
        ("  - {key: architecture, values: [nowhere.yaml]}",
         "sweep.yaml:3:34: values[0]: nowhere.yaml: cannot be read: No such file or directory"),
    ],
)  # fmt: skip
def test_axes_that_do_not_fit_together(small, axes, sentence):
    assert sentence in refusals(small, f"axes:\n{axes}")


def test_blocks_are_labelled_by_what_tells_them_apart(small):
    text = """axes:
  - key: architecture.tile.array.adc
    values: [{type: sar, bits: 6}, {component: adc-8b-1GSps-32nm}, ideal]
  - key: architecture.network.topology
    values: [{type: mesh, columns: 2, rows: 2}, {type: mesh, columns: 4, rows: 4}]
  - {key: times, values: [[1 s, 1 h], [1 d]]}
"""
    plan = plan_of(small, text)
    assert list(dict.fromkeys(shown(plan, "adc"))) == ["sar", "adc-8b-1GSps-32nm", "ideal"]
    assert list(dict.fromkeys(shown(plan, "topology"))) == ["type mesh columns 2 rows 2", "type mesh columns 4 rows 4"]
    assert list(dict.fromkeys(shown(plan, "times"))) == ["1 s, 1 h", "1 d"]


def test_linked_keys_with_one_value_are_shown_as_that_value(small):
    keys = "[architecture.tile.array.rows, architecture.tile.array.columns]"
    plan = plan_of(small, f"axes:\n  - {{keys: {keys}, values: [[8, 8], [16, 16]]}}")
    assert shown(plan, "rows+columns") == [8, 16]
    plan = plan_of(small, f"axes:\n  - {{keys: {keys}, values: [[8, 8], [16, 8]], name: array}}")
    assert shown(plan, "array") == ["8, 8", "16, 8"]


def test_files_are_read_from_where_they_are_named(small):
    (small / "chips").mkdir()
    (small / "chips" / "wide.yaml").write_text(CHIP.replace("columns: 8", "columns: 16"))
    plan = plan_of(small, "axes:\n  - {key: architecture, values: [chip.yaml, chips/wide.yaml]}")
    first, second = (dict(task.changes)["architecture"] for task in plan.tasks(small))
    assert isinstance(first, Node)
    assert second.plain()["tile"]["array"]["columns"] == 16
    assert shown(plan, "architecture") == ["chip", "wide"]


def test_an_architecture_may_come_from_the_axis_alone(small):
    text = "experiment: {workload: net.yaml, stream: 5}\naxes:\n  - {key: architecture, values: [chip.yaml]}"
    assert plan_of(small, text).count == 1


@pytest.mark.parametrize(("wanted", "points"), [("cco", 2), ("[sar, cco]", 2), ("sar", 1)])
def test_a_condition_may_ask_the_experiment(small, wanted, points):
    axis = f"{{key: {BITS}, values: [5, 6], when: {{architecture.tile.array.adc.type: {wanted}}}}}"
    assert plan_of(small, f"axes:\n  - {axis}").count == points


def test_a_condition_falls_back_to_the_experiment_where_the_axis_before_it_does_not_exist(small):
    text = f"""axes:
  - {{key: seed, values: [0, 1]}}
  - {{key: architecture.tile.array.adc, values: [{{type: sar, bits: 8, bound: 8}}], when: {{seed: 1}}}}
  - {{key: {BITS}, values: [5, 6], when: {{architecture.tile.array.adc.type: cco}}}}
"""
    found = [(row["seed"], row["adc"], row["bits"]) for row in plan_of(small, text).rows()]
    assert found == [(0, None, 5), (0, None, 6), (1, "sar", None)]


def test_steps_and_likeness():
    assert steps_of("a[0].b") == steps_of("a.0.b") == ("a", "0", "b")
    assert alike("1 GHz", "1000 MHz")
    assert not alike(True, 1)
    assert alike(1, 1.0)
