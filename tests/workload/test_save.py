"""A workload that is written down and read again is the same one; a workload from a program can be asked about as one from a file."""

import numpy as np
import pytest
from builders import chip, conv, linear, network, residual
from small_files import write_small

import chipsim
from chipsim.architecture import Architecture
from chipsim.errors import InputError
from chipsim.loaded import fingerprint
from chipsim.reading import load
from chipsim.workload.archive import read_arrays
from chipsim.workload.given import brought
from chipsim.workload.load import load_workload
from chipsim.workload.save import save_workload, stored_arrays

TABLE = {"type": "embedding", "name": "e", "tokens": 6, "features": 8}
NETWORKS = {
    "residual": residual(),
    "groups": network([4, 5, 5], conv("c", 6, groups=2), conv("d", 6, groups=6), {"type": "batch_norm", "name": "n"}, linear("f", 3)),
    "table": network([1, 4, 1], TABLE, {"type": "offset", "name": "o"}, conv("c", 5, 1), linear("f", 3), images=range(6), tokens=6),
    "lstm": network([3, 4, 1], {"type": "lstm", "name": "l", "hidden_size": 5, "last_only": True}, linear("f", 3)),
    "gru": network([3, 4, 1], {"type": "gru", "name": "l", "hidden_size": 5, "last_only": True}, linear("f", 3)),
}


@pytest.mark.parametrize("workload", NETWORKS.values(), ids=NETWORKS)
def test_what_is_saved_is_read_again(workload, tmp_path):
    again = load_workload(save_workload(workload, tmp_path / "here"))
    assert fingerprint(again) == fingerprint(workload)
    assert again.spec.layers == workload.spec.layers
    assert np.array_equal(again.forward(again.inputs), workload.forward(workload.inputs))


def test_stored_arrays_are_those_of_the_file(shipped):
    workload = load_workload(shipped / "lenet5-mnist.yaml")
    found, stored = stored_arrays(workload), read_arrays(shipped / "lenet5-mnist.npz")
    assert found.keys() == stored.keys()
    assert all(np.array_equal(found[name], array) for name, array in stored.items())


def test_more_numbers_than_a_float32_counts_are_found_again():
    from chipsim.workload.save import _found

    size = 2**24 + 5
    laid = np.arange(size, dtype=np.float32)[::-1]
    assert np.array_equal(_found((size,), lambda array: array[::-1], laid), laid[::-1])


def test_scaled_inputs_are_saved_scaled(tmp_path):
    write_small(tmp_path)
    (tmp_path / "net.yaml").write_text((tmp_path / "net.yaml").read_text().replace("[6, 1, 1]", "[6, 1, 1], divide_by: 4, mean: [0.5]"))
    workload = load_workload(tmp_path / "net.yaml")
    again = load_workload(save_workload(workload, tmp_path / "saved"))
    assert np.array_equal(again.inputs, workload.inputs)
    assert again.spec.input.divide_by == 1


def test_what_is_drawn_is_drawn_again(tmp_path):
    write_small(tmp_path)
    for old, random in (("data: {file: data.npz}\n", "inputs"), ("weights: weights.npz\n", "weights and inputs")):
        path = tmp_path / "net.yaml"
        path.write_text(path.read_text().replace(old, "random: {seed: 2}\n" if random == "inputs" else ""))
        workload = load_workload(path)
        assert workload.spec.drawn == random
        again = load_workload(save_workload(workload, tmp_path / random))
        assert (again.spec.drawn, fingerprint(again)) == (random, fingerprint(workload))


def test_a_folder_that_cannot_be_written_is_told(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(InputError, match=r"the workload cannot be written here .*; choose another folder"):
        save_workload(residual(), tmp_path / "file")


# --- a workload in place of a file ----------------------------------------------------------------------------------------

FEW = ["stream=3", "times=[1 s]", "repeats=1"]


def test_a_workload_from_a_file_is_the_same_question_as_its_file(tmp_path):
    write_small(tmp_path)
    from_file = chipsim.load(tmp_path / "net.yaml", tmp_path / "chip.yaml", FEW)
    architecture = load(tmp_path / "chip.yaml", Architecture)
    from_python = chipsim.load(load_workload(tmp_path / "net.yaml"), architecture, FEW)
    assert (from_python.question, from_python.digest) == (from_file.question, from_file.digest)


def test_a_saved_workload_gives_the_same_result(tmp_path):
    workload = residual()
    here = chipsim.load(workload, chip(array={"output_noise": 0.1}), FEW).run()
    there = chipsim.load(save_workload(workload, tmp_path), chip(array={"output_noise": 0.1}), FEW).run()
    assert here.accuracy == there.accuracy
    assert here.metrics == there.metrics


def test_the_answer_depends_on_the_arrays_and_the_description_says_that_no_file_holds_them(tmp_path):
    one, other = (chipsim.load(residual(seed=seed), chip(), FEW) for seed in (1, 2))
    assert one.question == other.question
    assert one.digest != other.digest
    result = one.run()
    assert any("weights and data came from a program" in sentence for sentence in result.assumptions)
    (tmp_path / "experiment.yaml").write_text(one.question.to_yaml())
    with pytest.raises(InputError, match="weights and data of 'tiny' came from a program and lie in no file; run that program again"):
        chipsim.load(tmp_path / "experiment.yaml")


def test_what_needs_no_other_numbers_can_be_changed():
    experiment = chipsim.load(residual(), chip(), ["workload.name=mine", "workload.layers.4.activation=relu"])
    assert experiment.workload.name == "mine"
    assert experiment.workload.layers["fc"].activation == "relu"
    assert fingerprint(experiment.workload) == fingerprint(residual())
    with pytest.raises(InputError, match=r"workload.data: cannot be changed, the workload 'tiny' came from a program"):
        chipsim.load(residual(), chip(), ["workload.data={file: other.npz}"])
    with pytest.raises(InputError, match=r"fc.weight: is of shape \[4, 108\], expected \[7, 108\]"):
        chipsim.load(residual(), chip(), ["workload.layers.4.out_features=7"])


def test_only_what_no_file_holds_is_said_to_be_given(tmp_path):
    write_small(tmp_path)
    from_file = load_workload(tmp_path / "net.yaml")
    assert brought(from_file) is from_file
    assert brought(residual()).spec.given == ("weights", "data")
    with pytest.raises(InputError, match="names no architecture"):
        chipsim.load(residual())
