"""A network as a PyTorch module that computes what its chip would: the differentiable twin of `programmed.py` and `accuracy.py`.

    network = AwareNetwork(experiment, Injection())
    loss(network(images), labels).backward()          # a chip drawn anew: its age, its weights, its converters
    network.clip(2.5)
    network.arrays()                                  # weights by name, as the workload's .npz file holds them

The chip is that of the experiment, layers are cut as its mapping cuts them, and an array is described by the same Array. What differs:
copies
of a layer count as one, blocks that wait for others to be written do not age meanwhile, statistics are not recalibrated.
"""

from __future__ import annotations

from collections.abc import Iterator
from collections.abc import Mapping as Table
from contextlib import contextmanager
from typing import Any, cast, final

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from chipsim.aware import functions as functions  # registers its twins
from chipsim.aware.analog import AnalogLayer, parameter
from chipsim.aware.arrays import Arrays, strips_of
from chipsim.aware.cells import ByCrossbar, Cells, Moment, Tabulated, needs_crossbar
from chipsim.aware.injection import Injection
from chipsim.aware.layers import digital, twin_of
from chipsim.aware.noise import NoiseTable
from chipsim.aware.products import Chain
from chipsim.circuits.array import Array
from chipsim.circuits.effects import without
from chipsim.devices.device import span
from chipsim.errors import InputError
from chipsim.experiment import Experiment
from chipsim.mapping.mapping import Mapping
from chipsim.programming.access import Access
from chipsim.programming.one_shot import OneShot
from chipsim.streams import Stream
from chipsim.workload.layers import DigitalLayer, Embedding, Recurrent, WeightedLayer
from chipsim.workload.layers.layer import INPUT

Floats = NDArray[np.float32]


@final
class AwareNetwork(torch.nn.Module):
    """The network of an experiment on its chip; InputError for what of either cannot be trained."""

    def __init__(self, experiment: Experiment, options: Injection | None = None, seed: int = 0) -> None:
        super().__init__()
        self.experiment, self.options, self.workload = experiment, options or Injection(), experiment.workload
        self.generator = torch.Generator().manual_seed(seed)
        self.times = self.options.times or experiment.question.times
        self._held = False
        self.analog: dict[str, AnalogLayer] = {}
        self.stored: dict[str, list[torch.nn.Parameter]] = {}
        self._check_times()
        mapping = experiment.map()
        self._cell = experiment.network(mapping).cell
        self._tables: dict[tuple[Array, bool], NoiseTable] = {}
        for index, name in enumerate(self.workload.order):
            layer = self.workload.layers[name]
            if isinstance(layer, WeightedLayer):
                self.analog[name] = self._on_arrays(name, mapping)
                self.add_module(f"layer{index}", self.analog[name])
                continue
            twin_of(layer)
            if isinstance(layer, DigitalLayer) and layer.parameters:
                self.stored[name] = [parameter(array) for array in self._stored(layer)]
                for number, one in enumerate(self.stored[name]):
                    self.register_parameter(f"layer{index}_{number}", one)

    def _on_arrays(self, name: str, mapping: Mapping) -> AnalogLayer:
        array, layer = self._array(name), cast(WeightedLayer, self.workload.layers[name])
        chain = Chain(array, self.generator, self.options.gradient == "through")
        rows = 0
        if mapping.options.bias == "array" and layer.bias:
            rows = layer.products if isinstance(layer, Recurrent) else 1
        if self.options.output_scales and array.weight_scaling != "column":
            raise InputError(
                "injection.output_scales: the arrays have weight_scaling: array, one scale for all outputs, so others cannot be "
                "stored; set tile.array.weight_scaling: column or output_scales: false"
            )
        strips = strips_of(mapping.of(name), chain.settings.max_retries == 0)
        return AnalogLayer(self.workload, name, chain, Arrays(array, self._cells(name, array)), strips, rows, self.options.output_scales)

    def _array(self, name: str) -> Array:
        """The array that a layer is on, without the effects that are off."""
        exempt = self.experiment.question.exempt
        off = {*self.options.off, *exempt.get("all", ()), *exempt.get(name, ())}
        return without(self.experiment.question.architecture.tile.array, off)

    def _cells(self, name: str, array: Array) -> Cells:
        """How the devices of a layer's arrays are drawn; layers on equal arrays share their tables."""
        exempt = self.experiment.question.exempt
        once = "programming" in {*self.options.off, *exempt.get("all", ()), *exempt.get(name, ())}
        programmer = OneShot() if once else self.experiment.question.programming
        access, cell = Access.of_tile(self.experiment.question.architecture.tile), None if once else self._cell
        if needs_crossbar(array):
            if self.options.weight_noise != 1:
                raise InputError(
                    f"injection.weight_noise: {self.options.weight_noise:g}; devices of these arrays (sliced cells, other sensing than "
                    "current, or exact wires) are programmed one by one and can be as noisy as they are only; set weight_noise: 1"
                )
            return ByCrossbar(array, programmer, access, cell)
        key = array, once
        if key not in self._tables:
            self._tables[key] = NoiseTable(array, programmer, access, cell)
        return Tabulated(array, self._tables[key], self.generator, self.options.weight_noise)

    def _check_times(self) -> None:
        """InputError for a time of which the device says nothing."""
        question = self.experiment.question
        device = question.architecture.tile.array.cell.device
        for time in self.times:
            if not device.covered.cover(question.maintenance.age(time)):
                raise InputError(
                    f"injection.times: {span(time)}: device type '{device.type_name}' covers {device.covered} after programming; "
                    f"{device.covered.way_out}"
                )

    def _stored(self, layer: DigitalLayer) -> list[Floats]:
        """The parameters of a digital layer as they are stored."""
        arrays = self.workload.parameters[layer.name]
        if isinstance(layer, Embedding):
            return [array[0, :, :, 0].T for array in arrays]
        shape = layer.parameter_shape(self.workload.input_shape(layer.name))
        return [array.reshape(shape) for array in arrays]

    # --- forward ---------------------------------------------------------------------------------------------------------------------

    def forward(self, images: Tensor) -> Tensor:
        """What a chip makes of images [B, C, H, W]: [B, C', H', W']; a chip drawn anew, unless one is `held`."""
        if not self._held:
            self.draw()
        return self._passed(images, AnalogLayer.forward)

    def exact(self, images: Tensor) -> Tensor:
        """What the float network makes of them."""
        return self._passed(images, AnalogLayer.exact)

    def _passed(self, images: Tensor, through: Any) -> Tensor:
        values = {INPUT: images}
        for name in self.workload.order:
            read = [values[source] for source in self.workload.network.sources(name)]
            if name in self.analog:
                values[name] = through(self.analog[name], read[0])
            else:
                values[name] = digital(self.workload.layers[name], read, self.stored.get(name, ()))
        return values[self.workload.output]

    # --- the chip --------------------------------------------------------------------------------------------------------------------

    def draw(self, time: float | None = None) -> float:
        """Draw a chip, at `time` after programming (s; default: one of `times`); returns the time."""
        if time is None:
            time = self.times[int(torch.randint(len(self.times), (), generator=self.generator))]
        maintenance = self.experiment.question.maintenance
        age = maintenance.age(time)
        seed = int(torch.randint(2**62, (), generator=self.generator))
        moment = Moment(age, maintenance.calibrated(age), Stream(seed))
        for layer in self.analog.values():
            layer.draw(moment)
        return time

    @contextmanager
    def held(self, time: float | None = None) -> Iterator[None]:
        """One chip for all mini-batches within, drawn at `time`; no gradients."""
        with torch.no_grad():
            self.draw(time)
            self._held = True
            try:
                yield
            finally:
                self._held = False

    @property
    def strength(self) -> float:
        """Factor from 0 to 1 on all noise and the IR drop; converters stay as they are."""
        return next(iter(self.analog.values())).chain.strength

    @strength.setter
    def strength(self, value: float) -> None:
        for layer in self.analog.values():
            layer.chain.strength = layer.arrays.cells.strength = value

    # --- parameters ------------------------------------------------------------------------------------------------------------------

    def arrays(self) -> dict[str, Floats]:
        """All that is stored, by the names of the workload's .npz file, output scales folded into the weights."""
        found: dict[str, Tensor] = {}
        for name, layer in self.analog.items():
            found[f"{name}.weight"] = layer.folded()
            found |= {f"{name}.{kind}": one for kind, one in (("bias", layer.bias), ("state", layer.state)) if one is not None}
        for name, stored in self.stored.items():
            layer_: Any = self.workload.layers[name]
            found |= {f"{name}.{kind}": one for kind, one in zip(layer_.parameters, stored, strict=True)}
        return {name: one.detach().numpy().copy() for name, one in found.items()}

    def load(self, arrays: Table[str, NDArray[Any]]) -> None:
        """Take stored arrays, of the names and shapes of `arrays()`; InputError where they are others. Output scales begin at 1."""
        expected = self.arrays()
        for name, own in expected.items():
            if name not in arrays or arrays[name].shape != own.shape or not np.isfinite(arrays[name]).all():
                got = list(arrays[name].shape) if name in arrays else "nothing"
                raise InputError(f"AwareNetwork.load: '{name}': got {got}; expected finite numbers of shape {list(own.shape)}")
        if surplus := sorted(set(arrays) - set(expected)):
            raise InputError(f"AwareNetwork.load: no layer uses {', '.join(surplus)}; expected {', '.join(expected)}")
        with torch.no_grad():
            for name, one in self._named().items():
                one.copy_(torch.from_numpy(np.asarray(arrays[name], np.float32)))
            for layer in self.analog.values():
                if layer.log_scale is not None:
                    layer.log_scale.zero_()

    def _named(self) -> dict[str, torch.nn.Parameter]:
        """Parameters by the names under which they are stored."""
        found: dict[str, torch.nn.Parameter] = {}
        for name, layer in self.analog.items():
            kinds = (("weight", layer.weight), ("bias", layer.bias), ("state", layer.state))
            found |= {f"{name}.{kind}": one for kind, one in kinds if one is not None}
        for name, stored in self.stored.items():
            layer_: Any = self.workload.layers[name]
            found |= {f"{name}.{kind}": one for kind, one in zip(layer_.parameters, stored, strict=True)}
        return found

    def weights(self) -> list[torch.nn.Parameter]:
        """The weights of all layers on arrays."""
        return [layer.weight for layer in self.analog.values()]

    def range_parameters(self) -> list[torch.nn.Parameter]:
        """The logarithms of the input ranges; none where the arrays have no fixed ones."""
        return [layer.log_range for layer in self.analog.values() if layer.log_range is not None]

    def ranges(self) -> dict[str, float]:
        """Learned input ranges, by layer; none where the arrays have no fixed ones."""
        return {name: float(layer.log_range.detach().exp()) for name, layer in self.analog.items() if layer.log_range is not None}

    @torch.no_grad()
    def clip(self, sigmas: float) -> None:
        """Keep the weights of every layer within so many standard deviations of them, around 0."""
        for layer in self.analog.values():
            limit = sigmas * float(layer.weight.std(correction=0))
            layer.weight.clamp_(-limit, limit)

    @torch.no_grad()
    def calibrate(self, images: Tensor, share: float = 0.999) -> None:
        """First input ranges, from the inputs of the float network for `images`: what a `share` of them does not go beyond.

        Layers that bring a range of their own keep it.
        """
        for name, x in self._inputs(images).items():
            layer = self.analog[name]
            if layer.log_range is not None and layer.layer.input_range is None:
                found = float(np.quantile(x.abs().numpy(), share))
                layer.log_range.fill_(float(np.log(found if found > 0 else 1.0)))

    def _inputs(self, images: Tensor) -> dict[str, Tensor]:
        """What drives each layer in the float network; of recurrent layers what they gave too."""
        seen: dict[str, Tensor] = {}

        def noted(layer: AnalogLayer, x: Tensor) -> Tensor:
            result = layer.exact(x)
            seen[layer.name] = torch.cat([x.flatten(), result.flatten()]) if layer.recurrent else x
            return result

        self._passed(images, noted)
        return seen
