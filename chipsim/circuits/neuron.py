"""What happens to every column's number right after the array: f(scale * y + bias).

Digital neurons compute any activation; an analog ramp comparator applies a bounded one for free while it turns charge into a
pulse duration, because a ramp that starts late and ends early clips.
References: R. Khaddam-Aljameh et al., IEEE J. Solid-State Circuits 57, 1027, 2022, DOI 10.1109/JSSC.2022.3140414 (digital: scale
per column and ReLU); P. Narayanan et al., IEEE Trans. Electron Devices 68, 6629, 2021, DOI 10.1109/TED.2021.3115993 (ramp).
Not modelled: rounding inside the digital neuron; noise and non-linearity of the ramp.
"""

from __future__ import annotations

from abc import abstractmethod
from typing import ClassVar, final

from chipsim.circuits.circuit import Circuit, ClockedCircuit
from chipsim.spec import Family, key
from chipsim.units import Energy, Time

BOUNDED = frozenset({"identity", "relu", "hard_sigmoid", "hard_tanh"})


class Neuron(Circuit, Family):
    """Root of the neuron circuits."""

    actions: ClassVar[dict[str, str]] = {"apply": "scale, bias and activation of `count` outputs"}

    energy: Energy = key("energy of one output", default=0.0, ge=0)

    @abstractmethod
    def supports(self, activation: str) -> bool:
        """Whether this circuit can apply the activation of that name."""

    def _energy(self, action: str, count: int) -> float:
        return count * self.energy * self.factors.energy


@final
class DigitalNeuron(Neuron, ClockedCircuit, type="digital"):
    """Affine scale, bias and any activation, `lanes` outputs at a time."""

    def supports(self, activation: str) -> bool:
        return True


@final
class RampNeuron(Neuron, type="ramp"):
    """A comparator on every column against one common ramp; the output is a duration. Piecewise linear activations only."""

    ramp_time: Time = key(
        "duration of the ramp", default=300e-9, gt=0, source="Ambrogio et al., Nature 620, 768, 2023: 300 ns steps"
    )

    def supports(self, activation: str) -> bool:
        return activation in BOUNDED

    def _times(self, action: str, count: int) -> tuple[float, float]:
        return self.ramp_time, self.ramp_time
