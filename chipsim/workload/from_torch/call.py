"""`chipsim.from_torch(module, example)`: the call, and the samples that come with it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from chipsim.errors import InputError
from chipsim.reading import from_plain
from chipsim.workload.description import WorkloadSpec
from chipsim.workload.drawn import Random, drawn_inputs
from chipsim.workload.from_torch.export import Part
from chipsim.workload.from_torch.inputs import alone
from chipsim.workload.from_torch.module import inference, pytorch, single, told
from chipsim.workload.graph import Workload
from chipsim.workload.load import build_workload
from chipsim.workload.onnx import Imported

if TYPE_CHECKING:
    import torch

Array = NDArray[Any]


def from_torch(
    module: torch.nn.Module,
    example: torch.Tensor | Sequence[torch.Tensor] | Mapping[str, torch.Tensor],
    data: Array | torch.Tensor | None = None,
    labels: Array | torch.Tensor | None = None,
    name: str | None = None,
    output: int | str | None = None,
    metric: Mapping[str, Any] | None = None,
    digital: str | Sequence[str] | Mapping[str, int] = (),
    input: int | str | None = None,
) -> Workload:
    """The Workload of a trained module, which is left as it was.

    example: one input as the module takes it, a batch of 1, floating point, or whole numbers for a module that begins with an embedding.
    Several inputs, in a row or by name: a sample goes into `input` (default: the first), the others keep the values of the example.
    data: samples [N, ...] with the axes of the example, prepared as the module takes them; labels: [N], or [N, T] for an answer at every
    step, or what the `metric` takes (such as {"type": "f1"}; default: accuracy). Without data the inputs are drawn and nothing is judged.
    output: which one, by number or key, where the module gives several. digital: operators that have no layer and that the vector unit
    computes as they are, as in `read_onnx`: 'all', or their names.

    InputError for what cannot be traced, is not supported, or does not fit; CheckError where what was read computes something else.
    """
    torch = pytorch()
    if not isinstance(module, torch.nn.Module):
        raise InputError(f"from_torch.module: is {type(module).__name__}, expected a torch.nn.Module")
    called = name or type(module).__name__
    sample = sample_of(alone(module, example, input)[1])
    with inference(module):
        part = Part(alone(single(module), example, input)[0].eval(), called, sample, output)
        network = part.exported(digital)
        workload = _workload(network, called, _samples(data, sample), _labels(labels, data), metric)
        part.compare(network, workload)
    return workload


def sample_of(example: object) -> torch.Tensor:
    """The only input, a batch of one; float32 or int64."""
    torch = pytorch()
    if not isinstance(example, torch.Tensor):
        raise InputError(f"from_torch.example: is {type(example).__name__}; expected a tensor, or several of them in a tuple or by name")
    sample = example
    if sample.ndim < 2 or sample.shape[0] != 1 or sample.is_complex():
        raise InputError(
            f"from_torch.example: is {told(sample)}; expected a batch of one along the first axis, such as data[:1] (recurrent modules: "
            "batch_first=True)"
        )
    return sample.detach().cpu().to(torch.float32 if sample.is_floating_point() else torch.int64)


def _samples(data: object, sample: torch.Tensor) -> Array | None:
    """Samples [N, ...] as numbers; InputError where they are not of the kind of the example."""
    if data is None:
        return None
    array, wanted = numbers_of(data), tuple(sample.shape[1:])
    if array.shape[1:] != wanted or not len(array):
        shape = ", ".join(map(str, wanted))
        raise InputError(f"from_torch.data: is {list(array.shape)}, expected samples as the example, [N, {shape}], N > 0")
    if array.dtype.kind not in "uif" or (sample.is_floating_point() and array.dtype.kind != "f"):
        message = f"is of type {array.dtype}, the example of {str(sample.dtype).removeprefix('torch.')}"
        raise InputError(f"from_torch.data: {message}; prepare the samples as the module takes them, such as data / 255 of bytes")
    if not np.isfinite(array).all():
        place = [int(number) for number in np.argwhere(~np.isfinite(array))[0]]
        raise InputError(f"from_torch.data: sample {place[0]} holds a value that is not finite, at {place[1:]}")
    return array


def _labels(labels: object, data: object) -> Array | None:
    """Labels, whole numbers in 64 bits; InputError where there are labels without data, or data without labels."""
    if (labels is None) != (data is None):
        missing = "labels" if labels is None else "data"
        own = "labels=module(data).argmax(1) asks how often the chip answers as the module does"
        way = own if labels is None else "give both or none"
        raise InputError(f"from_torch.{missing}: are missing; {way}")
    if labels is None:
        return None
    array = numbers_of(labels)
    return array.astype(np.int64 if array.dtype.kind in "ui" else np.float32)


def numbers_of(values: object) -> Array:
    if isinstance(values, pytorch().Tensor):
        tensor = values.detach().cpu()
        values = (tensor.float() if tensor.is_floating_point() else tensor).numpy()
    return np.asarray(values)


def _workload(network: Imported, name: str, data: Array | None, labels: Array | None, metric: Mapping[str, Any] | None) -> Workload:
    """The network with samples as its first layer reads them, or with drawn ones."""
    spec = network.spec.having(name=name, given=("weights",) if data is None else ("weights", "data"))
    if metric is not None:
        spec = from_plain(WorkloadSpec, spec.plain() | {"metric": dict(metric)})
    if data is None or labels is None:
        spec = spec.having(random=Random())
        images = drawn_inputs(Random(), spec.input.shape, spec.input.tokens)
        labels = np.zeros(len(images), np.int64)
    else:
        images = np.stack([network.input.laid(x[None]) for x in data]).astype(np.float32)
    return build_workload(spec, network.arrays, images, labels)
