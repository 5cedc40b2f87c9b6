"""One workload for many points, read anew as soon as a file changes; the hash of its numbers."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from builders import linear, network
from small_files import arrays, write_small

from chipsim import loaded
from chipsim.errors import InputError
from chipsim.experiment import load_experiment

OLD = 1_600_000_000  # s: long before a test that begins now


@pytest.fixture(autouse=True)
def nothing_kept() -> Iterator[None]:
    loaded.forget()
    yield
    loaded.forget()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    write_small(tmp_path)
    for file in tmp_path.iterdir():
        os.utime(file, (OLD, OLD))
    return tmp_path


def test_points_share_a_workload_that_nobody_can_change(folder: Path) -> None:
    one, other = (load_experiment(folder / "experiment.yaml", None, [f"seed={seed}"]) for seed in (0, 1))
    assert one.workload is other.workload
    assert one.fingerprint == other.fingerprint
    for array in (one.workload.inputs, one.workload.labels, *(part for both in one.workload.weights.values() for part in both)):
        with pytest.raises(ValueError, match="read-only"):
            array[0] = 0


def test_a_changed_description_or_file_is_another_workload(folder: Path) -> None:
    first = load_experiment(folder / "experiment.yaml")
    other = load_experiment(folder / "experiment.yaml", None, ["workload.layers[0].activation=tanh"])
    assert other.workload is not first.workload
    assert other.workload.layers["fc1"].activation == "tanh"
    np.savez(folder / "weights.npz", **{name: array + 1 for name, array in arrays().items()})  # of the same size
    os.utime(folder / "weights.npz", (OLD, OLD + 1))
    changed = load_experiment(folder / "experiment.yaml")
    assert changed.fingerprint != first.fingerprint
    assert np.array_equal(changed.workload.weights["fc1"].matrix, first.workload.weights["fc1"].matrix + 1)


def test_a_file_that_has_just_changed_is_read_again(folder: Path) -> None:
    """Its next change may bear the same time, on a file system that counts in seconds."""
    os.utime(folder / "data.npz")
    one, other = (load_experiment(folder / "experiment.yaml") for _ in range(2))
    assert one.workload is not other.workload
    assert one.fingerprint == other.fingerprint


def test_a_folder_of_files_is_known_by_every_file(tmp_path: Path) -> None:
    inside = tmp_path / "inside"
    inside.mkdir()
    (inside / "a").write_text("1")
    os.utime(inside / "a", (OLD, OLD))
    spec = network([2, 1, 1], linear("a", 2)).spec
    named = spec.having(data=type_of_data()(file=str(inside)))
    before = list(loaded._files(named))
    assert [Path(path).name for path, _, _ in before] == ["inside", "a"]
    os.utime(inside / "a", (OLD, OLD + 5))
    assert list(loaded._files(named)) != before


def type_of_data() -> type:
    from chipsim.workload.data import DataSpec

    return DataSpec


def test_few_workloads_are_kept(folder: Path) -> None:
    names = [load_experiment(folder / "experiment.yaml", None, [f"workload.name=n{k}"]).workload for k in range(loaded.MOST + 1)]
    again = load_experiment(folder / "experiment.yaml", None, ["workload.name=n0"]).workload
    assert again is not names[0]
    assert load_experiment(folder / "experiment.yaml", None, [f"workload.name=n{loaded.MOST}"]).workload is names[-1]


def test_what_is_wrong_with_a_file_is_said_as_before(folder: Path) -> None:
    load_experiment(folder / "experiment.yaml")
    (folder / "weights.npz").unlink()
    with pytest.raises(InputError, match=r"weights\.npz"):
        load_experiment(folder / "experiment.yaml")


def test_the_hash_is_of_all_numbers() -> None:
    base = network([4, 1, 1], linear("a", 3), samples=5)
    prints = {loaded.fingerprint(work) for work in (base, network([4, 1, 1], linear("a", 3), samples=5, seed=2), shifted(base))}
    assert len(prints) == 3
    assert loaded.fingerprint(network([4, 1, 1], linear("a", 3), samples=5)) in prints


def shifted(work: object) -> object:
    from dataclasses import replace

    return replace(work, labels=(work.labels + 1) % 3)  # type: ignore[attr-defined,type-var]


def test_files_of_a_description_are_part_of_the_hash(tmp_path: Path) -> None:
    from chipsim.circuits.faults import Faults

    file = tmp_path / "map.csv"
    assert loaded.with_files_of(Faults(), "abc") == "abc"
    file.write_text("0,0\n")
    one = loaded.with_files_of(Faults.model_construct(map=str(file)), "abc")
    file.write_text("0,1\n")
    assert len({"abc", one, loaded.with_files_of(Faults.model_construct(map=str(file)), "abc")}) == 3
