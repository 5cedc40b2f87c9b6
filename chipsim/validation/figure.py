"""A file of published figures: which chip, and for each figure what was printed, how chipsim gets it, and how near it must come."""

from __future__ import annotations

from typing import Annotated, Any, Literal, Self, final

from chipsim.spec import FilePath, Spec, check, key
from chipsim.units import DIMENSIONS

Kind = Literal["calibrated", "predicted", "order"]
Confidence = Literal["high", "medium", "low"]


@final
class Recorded(Spec):
    """What a long study found, kept in a file."""

    value: str | int | float = key("what was found, with its unit")
    file: FilePath = key("the record; the number of `value` stands in it", min_length=1)
    command: str = key("the command that made it", min_length=1)
    seed: int = key("seed of its random numbers", default=0, ge=0)
    date: str = key("when it was made, such as 2026-11-22", min_length=1)


@final
class Claim(Spec):
    """A claimed efficiency and density, of which the calculator tells what they demand."""

    efficiency: Annotated[float, DIMENSIONS["efficiency"]] = key("operations for an energy", gt=0)
    density: Annotated[float, DIMENSIONS["density of operations"]] = key("operations in a second on an area", gt=0)


@final
class Other(Spec):
    """The configuration that a figure is a ratio to; what is left out is that of the figure."""

    chip: FilePath | None = key("another architecture", default=None)
    set: dict[str, Any] | None = key("changes of the architecture, by dotted path; {} for none", default=None)
    workload: FilePath | None = key("another network", default=None)
    run: dict[str, Any] | None = key("other keys of the experiment", default=None)
    measure: str = key("another measure", default="")
    activity: float | None = key("how busy the cells are", default=None, ge=0, le=1)


@final
class Figure(Spec):
    """One published figure."""

    id: str = key("a word to find it by; several figures may share one", min_length=1)
    what: str = key("what it is, for a reader", min_length=1)
    measure: str = key("the measure that it is compared with, or the quotient of two: `a / b`", default="")
    published: str | int | float = key("what was printed, with its unit, or bounds: `40 to 140`, `at least 93 %`, `above 1`")
    tolerance: str = key("how far off chipsim may be: `5 %`, `0.5 points`, `5 ns`; bounds need none", default="")
    kind: Kind = key("calibrated: a constant was chosen to hit it; predicted: none was; order: an inequality")
    confidence: Confidence | None = key("how sure the published figure is", default=None)
    set: dict[str, Any] | None = key("changes of the architecture, by dotted path", default=None)
    workload: FilePath | None = key("the network that the measure is of; without it the measure is of the chip alone", default=None)
    run: dict[str, Any] | None = key("other keys of the experiment: samples, times, mapping ...", default=None)
    activity: float | None = key("how busy the cells are: mean of input x conductance, a share of the largest", default=None, ge=0, le=1)
    against: Other | None = key("the figure is the ratio to this configuration", default=None)
    comparator: str = key("the figure is the ratio to the rating of this comparator", default="")
    recorded: Recorded | None = key("in place of a measure: what a long study found", default=None)
    claim: Claim | None = key("in place of a chip: a claim that the calculator works on", default=None)
    note: str = key("how it was calibrated, what it rests on", default="")
    reason: str = key("why it is missed; a figure outside its tolerance without a reason fails", default="")

    @check
    def _one_way_to_get_it(self) -> Self:
        if bool(self.measure) == bool(self.recorded):
            raise ValueError("a figure is measured or recorded: give either 'measure' or 'recorded'")
        if self.recorded and (self.claim or self.against or self.comparator):
            raise ValueError("what was recorded is not computed: leave out claim, against and comparator")
        return self


@final
class Figures(Spec):
    """Published figures of one chip; run and set are those of every figure, which may add keys and change them."""

    chip: FilePath | None = key("the architecture, relative to this file", default=None)
    about: str = key("what the chip is, in a line", default="")
    confidence: Confidence = key("of every figure that has none", default="medium")
    workload: FilePath | None = key("of every figure that has none", default=None)
    run: dict[str, Any] | None = key("keys of the experiment of every figure; its own come first", default=None)
    set: dict[str, Any] | None = key("changes of the architecture for every figure; its own come first", default=None)
    activity: float | None = key("of every figure that has none", default=None, ge=0, le=1)
    figures: tuple[Figure, ...] = key("the figures", min_length=1)
