"""What a training took on the chip, for a reader: time, energy, throughput, wear, and what others would take. All from the result."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from rich.console import Console

from chipsim.demand import PUBLISHED, SOURCE
from chipsim.insitu.result import TrainingResult
from chipsim.report.console import bar, heading, say, table
from chipsim.report.demand import print_area, print_energy, print_layers, print_ratios, rate_per_watt_in_full
from chipsim.report.wording import duration, number, percent, rate_per_area, rate_per_watt
from chipsim.result import Row
from chipsim.units import show

YEAR = 31_557_600.0  # s, as in the result
_ASSUMED = 12  # rows of assumed numbers shown unless everything is asked for


def headline(result: TrainingResult) -> list[tuple[str, str, str]]:
    """Name, value and what was counted; nothing without a clock."""
    known = result.metrics
    if not result.timing:
        return []
    return [
        ("time of the training", _with_error(known, "training_time", "s"), "on the chip, all epochs; tests not counted"),
        ("energy of the training", _with_error(known, "training_energy", "J"), "leakage of the whole chip included"),
        ("time of an example", show(known["time_per_example"], "s"), f"steady state: {number(known['examples_per_second'])} examples/s"),
        ("energy of an example", show(known["energy_per_example"], "J"), "forward, backward, update, transfer, leakage"),
        ("sustained efficiency", rate_per_watt(known["sustained_ops_per_watt"]), "6 OP for each synapse and example, see below"),
        ("sustained density", rate_per_area(known["sustained_ops_per_area"]), "the same, on the area of the whole chip"),
    ]


def _with_error(metrics: dict[str, float], name: str, unit: str) -> str:
    """A value, with its standard error in percent of it."""
    value, error = metrics[name], metrics.get(f"{name}_error")
    return show(value, unit) + ("" if error is None or not value else f" +- {percent(_share(error, value), 2)}")


def _share(error: float, value: float) -> float:
    """An error as a share; what is only rounding is none."""
    return error / value if error > 1e-9 * value else 0.0


def render_costs(result: TrainingResult, console: Console) -> None:
    """Print the sections about time and energy; nothing without a clock."""
    if result.timing:
        _stages(result, console)
        _parts(result, console)
        _rates(result, console)
        _published(result, console)
        _wear(result, console)
        _sampling(result, console)


def _stages(result: TrainingResult, console: Console) -> None:
    heading(console, "Time and energy of an example by stage")
    rows = [
        (row["stage"], show(row["busy"], "s") if row["busy"] else "-", show(row["energy"], "J"),
         "-" if row["error"] is None else show(row["error"], "J"), percent(row["share"]), bar(row["share"], console))
        for row in result.stages
    ]  # fmt: skip
    total = sum(row["energy"] for row in result.stages)
    table(console, ("stage", "busiest circuit", "energy", "+-", "share", ""), [*rows, ("sum", "", show(total, "J"), "", "", "")], " rrrr")
    known = result.metrics
    say(
        console,
        f"An example every {show(known['time_per_example'], 's')} in steady state; one alone, forward, backward and update, takes "
        f"{show(known['latency'], 's')}. Stages of different examples and layers work at the same time where the rule allows it.",
    )
    say(console, "busiest circuit: how long it works in this stage for an example; +-: standard error of the sampling", "dim")


def _parts(result: TrainingResult, console: Console) -> None:
    heading(console, "Energy of an example by part")
    sums: dict[str, float] = defaultdict(float)
    for row in result.energy:
        sums[row["part"]] += row["energy"]
    total = sum(sums.values()) or 1.0
    ordered = sorted(sums.items(), key=lambda item: (-item[1], item[0]))
    rows = [(part, show(energy, "J"), percent(energy / total), bar(energy / total, console)) for part, energy in ordered]
    table(console, ("part", "energy", "share", ""), rows, " rr")
    if result.leakage:
        parts = sorted(result.leakage, key=lambda row: -float(row["power"]))
        listed = ", ".join(f"{row['part']} {show(row['power'], 'W')}" for row in parts[:4])
        say(console, f"Static power {show(sum(row['power'] for row in parts), 'W')}: {listed}{', ...' if parts[4:] else ''}")


def _rates(result: TrainingResult, console: Console) -> None:
    heading(console, "Throughput and efficiency")
    known = result.metrics
    rows = []
    for kind in ("sustained", "peak"):
        efficiency, density = rate_per_watt(known[f"{kind}_ops_per_watt"]), rate_per_area(known[f"{kind}_ops_per_area"])
        rows.append((kind, show(known[f"{kind}_ops"], "OP/s"), efficiency, density))
    table(console, ("", "rate", "efficiency", "density"), rows, " rrr")
    power, area = show(known["power"], "W"), show(known["area"], "m2")
    say(console, f"{show(known['ops_per_example'], 'OP')} for an example; {power}, {area}, the whole chip. {result.timing['counting']}")
    say(console, "Peak: all arrays full and busy in all three stages, without network, host, stores and transfer; leakage included.")


def _published(result: TrainingResult, console: Console) -> None:
    heading(console, "Against what was published")
    claim = f"{rate_per_watt_in_full(PUBLISHED.efficiency)} and {rate_per_area(PUBLISHED.density)}"
    say(
        console,
        f"{SOURCE}: {claim}, which is {PUBLISHED.energy * 1e15:.1f} fJ and {PUBLISHED.area_time * 1e21:.0f} um2 ns for an operation. "
        "How it is made up was not published; below, where this chip stands in this training.",
    )
    print_energy(console, result.by_energy, "Of this training, leakage included.")
    print_area(console, result.by_area, "Area of the whole chip x time of an example, for each operation of it.")
    if result.comparators:
        print_ratios(console, result.comparators, "Here: the sustained efficiency and density of this training.")
        print_layers(console, result.elsewhere)


def _wear(result: TrainingResult, console: Console) -> None:
    heading(console, "Pulses and endurance")
    rows = [
        (row["layer"], f"{row['pulses']:.4g}", f"{row['pulses_per_device']:.3g}",
         "-" if row["examples"] is None else f"{row['examples']:.3g}", "-" if row["years"] is None else duration(row["years"] * YEAR))
        for row in result.layers if "pulses" in row
    ]  # fmt: skip
    table(console, ("layer", "pulses of an example", "of a device", "examples until worn", "without a pause"), rows, " rrrr")
    endurance = _endurance(result)
    text = "Mean over the devices of a layer, all arrays of the rule; single devices get more."
    say(console, text + (f" A device survives {endurance:.3g} pulses (learning.endurance)." if endurance else ""))
    if "prepared_pulses" in result.metrics:
        given = number(result.metrics["prepared_pulses"], 4)
        say(console, f"Before it began the rule gave {given} pulses; they are in no time or energy above.")


def _endurance(result: TrainingResult) -> float | None:
    learning = result.experiment.get("architecture", {}).get("tile", {}).get("learning", {})
    return float(learning["endurance"]) if "endurance" in learning else None


def _sampling(result: TrainingResult, console: Console) -> None:
    heading(console, "How time and energy were sampled")
    known = result.timing
    errors = known["error"]
    found = " and ".join(f"{percent(_share(errors[name], 1.0), 2)} of the {name}" for name in ("time", "energy") if name in errors)
    say(
        console,
        f"{number(known['moments'])} moments were played in simulated time, {known['each']:.3g} evenly spread over each epoch, each of "
        f"up to {known['batches']} consecutive mini-batches of {known['samples']}; an epoch has {number(known['of'], 6)}. Every other "
        "mini-batch only learned. Time and energy of an epoch are the mean over its moments times its mini-batches.",
    )
    if known["seldom"]:
        say(
            console,
            f"What the rule does only every {known['period']:,} samples has moments of its own ({known['seldom']} of these); its time "
            "and energy are added for the share of mini-batches in which it happens, and have no part in the error.",
        )
    say(console, f"Standard error of the sampling: {found}." if found else "One moment an epoch has no standard error.")
    say(
        console,
        f"The busiest circuit worked {percent(known['busiest'])} of the time; activation stores were at most {percent(known['fill'])} "
        "full. Not counted: tests, the first writing of the weights, the way of labels.",
    )


def render_assumed(rows: Sequence[Row], console: Console, full: bool) -> None:
    """Numbers that are assumed or without a source; nothing where there are none."""
    if not rows:
        return
    heading(console, "Assumed")
    say(console, f"{len(rows)} numbers are assumed or without a source; those of large shares of energy or area first:")
    shown = rows if full else rows[:_ASSUMED]
    table(console, ("key", "value", "source"), [(row["key"], row["value"], row["source"]) for row in shown])
    if len(shown) < len(rows):
        say(console, f"... and {len(rows) - len(shown)} more", "dim")
