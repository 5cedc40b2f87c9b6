import shutil

import numpy as np
import pytest

from chipsim.errors import InputError
from chipsim.workload.data import InputSpec
from chipsim.workload.description import WorkloadSpec
from chipsim.workload.layers import LSTM, Activation, Add, Conv2d, Flatten, Linear, MaxPool
from chipsim.workload.load import build_workload, load_workload

from .conftest import residual_arrays, residual_data


def problems_of(path, old="", new="", changes=()):
    path.write_text(path.read_text().replace(old, new))
    with pytest.raises(InputError) as caught:
        load_workload(path, changes)
    return str(caught.value).splitlines()


def described(*layers, shape=(2, 4, 4)):
    return WorkloadSpec(name="a", input=InputSpec(shape=shape), layers=layers)


def built(spec, arrays, count=3):
    return build_workload(spec, arrays, np.zeros((count, *spec.input.shape), np.float32), np.zeros(count, np.int64))


def test_paths_are_relative_to_the_file_they_are_written_in(residual, tmp_path, monkeypatch):
    below = tmp_path / "below"
    below.mkdir()
    (below / "mine.yaml").write_text("extends: ../residual.yaml\nname: mine\ndata: {file: other.npz}\n")
    data = residual_data()
    np.savez(below / "other.npz", x_test=data["x_test"][:2], y_test=data["y_test"][:2])
    workload = load_workload(below / "mine.yaml")
    assert (workload.name, len(workload.inputs)) == ("mine", 2)
    monkeypatch.chdir(tmp_path)
    assert len(load_workload("below/mine.yaml", ["data.file=data.npz"]).inputs) == 7


def test_changes_are_applied(residual):
    assert load_workload(residual, ["name=other"]).name == "other"
    (told,) = problems_of(residual, changes=["layers.4.kernel=7"])
    assert told.endswith("smaller than its kernel [7, 7]; expected a kernel that fits")


def test_problems_of_the_graph_have_their_place(residual):
    (told,) = problems_of(residual, "[branch, stem]", "[branch, stam]")
    place, _, message = told.partition(": ")
    assert place.endswith("residual.yaml:9:36")
    assert message == "layers[2].inputs: layer 'sum' reads 'stam', which does not exist (did you mean 'stem'?)"


def test_a_repeated_name_has_its_place(residual):
    (told,) = problems_of(residual, "name: branch,", "name: stem,")[:1]
    assert "residual.yaml:8:26: layers[1].name: two layers are called 'stem'" in told


def test_shapes_that_do_not_fit_have_their_place(residual):
    residual.write_text(residual.read_text().replace("kernel: 3, padding: 1, bias", "kernel: 3, bias"))
    (told,) = problems_of(residual)  # what comes after the sum has no shape and is not blamed
    assert "residual.yaml:9:5: layers[2]: Add.inputs: layer 'sum' adds inputs of different shapes" in told
    assert "(branch [3, 4, 4], stem [3, 6, 6])" in told


def test_weights_and_data_are_told_together(residual):
    arrays = residual_arrays()
    del arrays["fc.bias"]
    np.savez(residual.parent / "weights.npz", **arrays)
    data = residual_data()
    np.savez(residual.parent / "data.npz", x_test=data["x_test"], y_test=np.full(7, 4))
    told = problems_of(residual)
    assert len(told) == 2
    assert told[0].endswith("weights.npz: fc.bias: the array is missing, expected shape [4]")
    assert told[1].endswith("data.npz: y_test: label 4 of image 0 is out of range, the network's outputs are 0 to 3")


@pytest.mark.parametrize("file", ["weights.npz", "data.npz"])
def test_missing_cut_and_foreign_files_are_one_clear_error(residual, file):
    path = residual.parent / file
    content = path.read_bytes()
    for damaged in (None, b"", content[: len(content) // 2], b"hello", content[:-1]):
        path.unlink(missing_ok=True)
        if damaged is not None:
            path.write_bytes(damaged)
        (told,) = problems_of(residual)
        assert file in told


@pytest.mark.parametrize("line", ["weights: weights.npz\n", "data: {file: data.npz}\n"])
def test_a_file_must_name_weights_and_data(residual, line):
    (told,) = problems_of(residual, line, "")
    assert f"{line.partition(':')[0]}: is missing" in told


def test_building_from_arrays(residual):
    loaded, arrays, data = load_workload(residual), residual_arrays(), residual_data()
    workload = build_workload(loaded.spec, arrays, data["x_test"], data["y_test"])
    np.testing.assert_array_equal(workload.forward(workload.inputs), loaded.forward(loaded.inputs))
    assert data["x_test"].flags.writeable
    assert not workload.inputs.flags.writeable


@pytest.mark.parametrize(
    ("inputs", "labels", "message"),
    [
        (np.zeros((3, 2, 4, 4)), np.zeros(3, int), r"inputs: images are float64 \[3, 2, 4, 4\], expected float32 \[N, 2, 4, 4\]"),
        (np.zeros((3, 4, 4), "f"), np.zeros(3, int), r"inputs: images are float32 \[3, 4, 4\]"),
        (np.zeros((0, 2, 4, 4), "f"), np.zeros(0, int), "with N > 0"),
        (np.zeros((3, 2, 4, 4), "f"), np.zeros(2, int), r"labels are \[2\], expected one for each of 3 images"),
        (np.zeros((3, 2, 4, 4), "f"), np.zeros(3), "labels are of type float64, expected int64, .*write 'metric: {type: rmse}'"),
        (np.zeros((3, 2, 4, 4), "f"), np.array([0, 4, 5]), "label 5 of image 2 is out of range"),
        (np.zeros((3, 2, 4, 4), "f"), np.array([0, -1, 0]), "label -1 of image 1 is out of range"),
    ],
)
def test_samples_that_do_not_fit_are_refused(inputs, labels, message):
    arrays = {"fc.weight": np.zeros((5, 32), np.float32), "fc.bias": np.zeros(5, np.float32)}
    with pytest.raises(InputError, match=message):
        build_workload(described(Linear(name="fc", out_features=5)), arrays, inputs, labels)


CONV = Conv2d(name="conv", out_channels=2, kernel=1)
CONV_ARRAYS = {"conv.weight": np.ones((2, 2, 1, 1), np.float32), "conv.bias": np.zeros(2, np.float32)}


@pytest.mark.parametrize(
    ("layers", "message"),
    [
        (
            [CONV, Flatten(name="f"), Activation(name="r", function="relu")],
            r"layers\[2\]: layer 'r' \(activation\) reads the image \[2, 4, 4\] flattened by 'f'; only linear layers can",
        ),
        ([CONV, Flatten(name="f")], r"layers\[1\]: the output is the image \[2, 4, 4\] flattened by 'f'"),
        ([Flatten(name="f")], "layers: no layer has weights"),
        ([MaxPool(name="p", kernel=4), Flatten(name="f"), Add(name="s", inputs=("p", "f"))], r"reads one layer twice \(p, p"),
    ],
)
def test_what_cannot_be_looked_through_is_refused(layers, message):
    with pytest.raises(InputError, match=message):
        built(described(*layers), CONV_ARRAYS)


def test_flattening_one_position_changes_nothing():
    layers = [CONV, MaxPool(name="p", kernel=4), Flatten(name="f"), Activation(name="r", function="relu"), Flatten(name="g")]
    workload = built(described(*layers), CONV_ARRAYS)
    assert (workload.output, workload.shapes["r"], workload.producers("r")) == ("r", (2, 1, 1), ("p",))


@pytest.mark.parametrize(("name", "correct", "macs"), [("mlp-mnist", 9835, 234_752), ("lenet5-mnist", 9936, 416_520)])
def test_the_shipped_networks_are_as_good_as_their_readme_says(shipped, name, correct, macs):
    workload = load_workload(shipped / f"{name}.yaml")
    assert workload.inputs.shape == (10_000, *workload.spec.input.shape)
    assert (workload.inputs.min(), workload.inputs.max()) == (0, 1)
    assert np.bincount(workload.labels).tolist() == [980, 1135, 1032, 1010, 982, 892, 958, 1028, 974, 1009]
    assert workload.macs == macs
    right = round(10_000 * workload.accuracy(workload.inputs, workload.labels))
    assert abs(right - correct) <= 1  # another BLAS may round one close call the other way
    assert f"{macs:,} | {correct / 100:.2f} %" in (shipped / "README.md").read_text()


def test_a_copy_of_a_workload_works_anywhere(shipped, tmp_path):
    for file in ("lenet5-mnist.yaml", "lenet5-mnist.npz"):
        shutil.copy(shipped / file, tmp_path)
    workload = load_workload(tmp_path / "lenet5-mnist.yaml", [f"data.file={shipped / 'data' / 'mnist.npz'}"])
    assert workload.accuracy(workload.inputs[:200], workload.labels[:200]) > 0.97


SEQUENCE = (LSTM(name="cell", hidden_size=2), Conv2d(name="out", out_channels=3, kernel=1))
SEQUENCE_ARRAYS = {
    "cell.weight": np.ones((8, 6), np.float32),
    "cell.bias": np.zeros(8, np.float32),
    "out.weight": np.float32([[1, 0], [0, 2], [0, 0]]).reshape(3, 2, 1, 1),
    "out.bias": np.float32([0, 0, -9]),
}


def sequence(labels):
    return build_workload(described(*SEQUENCE, shape=(4, 5, 1)), SEQUENCE_ARRAYS, np.zeros((2, 4, 5, 1), np.float32), labels)


def test_a_sequence_has_a_label_for_every_step():
    labels = np.array([[0, 0, 0, 0, 1], [0, 2, 0, 0, 0]])  # every state is 0, every output [0, 0, -9]
    workload = sequence(labels)
    assert workload.forward(workload.inputs).shape == (2, 3, 5, 1)
    assert workload.accuracy(workload.inputs, workload.labels) == pytest.approx(0.8)
    assert workload.macs == 5 * (6 * 8 + 2 * 3)


@pytest.mark.parametrize(
    ("labels", "message"),
    [
        (np.zeros((2, 4), int), r"labels are \[2, 4\], expected one for each of 2 images, \[2\], or one for each of the 5 steps"),
        (np.zeros((3, 5), int), r"labels are \[3, 5\], expected one for each of 2 images"),
        (np.array([[0] * 5, [0, 0, 3, 0, 0]]), "label 3 of image 1 is out of range, the network's outputs are 0 to 2"),
    ],
)
def test_labels_of_other_steps_are_refused(labels, message):
    with pytest.raises(InputError, match=message):
        sequence(labels)


def test_weights_of_a_recurrent_layer_have_the_shapes_it_says():
    arrays = SEQUENCE_ARRAYS | {"cell.weight": np.ones((8, 4), np.float32), "cell.bias": np.zeros(16, np.float32)}
    with pytest.raises(InputError) as caught:
        build_workload(described(*SEQUENCE, shape=(4, 5, 1)), arrays, np.zeros((2, 4, 5, 1), np.float32), np.zeros((2, 5), int))
    assert "cell.weight: is of shape [8, 4], expected [8, 6]" in str(caught.value)
    assert "cell.bias: is of shape [16], expected [8]" in str(caught.value)
