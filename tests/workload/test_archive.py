import io
import zipfile

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from chipsim.errors import InputError
from chipsim.workload.archive import read_arrays


@pytest.fixture
def archive(tmp_path):
    path = tmp_path / "a.npz"
    np.savez_compressed(path, one=np.arange(4000.0), two=np.float32([[1, 2]]))
    return path


def test_reads_all_or_the_wanted_arrays(archive):
    assert sorted(read_arrays(archive)) == ["one", "two"]
    only = read_arrays(archive, ["two", "three"])
    assert list(only) == ["two"]
    np.testing.assert_array_equal(only["two"], [[1, 2]])


def test_a_text_is_called_one(tmp_path):
    (tmp_path / "x.npz").write_text("label,pixel\n1,2\n")
    with pytest.raises(InputError, match=r"x\.npz: is a text file that begins with 'label,pixel 1,2'; expected an \.npz file"):
        read_arrays(tmp_path / "x.npz")


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(InputError, match=r"none\.npz: there is no such file"):
        read_arrays(tmp_path / "none.npz")


def test_pickled_arrays_are_never_loaded(tmp_path):
    path = tmp_path / "a.npz"
    np.savez(path, good=np.zeros(2), bad=np.array([{}, None], dtype=object))
    with pytest.raises(InputError, match=r"a\.npz: bad: the array cannot be read \(it holds pickled Python objects"):
        read_arrays(path)
    np.save(tmp_path / "b.npy", np.array([{}], dtype=object))
    with pytest.raises(InputError, match="pickled Python objects, which are never loaded"):
        read_arrays(tmp_path / "b.npy")
    (tmp_path / "c.npz").write_bytes(b"\x80\x04N.")
    with pytest.raises(InputError, match="pickled Python objects, which are never loaded"):
        read_arrays(tmp_path / "c.npz")


def test_a_bare_array_and_other_files_are_refused(tmp_path):
    np.save(tmp_path / "a.npy", np.zeros(3))
    with pytest.raises(InputError, match="holds one bare array"):
        read_arrays(tmp_path / "a.npy")
    (tmp_path / "empty.npz").write_bytes(b"")
    with pytest.raises(InputError, match="cannot be read as an"):
        read_arrays(tmp_path / "empty.npz")
    with pytest.raises(InputError, match="cannot be read as an"):
        read_arrays(tmp_path)
    with zipfile.ZipFile(tmp_path / "other.npz", "w") as other:
        other.writestr("one.npy", b"no array")
    with pytest.raises(InputError, match=r"other\.npz: one"):
        read_arrays(tmp_path / "other.npz")


def test_a_sound_array_that_does_not_fit_into_memory_is_no_fault_of_the_file(archive, monkeypatch):
    def full(*_: object) -> None:
        raise MemoryError

    monkeypatch.setattr("chipsim.workload.archive._array", full)
    with pytest.raises(MemoryError):
        read_arrays(archive)


def test_a_damaged_head_that_asks_for_all_memory_is_a_fault_of_the_file(tmp_path):
    head = io.BytesIO()
    np.lib.format.write_array_header_1_0(head, {"descr": "<f8", "fortran_order": False, "shape": (1 << 48,)})
    with zipfile.ZipFile(tmp_path / "a.npz", "w") as file:
        file.writestr("one.npy", head.getvalue() + bytes(80))
    with pytest.raises(InputError, match=r"a\.npz: one: the array cannot be read"):
        read_arrays(tmp_path / "a.npz")


def test_an_encrypted_archive_is_refused(archive):
    content = bytearray(archive.read_bytes())
    start = 0
    while (start := content.find(b"PK\x01\x02", start)) >= 0:  # set the flag in each entry of the directory
        content[start + 8] |= 1
        start += 4
    archive.write_bytes(content)
    with pytest.raises(InputError, match="encrypted"):
        read_arrays(archive)


def test_a_file_cut_anywhere_is_refused(archive):
    content = archive.read_bytes()
    for length in range(0, len(content) - 1, max(1, len(content) // 60)):
        archive.write_bytes(content[:length])
        with pytest.raises(InputError):
            read_arrays(archive)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(place=st.floats(0, 1, exclude_max=True), value=st.integers(0, 255))
def test_a_changed_byte_gives_the_same_arrays_or_a_clear_error(tmp_path, place, value):
    path = tmp_path / "b.npz"
    np.savez_compressed(path, one=np.arange(50.0))
    content = bytearray(path.read_bytes())
    content[int(place * len(content))] = value
    path.write_bytes(content)
    try:
        arrays = read_arrays(path)
    except InputError:
        return
    for array in arrays.values():  # the name of an array is the only thing that no checksum guards
        np.testing.assert_array_equal(array, np.arange(50.0))
