"""Which circuits of a chip another technology node changes, by which table, and which it leaves as they are, with the reason.

    digital circuits    accumulators, digital neurons, vector units, memories on the chip, routers: the table of digital circuits
    converters          a table of their own, for an ADC is limited by noise and not by the size of its transistors
    all else            stays: drivers of rows, ramps, buses, memory in its own package; parts, unless they are named as digital

The node that a circuit's figures belong to is that of its component in the technology library, else that of the chip, else the one that
is asked with. A circuit without any energy, area or leakage is not counted and has nothing to scale.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple, final

from chipsim.architecture import Architecture
from chipsim.circuits.accumulator import Accumulator
from chipsim.circuits.adc import ADC
from chipsim.circuits.bus import Bus
from chipsim.circuits.circuit import Circuit, ClockedCircuit
from chipsim.circuits.dac import DAC
from chipsim.circuits.dram import DRAM
from chipsim.circuits.memory import Memory
from chipsim.circuits.part import Part
from chipsim.circuits.scaling import Scaling, StillmakerBaas, whole
from chipsim.circuits.vector_unit import VectorUnit
from chipsim.compose import technology
from chipsim.errors import InputError, Problem, did_you_mean
from chipsim.noc.network import Network
from chipsim.spec import Spec, dimension_of
from chipsim.tree import Node
from chipsim.units import DIMENSIONS, parse, show

KEEP = "keep"
DIGITAL, CONVERTERS = "stillmaker-baas", "adc-survey"
_COSTS = {"energy", "energy per bit", "power", "area"}


@final
@dataclass(frozen=True)
class Wish:
    """What is asked for; lengths in m, voltages in V."""

    node: float
    digital: str = DIGITAL  # type of the scaling of digital circuits
    converters: str = CONVERTERS  # that of converters, or `keep`
    origin: float | None = None  # node of circuits for which neither their component nor the chip says one
    supply: float | None = None  # at the new node; None: the nominal one
    delay: Literal["kept", "scaled"] = "kept"
    parts: tuple[str, ...] = ()  # names of parts that are digital

    def __post_init__(self) -> None:
        for option, name, more in (("--table", self.digital, ()), ("--converters", self.converters, (KEEP,))):
            if name not in Scaling.members and name not in more:
                raise InputError(f"{option} {name}: no such table ({did_you_mean(name, [*Scaling.members, *more])})")


class Fate(NamedTuple):
    """What becomes of one circuit: a scaling, or the reason why there is none."""

    path: str
    circuit: Circuit | Network
    scaling: Scaling | None
    reason: str = ""


def fates(chip: Architecture, tree: Node, wish: Wish) -> list[Fate]:
    """What becomes of every circuit; `tree` is the file that the chip was built from. InputError lists all that cannot be scaled."""
    _check_parts(chip, wish)
    found: list[Fate] = []
    problems: list[Problem] = []
    for path, circuit in circuits(chip):
        try:
            found.append(_fate(path, circuit, chip, tree, wish))
        except InputError as error:
            option = "--converters: dennard, or keep" if isinstance(circuit, ADC) else "--table: dennard takes any node"
            problems += [Problem(f"{problem.message}; or choose another {option}", path) for problem in error.problems]
    if problems:
        raise InputError(problems)
    return found


def circuits(spec: Spec, path: str = "") -> Iterator[tuple[str, Circuit | Network]]:
    """Every circuit of a description with its key, counted from the top; the network's routers stand under `network`."""
    if isinstance(spec, (Circuit, Network)):
        yield path, spec
    for name in type(spec).model_fields:
        value, below = getattr(spec, name), f"{path}.{name}" if path else name
        named: Iterable[tuple[str, Any]] = ((below, value),)
        if isinstance(value, dict):
            named = ((f"{below}.{key}", item) for key, item in value.items())
        elif isinstance(value, tuple):
            named = ((f"{below}.{place}", item) for place, item in enumerate(value))
        for place, item in named:
            if isinstance(item, Spec):
                yield from circuits(item, place)


def is_counted(circuit: Circuit | Network) -> bool:
    """Whether a circuit has any energy, area or power; a network: whether its routers have."""
    for name, field in type(circuit).model_fields.items():
        dimension = dimension_of(field)
        if dimension is not None and dimension.name in _COSTS and getattr(circuit, name):
            return True
    return False


def _fate(path: str, circuit: Circuit | Network, chip: Architecture, tree: Node, wish: Wish) -> Fate:
    table, reason = _table(path, circuit, wish)
    if not is_counted(circuit):
        return Fate(path, circuit, None, "not counted: it has no energy, area or leakage")
    if not table:
        return Fate(path, circuit, None, reason)
    if circuit.scaling is not None:
        return Fate(path, circuit, circuit.scaling.having(**_ends(circuit.scaling, wish)))
    component = component_node(tree, path)
    start = component or chip.node or wish.origin
    if start is None:
        raise InputError(
            "nothing says which node its figures belong to; give the chip a 'node: 14 nm', name a component of the technology "
            "library, or say --from '14 nm'"
        )
    if whole(start) == whole(wish.node):
        return Fate(path, circuit, None, f"its figures are of {whole(start)} nm already")
    return Fate(path, circuit, _scaling(table, start, chip.supply if component in (None, chip.node) else None, wish))


def _table(path: str, circuit: Circuit | Network, wish: Wish) -> tuple[str, str]:
    """The type of scaling, or none and why."""
    if isinstance(circuit, ADC):
        return ("", "left as it is, as asked for (--converters keep)") if wish.converters == KEEP else (wish.converters, "")
    if isinstance(circuit, Part):
        if path.rpartition(".")[2] in wish.parts:
            return wish.digital, ""
        return "", "nothing says whether it is digital; name it with --digital if it is"
    for kind, reason in _STAYS:
        if isinstance(circuit, kind):
            return "", reason
    if isinstance(circuit, (Network, Memory, Accumulator, VectorUnit, ClockedCircuit)):
        return wish.digital, ""
    return "", "analog: set by voltages, currents and times of the array, not by the smallest transistor"


_STAYS: tuple[tuple[type[Circuit], str], ...] = (
    (DAC, "a driver gives the voltage and the current that the cells of a row need, and these stay"),
    (DRAM, "memory in a package of its own"),
    (Bus, "wires: energy of a bit and length changes little from node to node"),
)


def _scaling(table: str, start: float, supply: float | None, wish: Wish) -> Scaling:
    """The scaling of a type from one node to the one asked for, with supplies where the table knows any."""
    member = Scaling.member(table)
    ends: dict[str, Any] = {"from_node": start, "to_node": wish.node}
    if "interpolate" in member.model_fields and not {whole(start), whole(wish.node)} <= set(member.nodes):  # type: ignore[attr-defined]
        ends["interpolate"] = True
    if issubclass(member, StillmakerBaas):
        known = member(**ends)
        nominal = known.nominal_supply(whole(start))
        if supply is not None and not 0.7 <= supply <= max(1.1, nominal):
            raise InputError(
                f"the chip's supply of {show(supply, 'V')} is not among those that '{table}' was fitted for at {whole(start)} nm "
                f"(0.7 to {max(1.1, nominal):.3g} V); leave out `supply`, which then is the nominal {show(nominal, 'V')}"
            )
        ends["supply"] = nominal if supply is None else supply
        ends["to_supply"] = known.nominal_supply(whole(wish.node)) if wish.supply is None else wish.supply
        ends["delay"] = wish.delay
    made = member(**ends)
    assert isinstance(made, Scaling)
    return made


def _ends(old: Scaling, wish: Wish) -> dict[str, Any]:
    """Changes of a scaling that the description has already: the same table, to another node."""
    ends: dict[str, Any] = {"to_node": wish.node}
    if old.nodes and whole(wish.node) not in old.nodes:
        ends["interpolate"] = True
    if isinstance(old, StillmakerBaas) and (wish.supply is not None or old.to_supply is not None):
        nominal = old.having(**ends, to_supply=None, supply=0.8, delay="kept").nominal_supply(whole(wish.node))
        ends["to_supply"] = nominal if wish.supply is None else wish.supply
    return ends


def component_node(tree: Node, path: str) -> float | None:
    """Node (m) of the component that a block of a file names; None where it names none, or one without a node."""
    place: Node | None = tree
    for step in path.split("."):
        place = place.value.get(step) if place is not None and isinstance(place.value, dict) else None
    named = place.value.get("component") if place is not None and isinstance(place.value, dict) else None
    entry = technology().get(str(named.value)) if named is not None else None
    text = str(entry["node"].plain()) if entry and "node" in entry else "none"
    return None if text == "none" else parse(text, DIMENSIONS["length"])


def _check_parts(chip: Architecture, wish: Wish) -> None:
    known = [path.rpartition(".")[2] for path, circuit in circuits(chip) if isinstance(circuit, Part)]
    for name in wish.parts:
        if name not in known:
            raise InputError(f"--digital {name}: '{chip.name}' has no part of that name ({did_you_mean(name, known)})")
