"""A question in full: everything that an answer depends on, as a description."""

from __future__ import annotations

from typing import final

from chipsim.architecture import Architecture
from chipsim.circuits.effects import Effect
from chipsim.comparators.comparator import USUAL, Comparator
from chipsim.comparators.von_neumann import VonNeumann
from chipsim.devices.device import span
from chipsim.errors import InputError
from chipsim.mapping.dataflow import Mode
from chipsim.mapping.mapping import MappingOptions
from chipsim.programming.maintenance import Maintenance
from chipsim.programming.one_shot import OneShot
from chipsim.programming.programmer import Programmer
from chipsim.spec import Spec, check, key
from chipsim.units import Time
from chipsim.workload.description import WorkloadSpec

HOUR, DAY, MONTH, YEAR = 3600.0, 86400.0, 2_592_000.0, 31_536_000.0


@final
class Question(Spec):
    """A resolved experiment: everything that the answer depends on."""

    name: str = key("name of the run; by default: workload on architecture", default="")
    workload: WorkloadSpec = key("the network, or the path of its file")
    architecture: Architecture = key("the chip, or the path of its file")
    mapping: MappingOptions = key("how layers are cut, copied and placed", default=MappingOptions())
    programming: Programmer = key("how weights are written", default=OneShot())
    exempt: dict[str, tuple[Effect, ...]] = key(
        "effects that are switched off in the arrays of a layer, by its name, or of all layers, by 'all'", default={}
    )
    times: tuple[Time, ...] = key(
        "times after programming at which the accuracy is measured", default=(1.0, HOUR, DAY, MONTH, YEAR), min_length=1
    )
    maintenance: Maintenance = key("when drift is measured and weights are written again", default=Maintenance())
    chips: int = key("chips with different stuck devices and mismatch", default=1, ge=1, le=10_000)
    repeats: int = key("programmings of each chip with different random numbers, for mean and spread", default=3, ge=1, le=1000)
    within: float = key("a chip is good when its accuracy is at most this much below the float network's", default=0.01, ge=0)
    seed: int = key("seed of all random numbers", default=0, ge=0)
    chip_seed: int | None = key("seed of what is fixed for a chip; not given: `seed`", default=None, ge=0)
    samples: int | None = key("samples of the data set that accuracy is measured on (default: all)", default=None, ge=1)
    stream: int = key("samples that pass through the chip back to back in the timed run", default=1000, ge=1)
    token: Mode = key("what travels as one unit: a row of vectors with two time stamps, or every vector", default="row")
    comparators: tuple[Comparator, ...] | None = key(
        f"processors to compare the chip with: names, files, blocks; all; [] for none (default: {', '.join(USUAL)})", default=None
    )
    von_neumann: VonNeumann | None = key("machine that fetches its weights, to compare with (default: von-neumann-int8)", default=None)
    plugins: tuple[str, ...] = key("Python files or modules that add devices, circuits, layers or topologies", default=())

    @check
    def _within_can_be_lost(self) -> Question:
        metric = self.workload.metric
        if self.within > 1 and (metric is None or metric.percent):
            called = metric.called if metric else "an accuracy"
            raise ValueError(f"within: {self.within:g} is more than {called} can lose; expected up to 1")
        return self

    def check_times(self) -> None:
        """InputError for a time of which the device's model says nothing, before anything long begins."""
        device = self.architecture.tile.array.cell.device
        read = self.times[:1] if self.workload.drawn else self.times  # without accuracy nothing is read later
        wrong = [time for time in read if not device.covered.cover(self.maintenance.age(time))]
        if wrong:
            listed = ", ".join(map(span, wrong))
            raise InputError(
                f"times: {listed}: device type '{device.type_name}' covers {device.covered} after programming; {device.covered.way_out}, "
                'such as --set "times=[...]"'
            )
