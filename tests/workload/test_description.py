import pytest
import yaml

from chipsim.errors import InputError
from chipsim.reading import from_plain, load
from chipsim.workload.description import WorkloadSpec
from chipsim.workload.layers import Conv2d, Linear


@pytest.mark.parametrize("name", ["mlp-mnist", "lenet5-mnist"])
def test_a_description_is_its_yaml(shipped, name):
    spec = load(shipped / f"{name}.yaml", WorkloadSpec)
    assert spec.name == name
    assert from_plain(WorkloadSpec, yaml.safe_load(spec.to_yaml())) == spec
    assert from_plain(WorkloadSpec, spec.plain()).digest() == spec.digest()


def test_layers_are_built_by_their_type(shipped):
    layers = load(shipped / "lenet5-mnist.yaml", WorkloadSpec).layers
    assert layers[0] == Conv2d(name="conv1", out_channels=6, kernel=5, padding=2, activation="relu")
    assert layers[-1] == Linear(name="fc3", out_features=10)


def test_all_problems_are_told_with_their_place(residual):
    text = residual.read_text().replace("type: add", "type: addd").replace("kernel: 6", "kernel: 6.5").replace("shape:", "shapes:")
    residual.write_text(text)
    with pytest.raises(InputError) as caught:
        load(residual, WorkloadSpec)
    told = str(caught.value)
    assert "residual.yaml:3:" in told
    assert "input.shapes: unknown key (did you mean 'shape'?)" in told
    assert "residual.yaml:9:12: layers[2]: unknown layer type 'addd' (did you mean 'add'?)" in told
    assert "residual.yaml:11:" in told


def test_a_network_needs_layers():
    with pytest.raises(InputError, match="layers"):
        WorkloadSpec(name="a", input={"shape": (1, 1, 1)}, layers=())


def test_a_plugin_brings_its_own_layer(residual):
    (residual.parent / "negate.py").write_text(PLUGIN)
    text = residual.read_text().replace("{type: activation, name: relu, function: relu}", "{type: test_negate, name: relu}")
    residual.write_text(text + "plugins: negate.py\n")
    assert load(residual, WorkloadSpec).layers[3].type_name == "test_negate"


PLUGIN = """
from typing import final
from chipsim.workload.layers import DigitalLayer

@final
class Negate(DigitalLayer, type="test_negate"):
    def output_shape(self, *input_shapes):
        return self._only(input_shapes)

    def needs(self, y, x, input_shape):
        return (y, x), (y, x)

    def compute_rows(self, inputs, y0, y1):
        return -inputs[0][:, :, y0:y1]

    def operations(self, channels):
        return {"negate": channels}
"""
