"""No price acts on anything while the clock runs: a chip with impossible prices does the same, and is priced when it is over."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import numpy as np
import pytest
from builders import add, built, chip, conv, linear, mapped, network, pool
from commands import HOUSE

from chipsim.architecture import Architecture
from chipsim.chip import TimedRun
from chipsim.compose import changed, read
from chipsim.errors import CheckError
from chipsim.programmed import ProgrammedNetwork
from chipsim.programming import Gradient, OneShot, Programmer, WriteVerify
from chipsim.reading import build
from chipsim.spec import Spec, dimension_of
from chipsim.streams import Stream
from chipsim.summary import area_rows, energy_rows
from chipsim.writing import Writing, Written

S = TypeVar("S", bound=Spec)
IMPOSSIBLE = -1.0  # J, W, m2: whoever adds it up is told, and no tile has an edge
PAID = ("joule", "watt", "meter**2")
CONVOLUTION = network([2, 5, 4], conv("a", 4, padding=1, activation="relu"), pool("p"), linear("fc", 3), samples=2)
RECURRENT = network([6, 3, 1], {"type": "lstm", "name": "cell", "hidden_size": 5}, linear("fc", 3), samples=2)
BLOCK = network(
    [4, 4, 1],
    *(conv(name, 4, 1, inputs=["input"]) for name in "qkv"),
    {"type": "attention", "name": "mix", "inputs": list("qkv"), "head_size": 2},
    add("sum", "mix", "input"),
    {"type": "layer_norm", "name": "norm"},
    samples=2,
)
PROGRAMMERS = [OneShot(), WriteVerify(iterations=4), Gradient(iterations=3, batch=8)]
CREDITS = "network.flow_control={type: credits, buffer: 64}"
CHIPS: dict[str, tuple[Callable[[], Architecture], Any]] = {
    "pcm-64": (lambda: house("pcm-64"), CONVOLUTION),
    "pcm-64, recurrent": (lambda: house("pcm-64"), RECURRENT),
    "pcm-64, credits": (lambda: house("pcm-64", CREDITS), CONVOLUTION),
    "first-chip": (lambda: house("first-chip"), CONVOLUTION),
    "reram-chip": (lambda: house("reram-chip"), CONVOLUTION),
    "jain-mesh, cores": (lambda: house("jain-mesh"), BLOCK),
    "isaac, bus": (lambda: house("isaac"), CONVOLUTION),
    "mnist-two-tile, durations": (lambda: house("mnist-two-tile"), network([8, 1, 1], linear("fc", 6), samples=2)),
    "package": (lambda: chip(network={"topology": PACKAGE, "pitch": None}), network([40, 1, 1], linear("a", 16), samples=2)),
    "retries": (lambda: chip(array={"adc": {"type": "sar", "bound": 0.5}, "bound_management": 2}), CONVOLUTION),
}
PACKAGE = {
    "type": "package", "chip": {"type": "mesh", "columns": 2, "rows": 1}, "columns": 2, "rows": 2,
    "link": {"bandwidth": "8 Gb/s", "energy": "2 pJ/b", "area": "0.1 mm2"},
}  # fmt: skip


def house(name: str, *changes: str) -> Architecture:
    node = read(HOUSE / "architectures" / f"{name}.yaml")
    for change in changes:
        node = changed(node, change)
    return build(Architecture, node)


def at(spec: S, price: float) -> S:
    """A description with every energy, power, area and quotient of them replaced, without a check."""
    values = {}
    for name, field in type(spec).model_fields.items():
        value, dimension = getattr(spec, name), dimension_of(field)
        if isinstance(value, Spec):
            values[name] = at(value, price)
        elif isinstance(value, dict) and any(isinstance(item, Spec) for item in value.values()):
            values[name] = {key: at(item, price) for key, item in value.items()}
        elif dimension is not None and dimension.unit.split("/")[0] in PAID and value is not None:
            values[name] = price
    return spec.model_copy(update=values)


def run(machine: Architecture, workload: Any) -> TimedRun:
    return built(workload, machine, stream=4, copies="none").run()


def write(machine: Architecture, programmer: Programmer) -> Written:
    net = ProgrammedNetwork(CONVOLUTION, machine, mapped(CONVOLUTION, machine), programmer, Stream(3).child("chip 0"))
    return Writing(machine, net).run()


def test_every_kind_of_price_is_replaced() -> None:
    blank = at(house("jain-mesh"), 7.0)
    assert blank.tile.measured is not None
    assert blank.cores is not None
    core = next(iter(blank.cores.values()))
    found = [blank.tile.measured.energy, blank.tile.measured.area, blank.network.link_energy, blank.host.energy, core.buffer.read_energy]
    assert [*found, blank.tile.array.cell.device.pulse.energy, blank.other_power] == [7.0] * 7
    assert blank.tile.array.product_time == house("jain-mesh").tile.array.product_time


@pytest.mark.parametrize("name", CHIPS)
def test_a_run_that_knows_no_price_is_the_run_once_it_is_priced(name: str) -> None:
    machine, workload = CHIPS[name][0](), CHIPS[name][1]
    real, unknown = run(machine, workload), run(at(machine, IMPOSSIBLE), workload)
    assert unknown.finished == real.finished
    assert all(np.array_equal(unknown.outputs[sample], values) for sample, values in real.outputs.items())
    with pytest.raises(CheckError, match="charged -"):
        _ = unknown.energy
    priced = unknown.priced(machine)
    assert priced.energy == real.energy
    assert priced.carriage == real.carriage
    assert priced.tariff == real.tariff
    assert min(real.energy.values()) >= 0
    assert real.spent > 0


@pytest.fixture
def looked_at(monkeypatch) -> set[str]:
    """The prices that were looked at since, by class and key."""
    found: set[str] = set()
    plain = Spec.__getattribute__

    def noted(spec: Spec, name: str) -> Any:
        field = type(spec).__pydantic_fields__.get(name)
        dimension = dimension_of(field) if field is not None else None
        if dimension is not None and dimension.unit.split("/")[0] in PAID:
            found.add(f"{type(spec).__name__}.{name}")
        return plain(spec, name)

    monkeypatch.setattr(Spec, "__getattribute__", noted)
    return found


@pytest.mark.parametrize("name", CHIPS)
def test_no_price_is_looked_at_while_the_clock_runs(name: str, looked_at: set[str]) -> None:
    machine, workload = CHIPS[name][0](), CHIPS[name][1]
    ready = built(workload, machine, stream=2, copies="none")
    looked_at.clear()
    ran = ready.run()
    assert looked_at == set()
    assert ran.spent > 0
    assert "Host.energy" in looked_at


@pytest.mark.parametrize("programmer", PROGRAMMERS, ids=lambda one: one.type_name)
def test_no_price_is_looked_at_while_weights_are_written(programmer: Programmer, looked_at: set[str]) -> None:
    machine = house("first-chip")
    net = ProgrammedNetwork(CONVOLUTION, machine, mapped(CONVOLUTION, machine), programmer, Stream(3).child("chip 0"))
    writing = Writing(machine, net)
    looked_at.clear()
    written = writing.run()
    assert looked_at == set()
    assert written.energy > 0
    assert "Pulse.energy" in looked_at


@pytest.mark.parametrize("name", ["pcm-64", "isaac, bus"])
def test_an_area_or_a_power_acts_on_no_count_and_an_energy_on_its_own_sum(name: str) -> None:
    machine, workload = CHIPS[name][0](), CHIPS[name][1]
    told = run(machine, workload)
    tile = machine.tile
    dear = machine.having(tile=tile.having(neuron=tile.neuron.having(energy=3e-14, area=0.0, leakage=1.0)))
    priced = told.priced(dear)
    assert priced.energy == run(dear, workload).energy
    changed_parts = {entry.part for entry, energy in priced.energy.items() if energy != told.energy[entry]}
    assert changed_parts == {"neuron"}
    assert told.priced(machine).energy == told.energy


@pytest.mark.parametrize("name", ["pcm-64", "jain-mesh, cores", "package"])
def test_what_is_priced_adds_up_to_the_table(name: str) -> None:
    machine, workload = CHIPS[name][0](), CHIPS[name][1]
    priced = run(at(machine, 0.0), workload).priced(machine)
    table = energy_rows(priced, [{"part": "adc", "power": 2e-3}], 1e-6)
    assert sum(row["energy"] for row in table) == pytest.approx(priced.spent / priced.simulated + priced.carriage.total + 2e-9, rel=1e-12)
    assert area_rows(machine, 1, 1) == area_rows(priced.architecture, 1, 1)


@pytest.mark.parametrize("programmer", PROGRAMMERS, ids=lambda one: one.type_name)
@pytest.mark.parametrize("name", ["pcm-64", "pcm-64, credits", "first-chip"])
def test_a_chip_is_written_without_a_look_at_prices(name: str, programmer: Programmer) -> None:
    machine = CHIPS[name][0]()
    real, unknown = write(machine, programmer), write(at(machine, IMPOSSIBLE), programmer)
    assert unknown.duration == real.duration
    with pytest.raises(CheckError, match="charged -"):
        _ = unknown.energy
    priced = unknown.priced(machine)
    assert priced.spent == real.spent
    assert priced.network_energy == real.network_energy
    assert priced.energy == real.energy > 0
    array = machine.tile.array
    device = array.cell.device.having(pulse=array.cell.device.pulse.having(energy=1e-6))
    dear = machine.having(tile=machine.tile.having(array=array.having(cell=array.cell.having(device=device))))
    assert priced.priced(dear).energy == write(dear, programmer).energy > real.energy
