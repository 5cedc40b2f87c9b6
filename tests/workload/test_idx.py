import gzip
import io
import struct
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from chipsim.errors import InputError
from chipsim.workload.idx import find_idx, read_idx

CODES = {"uint8": 0x08, "int8": 0x09, "int16": 0x0B, "int32": 0x0C, "float32": 0x0D, "float64": 0x0E}


def encoded(array):
    head = struct.pack(f">BBBB{array.ndim}I", 0, 0, CODES[array.dtype.name], array.ndim, *array.shape)
    return head + array.astype(array.dtype.newbyteorder(">")).tobytes()


@settings(deadline=None)
@given(st.sampled_from(sorted(CODES)), arrays.array_shapes(max_dims=4, max_side=4), st.booleans(), st.data())
def test_reads_what_was_written(tmp_path_factory, kind, shape, zipped, data):
    array = data.draw(arrays.arrays(kind, shape))
    path = tmp_path_factory.mktemp("idx") / ("a.gz" if zipped else "a")
    path.write_bytes(gzip.compress(encoded(array)) if zipped else encoded(array))
    result = read_idx(path)
    assert result.dtype == array.dtype
    np.testing.assert_array_equal(result, array)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "is not an IDX file"),
        (b"\x89PNG....", r"begins with the bytes '89 50 4e 47'"),
        (b"\0\0\x07\x01\0\0\0\x01\0", "is not an IDX file"),
        (b"\0\0\x08\x02\0\0\0\x02\0\0\0\x02abc", r"holds 3 bytes of values, expected 4 for the shape \[2, 2\]"),
        (b"\0\0\x08\x01\0\0\0\x02abc", r"holds more bytes of values, expected 2 for the shape \[2\]"),
    ],
)
def test_other_content_is_refused(tmp_path, content, message):
    (tmp_path / "a").write_bytes(content)
    with pytest.raises(InputError, match=message):
        read_idx(tmp_path / "a")


def test_a_size_beyond_all_memory_is_refused(tmp_path):
    (tmp_path / "a").write_bytes(b"\0\0\x0e\x04" + b"\xff" * 16 + b"abc")
    with pytest.raises(InputError):
        read_idx(tmp_path / "a")


def test_only_a_head_that_lies_makes_a_shortage_of_memory_a_fault_of_the_file(tmp_path, monkeypatch):
    class Full(io.BytesIO):
        def read(self, size: int | None = -1) -> bytes:
            if size is not None and size > 100:
                raise MemoryError
            return super().read(size)

    sound, lying = encoded(np.arange(1000, dtype=np.int32)), b"\0\0\x08\x01\xff\xff\xff\xff" + b"abc"
    for name, content in (("sound", sound), ("lying", lying)):
        (tmp_path / name).write_bytes(content)
    monkeypatch.setattr(Path, "open", lambda path, mode: Full({"sound": sound, "lying": lying}[path.name]))
    with pytest.raises(MemoryError):
        read_idx(tmp_path / "sound")
    with pytest.raises(InputError, match=r"lying: cannot be read .its head asks for 4294967295 bytes"):
        read_idx(tmp_path / "lying")


def test_a_cut_gzip_file_is_refused(tmp_path):
    content = gzip.compress(encoded(np.arange(1000, dtype=np.int32)))
    (tmp_path / "a.gz").write_bytes(content[: len(content) // 2])
    with pytest.raises(InputError, match=r"a\.gz: cannot be read"):
        read_idx(tmp_path / "a.gz")
    (tmp_path / "b.gz").write_bytes(encoded(np.arange(9, dtype=np.int32)))
    with pytest.raises(InputError, match=r"b\.gz: cannot be read"):
        read_idx(tmp_path / "b.gz")


def test_files_are_found_by_the_names_they_are_published_under(tmp_path):
    names = "train-images-idx3-ubyte.gz train-labels-idx1-ubyte.gz t10k-images.idx3-ubyte emnist-test-labels-idx1-ubyte"
    for name in names.split():
        (tmp_path / name).touch()
    assert find_idx(tmp_path, "train", "images").name == "train-images-idx3-ubyte.gz"
    assert find_idx(tmp_path, "train", "labels").name == "train-labels-idx1-ubyte.gz"
    assert find_idx(tmp_path, "test", "images").name == "t10k-images.idx3-ubyte"
    assert find_idx(tmp_path, "test", "labels").name == "emnist-test-labels-idx1-ubyte"


def test_none_or_several_files_are_refused(tmp_path):
    with pytest.raises(InputError, match=r"expected one IDX file named \*t10k-images\* or \*test-images\*, found none"):
        find_idx(tmp_path, "test", "images")
    (tmp_path / "train-images-idx3-ubyte").touch()
    (tmp_path / "train-images-idx3-ubyte.gz").touch()
    with pytest.raises(InputError, match=r"found train-images-idx3-ubyte, train-images-idx3-ubyte\.gz"):
        find_idx(tmp_path, "train", "images")
