"""Files with the state of a training: whole or not at all, and only for those they belong to."""

import os

import numpy as np
import pytest

from chipsim.errors import CheckError, InputError
from chipsim.training.checkpoint import digest_of, found, load, older, save

SETTINGS = {"network": "a", "rule": "b"}


def test_what_is_saved_is_loaded(tmp_path):
    path = tmp_path / "new" / "run.npz"
    arrays = {"one": np.arange(6, dtype=np.float32).reshape(2, 3), "two": np.array(3)}
    save(path, SETTINGS, {"one": np.zeros(2)})
    save(path, SETTINGS, arrays)
    loaded = load(path, SETTINGS)
    assert loaded.keys() == arrays.keys()
    assert all(np.array_equal(loaded[name], array) and loaded[name].dtype == array.dtype for name, array in arrays.items())
    assert sorted(file.name for file in path.parent.iterdir()) == ["run.npz", "run.npz.older"]
    assert load(older(path), SETTINGS)["one"].shape == (2,)


def test_the_older_file_survives_a_failure(tmp_path, monkeypatch):
    path = tmp_path / "run.npz"
    save(path, SETTINGS, {"one": np.ones(2)})

    def full(*arguments, **keys):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(np, "savez", full)
    with pytest.raises(CheckError, match="No space left"):
        save(path, SETTINGS, {"one": np.zeros(2)})
    assert load(path, SETTINGS)["one"].sum() == 2
    assert [file.name for file in tmp_path.iterdir()] == ["run.npz"]


def test_what_differs_is_named(tmp_path):
    path = tmp_path / "run.npz"
    save(path, SETTINGS, {})
    with pytest.raises(InputError, match="another rule;"):
        load(path, SETTINGS | {"rule": "c"})
    with pytest.raises(InputError, match="another network, another rule;"):
        load(path, {"network": "x", "rule": "c"})


def test_other_files_are_refused(tmp_path):
    path = tmp_path / "run.npz"
    np.savez(path, one=np.ones(2))
    with pytest.raises(InputError, match="no checkpoint"):
        load(path, SETTINGS)
    np.savez(path, settings=np.ones(2))
    with pytest.raises(InputError, match="no checkpoint"):
        load(path, SETTINGS)
    path.write_bytes(b"PK nothing")
    with pytest.raises(InputError, match="cannot be read"):
        load(path, SETTINGS)


def test_digests_of_arrays():
    one = np.arange(6)
    assert digest_of(one) == digest_of(one.copy())
    others = [one.reshape(2, 3)], [one.astype(np.int32)], [one + 1], [one, one]
    assert len({digest_of(one), *(digest_of(*arrays) for arrays in others)}) == 5
    assert digest_of(np.arange(8)[::2]) == digest_of(np.array([0, 2, 4, 6]))


def test_a_damaged_file_gives_way_to_the_one_before(tmp_path):
    path = tmp_path / "run.npz"
    assert found(path, SETTINGS) == (None, "")
    save(path, SETTINGS, {"one": np.ones(2)})
    save(path, SETTINGS, {"one": np.zeros(2)})
    assert found(path, SETTINGS)[0]["one"].sum() == 0
    path.write_bytes(path.read_bytes()[:300])
    arrays, sentence = found(path, SETTINGS)
    assert arrays["one"].sum() == 2
    assert str(path) in sentence
    assert sentence.endswith("training goes on from the checkpoint before it, run.npz.older")
    path.unlink()  # as if the machine had stopped between two renames
    assert found(path, SETTINGS)[0]["one"].sum() == 2
    save(path, SETTINGS, {})
    older(path).unlink(missing_ok=True)
    path.write_bytes(path.read_bytes()[:100])
    with pytest.raises(InputError, match=r"run.npz: cannot be read .*; remove this checkpoint to begin anew"):
        found(path, SETTINGS)


def test_the_newest_file_is_there_at_every_moment(tmp_path, monkeypatch):
    path, replace = tmp_path / "run.npz", os.replace
    save(path, SETTINGS, {"one": np.ones(2)})

    def looking(source, target):
        assert load(path, SETTINGS)["one"].sum() == 2
        assert load(older(path), SETTINGS)["one"].sum() == 2
        replace(source, target)

    monkeypatch.setattr(os, "replace", looking)
    save(path, SETTINGS, {"one": np.zeros(2)})
    assert load(path, SETTINGS)["one"].sum() == 0

    def without(*names):
        raise PermissionError(1, "this file system knows no links")

    monkeypatch.setattr(os, "link", without)
    monkeypatch.setattr(os, "replace", replace)
    save(path, SETTINGS, {"one": np.full(2, 3.0)})
    assert load(older(path), SETTINGS)["one"].sum() == 0


def test_another_training_is_not_mended_by_the_file_before(tmp_path):
    path = tmp_path / "run.npz"
    save(path, SETTINGS, {})
    save(path, SETTINGS | {"rule": "c"}, {})
    with pytest.raises(InputError, match="another rule;"):
        found(path, SETTINGS)
