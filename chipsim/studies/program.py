"""How well, how fast and at what energy weights are written: one network, one chip, several programming algorithms.

Every algorithm writes the whole network in simulated time (`writing`), into the same chip with the same random numbers. At every
time after the end of programming, drift measured right before, no other upkeep:

    MVM error      e = |y - x W| / |x W|        y products of a block's array, x random inputs, uniform over the input range
    weight error   d = rms((W' - W) / s)        W' weights as they are read, W those asked for, s what a full-scale cell stands for
    accuracy       of the whole network, as an experiment measures it

e of several blocks: root of the mean of e**2, every block weighing as its weights; copies of a layer count too. All tables are
lists of rows of plain numbers in SI, None where there is nothing to say; the rows' keys:

    algorithms    algorithm, own (the experiment's), time, energy, pulse_energy, read_energy, transport_energy (host and network),
                  pulses, reads, turns, error, open (by the algorithm's own measure at its end, worst block)
    reached       algorithm, time, mvm_error, weight_error, accuracy
    layers        algorithm, layer, blocks, time, energy, pulses, reads, turns, error, open; mvm_error, weight_error at the first time
    convergence   algorithm, layer, block, devices, turn, time (s after the block's own start), error, open
    histogram     algorithm, low, high (of d, full-scale cells), weights; at the first time, the outer bins hold all beyond them
    products      algorithm, layer, ideal (x W), analog (y), both over the rms of x W in their block; at the first time
    stuck         block (the first), plane, row, column, conductance: devices of this chip that no algorithm can write
    refused       algorithm, time (None: the programming itself), reason

Not studied: several chips or repeats, the spread between them, wear.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple, final

import numpy as np
from numpy.typing import NDArray

from chipsim.accuracy import accuracy
from chipsim.errors import InputError, did_you_mean
from chipsim.experiment import Experiment
from chipsim.kernels.philox import uniform
from chipsim.mapping.mapping import Mapping
from chipsim.programmed import ProgrammedNetwork
from chipsim.programming import Programmer
from chipsim.question import DAY
from chipsim.streams import Stream
from chipsim.tabular import Tabular
from chipsim.upkeep import programming_rows
from chipsim.writing import Written

Row = dict[str, Any]
Floats = NDArray[np.float32]
Progress = Callable[[str, float], None]

VECTORS = 128  # random inputs for each block
SHOWN = 2000  # products kept of each algorithm
BINS = 81
BEYOND = 0.001  # share of the weight errors that may lie beyond the histogram
NARROWEST = 1e-6  # full-scale cells


@final
@dataclass(frozen=True)
class ProgramStudy(Tabular):
    """The numbers of one network on one chip; tables as in the docstring of this file."""

    name: str
    own: str  # type of the experiment's own algorithm
    cell: str
    device: str
    cites: tuple[str, ...]
    weights: int  # copies of layers included
    blocks: int
    vectors: int
    samples: int  # of the data set, for the accuracy; 0 without data
    float_accuracy: float | None
    seed: int
    times: tuple[float, ...]
    algorithms: list[Row]
    reached: list[Row]
    layers: list[Row]
    convergence: list[Row]
    histogram: list[Row]
    products: list[Row]
    stuck: list[Row]
    planes: dict[str, tuple[int, int]]  # rows and columns of the planes of the first block
    reach: tuple[float, float]  # g_min and g_max of a device (S)
    refused: list[Row]
    metric: Row = field(default_factory=dict)  # what accuracies are of, as in `Result`


def study(
    experiment: Experiment,
    names: Sequence[str] = (),
    times: Sequence[float] | None = None,
    progress: Progress = lambda text, share: None,
) -> ProgramStudy:
    """Write the network of `experiment` with the algorithms of these names (none: its own and all others that apply).

    `times` (s after programming; None: the experiment's first and one day) at which the outcome is read. InputError for an
    unknown name and for a time before programming; algorithms and times that are refused are listed, with the reason.
    """
    question, workload = experiment.question, experiment.workload
    asked = _ascending((question.times[0], max(DAY, question.times[0])) if times is None else times)
    mapping, chosen = experiment.map(), programmers(experiment, names)
    trials, refused = [], []
    for place, programmer in enumerate(chosen):
        progress(f"programming with {programmer.type_name}", place / len(chosen))
        try:
            trials.append(_Trial.of(_with(experiment, programmer), mapping, asked))
        except InputError as error:
            refused.append({"algorithm": programmer.type_name, "time": None, "reason": str(error)})
    array = question.architecture.tile.array
    count = 0 if workload.spec.drawn else len(workload.inputs) if question.samples is None else question.samples
    return ProgramStudy(
        name=experiment.name, own=question.programming.type_name, cell=array.cell.type_name, device=array.cell.device.type_name,
        cites=tuple(dict.fromkeys(cite for trial in trials for cite in trial.programmer.cites)),
        weights=sum(rows * columns for rows, columns in (block.shape for block in mapping.placements)), blocks=len(mapping.placements),
        vectors=VECTORS, samples=count, seed=question.seed, times=tuple(asked),
        float_accuracy=workload.accuracy(workload.inputs[:count], workload.labels[:count]) if count else None,
        algorithms=[trial.cost(question.programming) for trial in trials],
        reached=[row for trial in trials for row in trial.reached],
        layers=[row for trial in trials for row in trial.layers()],
        convergence=[row for trial in trials for row in trial.convergence()],
        histogram=list(_histogram(trials)),
        products=[row for trial in trials for row in trial.products()],
        stuck=list(trials[0].stuck()) if trials else [], planes=trials[0].planes if trials else {},
        reach=(array.cell.device.g_min, array.cell.device.g_max),
        refused=refused + [row for trial in trials for row in trial.refused], metric=workload.metric.told(),
    )  # fmt: skip


def programmers(experiment: Experiment, names: Sequence[str] = ()) -> list[Programmer]:
    """The algorithms of these names, the experiment's own with its own keys, others with their defaults; none: all there are."""
    own = experiment.question.programming
    for name in names:
        if name not in Programmer.members:
            raise InputError(f"program: '{name}' is no programming algorithm ({did_you_mean(name, Programmer.members)})")
    wanted = names or [own.type_name, *(name for name in Programmer.members if name != own.type_name)]
    return [own if name == own.type_name else _default(name) for name in dict.fromkeys(wanted)]


def _default(name: str) -> Programmer:
    made = Programmer.members[name]()
    assert isinstance(made, Programmer)
    return made


class _Block(NamedTuple):
    """What one array reads at the first time: wanted and found products (n, columns), weight errors (full-scale cells)."""

    layer: str
    wanted: Floats
    found: Floats
    errors: Floats

    @property
    def mvm_error(self) -> float:
        size, error = (float(np.linalg.norm(values.astype(np.float64))) for values in (self.wanted, self.found - self.wanted))
        return error / size if size else 0.0


class _Trial(NamedTuple):
    """One algorithm's run: what it took, what its arrays read at the first time that is covered, what it reached at every time."""

    programmer: Programmer
    network: ProgrammedNetwork
    written: Written
    blocks: list[_Block]
    reached: list[Row]
    refused: list[Row]

    @classmethod
    def of(cls, experiment: Experiment, mapping: Mapping, times: Sequence[float]) -> _Trial:
        programmer, samples = experiment.question.programming, experiment.question.samples
        network = experiment.network(mapping)
        written = experiment.program(network)
        first: list[_Block] = []
        reached, refused = [], []
        for time in times:
            place = {"algorithm": programmer.type_name, "time": time}
            try:
                network.drift_to(time)
            except InputError as error:
                refused.append(place | {"reason": str(error)})
                continue
            blocks = list(_read(network, experiment.question.seed))
            first = first or blocks
            judged = len(experiment.workload.inputs) > 0 and not experiment.workload.spec.drawn
            right = accuracy(network, samples) if judged else None
            reached.append(place | _errors(blocks) | {"accuracy": right})
        return cls(programmer, network, written, first, reached, refused)

    @property
    def name(self) -> str:
        return self.programmer.type_name

    def cost(self, own: Programmer) -> Row:
        """A row of `algorithms`."""
        layers = programming_rows(self.written)
        pulses, reads = (sum(map(energy, self.written.writers)) for energy in (self.written.pulse_energy, self.written.read_energy))
        row: Row = {"algorithm": self.name, "own": self.programmer == own, "time": self.written.duration, "energy": self.written.energy}
        row |= {"pulse_energy": pulses, "read_energy": reads, "transport_energy": max(0.0, self.written.energy - pulses - reads)}
        row |= {key: sum(layer[key] for layer in layers) for key in ("pulses", "reads")}
        return row | {key: _largest([layer[key] for layer in layers]) for key in ("turns", "error", "open")}

    def layers(self) -> Iterator[Row]:
        """Rows of `layers`."""
        for row in programming_rows(self.written):
            mine = [block for block in self.blocks if block.layer == row["layer"]]
            yield {"algorithm": self.name} | row | (_errors(mine) if mine else {"mvm_error": None, "weight_error": None})

    def convergence(self) -> Iterator[Row]:
        """Rows of `convergence`."""
        for writer in self.written.writers:
            block = writer.block
            devices = sum(plane.target.size for plane in self.network.crossbars[block.name].stored.planes)
            place = {"algorithm": self.name, "layer": block.layer, "block": block.name, "devices": devices}
            for point in writer.points:
                yield place | {"turn": point.iteration, "time": point.time, "error": point.error, "open": point.open}

    @property
    def planes(self) -> dict[str, tuple[int, int]]:
        """Shapes of the planes of the first block."""
        first = next(iter(self.network.crossbars.values())).stuck
        return {name: (len(values), values.shape[1]) for name, values in first.items()}

    def stuck(self) -> Iterator[Row]:
        """Rows of `stuck`."""
        block, crossbar = next(iter(self.network.crossbars.items()))
        for plane, values in crossbar.stuck.items():
            for row, column in np.argwhere(~np.isnan(values)).tolist():
                yield {"block": block, "plane": plane, "row": row, "column": column, "conductance": float(values[row, column])}

    def products(self) -> Iterator[Row]:
        """Rows of `products`: evenly taken from all there are, each block as it weighs."""
        total = sum(block.wanted.size for block in self.blocks)
        for block in self.blocks:
            size = float(np.sqrt(np.mean(np.square(block.wanted, dtype=np.float64)))) or 1.0
            count = min(max(1, round(SHOWN * block.wanted.size / total)), block.wanted.size)
            taken = np.linspace(0, block.wanted.size - 1, count).astype(int)
            for ideal, analog in zip(block.wanted.flat[taken] / size, block.found.flat[taken] / size, strict=True):
                yield {"algorithm": self.name, "layer": block.layer, "ideal": float(ideal), "analog": float(analog)}


def _with(experiment: Experiment, programmer: Programmer) -> Experiment:
    return replace(experiment, question=experiment.question.having(programming=programmer))


def _read(network: ProgrammedNetwork, seed: int) -> Iterator[_Block]:
    """What every array reads as it stands now."""
    for name, crossbar in network.crossbars.items():
        weights = network.weights(name)
        key = Stream(seed).child("program study").child(name).key
        x = ((2 * uniform((VECTORS, len(weights)), key) - np.float32(1)) * np.float32(crossbar.input_range)).astype(np.float32)
        found = crossbar.multiply(x, np.zeros(VECTORS, np.uint32), np.arange(VECTORS, dtype=np.uint32)).y
        yield _Block(network.blocks[name].layer, x @ weights, found, ((crossbar.matrix - weights) / crossbar.scale).reshape(-1))


def _errors(blocks: Sequence[_Block]) -> Row:
    """mvm_error and weight_error of some arrays together."""
    shares = np.array([block.errors.size for block in blocks], np.float64)
    shares /= shares.sum()
    squares = np.array([[block.mvm_error**2, np.mean(np.square(block.errors, dtype=np.float64))] for block in blocks])
    mvm, weight = np.sqrt(shares @ squares)
    return {"mvm_error": float(mvm), "weight_error": float(weight)}


def _histogram(trials: Sequence[_Trial]) -> Iterator[Row]:
    """Rows of `histogram`; the bins are the same for all algorithms."""
    errors = {trial.name: np.concatenate([block.errors for block in trial.blocks]) for trial in trials if trial.blocks}
    reach = max([NARROWEST, *(float(np.quantile(np.abs(values), 1 - BEYOND)) for values in errors.values())])
    for name, values in errors.items():
        counts, edges = np.histogram(np.clip(values, -reach, reach), BINS, (-reach, reach))
        for low, high, count in zip(edges[:-1], edges[1:], counts, strict=True):
            yield {"algorithm": name, "low": float(low), "high": float(high), "weights": int(count)}


def _largest(values: Sequence[Any]) -> Any:
    return max((value for value in values if value is not None), default=None)


def _ascending(times: Sequence[float]) -> list[float]:
    wrong = [time for time in times if not 0 <= time < float("inf")]
    if wrong or not times:
        raise InputError(f"program: times {list(times)}; expected seconds after the end of programming, 0 or more, at least one")
    return sorted({float(time) for time in times})
