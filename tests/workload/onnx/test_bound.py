"""Inputs that are bound to values: outputs are those of onnxruntime with the same values; what does not fit is told."""

import numpy as np
import pytest
from builders import chip

from chipsim.errors import InputError
from chipsim.experiment import load_experiment
from chipsim.workload.load import build_workload, load_workload
from chipsim.workload.onnx import read_onnx

from .models import onnx, runtime

torch = pytest.importorskip("torch")
from .models import exported  # noqa: E402
from .text_encoder import INPUTS, TextEncoder  # noqa: E402

TYPES = [0, 0, 0, 1, 1, 1]
MASKS = {"all": 1, "two are hidden": [1, 1, 1, 1, 0, 0]}


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    """The same network with a batch of 1 and 6 steps, and with both left open."""
    folder = tmp_path_factory.mktemp("encoder")
    torch.manual_seed(0)
    module, whole = TextEncoder(), torch.ones(1, 6, dtype=torch.long)
    for name, axes in (("fixed", None), ("open", {name: {0: "batch", 1: "sequence"} for name in INPUTS})):
        exported(module, (whole,) * 3, folder / f"{name}.onnx", input_names=INPUTS, output_names=["logits"], dynamic_axes=axes)
    return folder


@pytest.mark.parametrize("mask", MASKS.values(), ids=MASKS)
@pytest.mark.parametrize("name", ["fixed", "open"])
def test_outputs_are_those_of_the_network_with_these_values(files, name, mask):
    found = read_onnx(files / f"{name}.onnx", {"sequence": 6} if name == "open" else {}, bind={INPUTS[1]: mask, INPUTS[2]: TYPES})
    x = np.random.default_rng(0).integers(0, 11, (3, 6))
    images = np.stack([found.input.laid(one[None]) for one in x]).astype(np.float32)
    workload = build_workload(found.spec, found.arrays, images, np.zeros(3, np.int64))
    values = np.broadcast_to(mask, (1, 6)).astype(np.int64), np.int64([TYPES])
    session = runtime.InferenceSession(str(files / f"{name}.onnx"), providers=["CPUExecutionProvider"])
    wanted = [session.run(None, dict(zip(INPUTS, (one[None], *values), strict=True)))[0] for one in x]
    np.testing.assert_allclose(found.arranged(workload.forward(images)), np.concatenate(wanted), rtol=1e-4, atol=1e-6)
    assert found.spec.input.tokens == 11
    assert ("attention" in [layer.type_name for layer in found.spec.layers]) == (mask == 1)


def test_a_workload_names_them_in_its_file_or_in_arrays(files, tmp_path):
    np.savez(tmp_path / "values.npz", attention_mask=np.int64([[1, 1, 1, 1, 0, 0]]), token_type_ids=np.int64(0))
    texts = ("{attention_mask: [1, 1, 1, 1, 0, 0], token_type_ids: 0}", "values.npz")
    for number, text in enumerate(texts):
        (tmp_path / f"{number}.yaml").write_text(f"onnx: {files}/fixed.onnx\nrandom: {{samples: 2}}\nbind: {text}\n")
    first, second = (load_workload(tmp_path / f"{number}.yaml") for number in (0, 1))
    np.testing.assert_array_equal(first.forward(first.inputs), second.forward(second.inputs))
    (tmp_path / "again.yaml").write_text(second.spec.to_yaml())
    again = load_workload(tmp_path / "again.yaml")
    np.testing.assert_array_equal(again.forward(again.inputs), second.forward(second.inputs))
    np.savez(tmp_path / "values.npz", attention_mask=np.int64(1), token_type_ids=np.int64(0))
    assert len(load_workload(tmp_path / "1.yaml").layers) < len(second.layers)  # read anew


def test_changes_of_the_command_line(files):
    changes = ["workload.bind={attention_mask: [1, 1, 1, 1, 0, 0], token_type_ids: 0}", "stream=2"]
    made = load_experiment(files / "fixed.onnx", chip(), changes)
    assert made.workload.spec.bind == {"attention_mask": [1, 1, 1, 1, 0, 0], "token_type_ids": 0}
    with pytest.raises(InputError, match=r"attention_mask int64 .1, 6., token_type_ids int64 .1, 6.; one of them .*'bind: {attention"):
        load_experiment(files / "fixed.onnx", chip())


WRONG = [
    ({"mask": 1}, "has no input 'mask' to bind (known: attention_mask, input_ids, token_type_ids)"),
    ({"attention_mask": 1}, "has 2 inputs that 'logits' depends on: input_ids int64 [1, 6], token_type_ids int64 [1, 6]"),
    (dict.fromkeys(INPUTS, 1), "has no input that is free"),
    ({"attention_mask": [1, 0], "token_type_ids": 0}, "attention_mask: is bound to [2] numbers, which do not fit its shape [1, 6]"),
    ({"attention_mask": 0.5, "token_type_ids": 0}, "attention_mask: is bound to 0.5, expected numbers of type int64"),
    ({"attention_mask": "ones", "token_type_ids": 0}, "attention_mask: is bound to ones, expected numbers of type int64"),
    ({"attention_mask": [[1], [1, 2]], "token_type_ids": 0}, "attention_mask: is bound to [[1], [1, 2]], expected a number or a block"),
]


@pytest.mark.parametrize(("bind", "words"), WRONG, ids=[words for _, words in WRONG])
def test_what_does_not_fit_is_told(files, bind, words):
    with pytest.raises(InputError) as caught:
        read_onnx(files / "fixed.onnx", bind=bind)
    assert words in str(caught.value)


def test_axes_of_bound_inputs(tmp_path, files):
    model = onnx.load(str(files / "open.onnx"))
    model.graph.input[1].type.tensor_type.shape.dim[1].dim_param = "seen"
    onnx.save(model, str(tmp_path / "m.onnx"))
    bind = {"attention_mask": 1, "token_type_ids": 0}
    with pytest.raises(InputError, match=r"attention_mask: axis 1 has no fixed length; bind it, such as 'shapes: \{seen: 64\}'"):
        read_onnx(tmp_path / "m.onnx", {"sequence": 6}, bind=bind)
    assert read_onnx(tmp_path / "m.onnx", {"sequence": 6, "seen": 6}, bind=bind).spec.input.shape == (1, 6, 1)
    assert read_onnx(tmp_path / "m.onnx", {"sequence": 6}, bind=bind | {"attention_mask": [[1] * 6]}).spec.input.shape == (1, 6, 1)
