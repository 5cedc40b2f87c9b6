"""Turn pulse traces into a response for training: `python tools/fit_response.py OUT.yaml TRACES [--law soft_bounds] [--plots FOLDER]`.

TRACES is a .csv or .npz file as in chipsim/responses/pulse_traces.py. Every analytic law is fitted by least squares and listed with its
R2 and BIC; the one with the lowest BIC, or the one that --law names, is written as a block ready to paste under `response:`. With
`--law measured_steps` the block names the file itself, whose tables are then resampled. What cannot be fitted is one sentence and
exit code 2.
"""

import argparse
import os
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

import numpy as np
import yaml

from chipsim.errors import InputError
from chipsim.responses import Response
from chipsim.responses.law_fit import LAWS, Fitted, fit, fit_all, table_r2
from chipsim.responses.pulse_steps import Steps, steps_of
from chipsim.responses.pulse_traces import PulseTraces, load_pulse_traces
from chipsim.units import DIMENSIONS, parse, show

TABLES = "measured_steps"


def main(words: list[str]) -> int:
    """Fit what the command line names; exit status 0, or 2 when it cannot be fitted."""
    given = arguments().parse_args(words)
    try:
        traces = load_pulse_traces(given.traces)
        steps = steps_of(traces, given.stuck_below, given.zero, given.unit)
        source = given.source or f"fitted to {given.traces.name}"
        fits = fit_all(steps, source) if steps.falls.any() else {}
        chosen = given.law or next(iter(fits), TABLES)
        block = tables_block(given) if chosen == TABLES else as_block((fits.get(chosen) or fit(steps, chosen, source)).response)
        given.out.write_text(yaml.safe_dump(block, sort_keys=False, allow_unicode=True, width=120), encoding="utf-8")
        print("\n".join([*evidence(traces, steps), *table(steps, fits, chosen)]))
        if given.plots:
            draw(steps, fits, given.plots)
    except InputError as error:
        print(error, file=sys.stderr)
        return error.exit_code
    print(f"{given.out}: a response of type '{chosen}'")
    return 0


def arguments() -> argparse.ArgumentParser:
    """The options of the tool."""
    parser = argparse.ArgumentParser(prog="fit_response.py", description=__doc__.split("\n")[0])
    parser.add_argument("out", type=Path, help="response file (YAML) to write")
    parser.add_argument("traces", type=Path, help="pulse traces, .csv or .npz")
    parser.add_argument("--law", choices=[*LAWS, TABLES], help="law to write (default: the one with the lowest BIC)")
    parser.add_argument("--zero", type=_conductance, help="conductance of weight 0, such as '12 uS' (default: middle of the mean range)")
    parser.add_argument("--unit", type=_conductance, help="conductance of a full-scale weight (default: half of the mean range)")
    parser.add_argument("--stuck-below", type=float, default=0.05, help="share of the usual travel below which a device is stuck (0.05)")
    parser.add_argument("--source", help="where the traces come from, for the file (default: the name of the file)")
    parser.add_argument("--plots", type=Path, metavar="FOLDER", help="draw fits against data into this folder (needs matplotlib)")
    return parser


def as_block(response: Response) -> dict[str, object]:
    """The keys that were fitted; the rest keeps its defaults."""
    return {name: value for name, value in response.plain().items() if name == "type" or name in response.model_fields_set}


def tables_block(given: argparse.Namespace) -> dict[str, object]:
    """A block that resamples the file itself, whose path is relative to the block's own."""
    path = os.path.relpath(given.traces.resolve(), given.out.resolve().parent)
    block: dict[str, object] = {"type": TABLES, "file": path, "source": given.source or f"measured, {given.traces.name}"}
    block |= {name: show(value, "S", 6) for name in ("zero", "unit") if (value := getattr(given, name)) is not None}
    return block


def evidence(traces: PulseTraces, steps: Steps) -> list[str]:
    """What was measured, in a few lines."""
    pulses = int((traces.direction[0] > 0).sum()), int((traces.direction[0] < 0).sum())
    stuck = f"{steps.stuck.size} of {len(traces.held)} do not respond ({100 * steps.stuck_share:.1f} %)"
    lines = [f"{len(traces.held)} devices, {pulses[0]} pulses up and {pulses[1]} down each; {stuck}"]
    if traces.siemens:
        lines.append(f"weight 0 at {show(steps.zero, 'S')}, a full-scale weight is {show(steps.unit, 'S')}")
    noise = f"{steps.read_noise:.3g} of a full-scale weight" if steps.read_noise else "not felt"
    return [*lines, f"noise of a reading: {noise}"]


def table(steps: Steps, fits: dict[str, Fitted], chosen: str) -> list[str]:
    """The laws side by side, the best first."""
    if not fits:
        return ["pulses up only: no law is fitted, the traces are resampled as tables"]
    best = next(iter(fits.values())).bic
    lines = [f"  {'law':20}{'R2':>8}{'BIC - best':>12}{'step':>9}{'states':>8}{'noise':>8}"]
    for law, found in fits.items():
        response, mark = found.response, "*" if law == chosen else " "
        lines.append(
            f"{mark} {law:20}{found.r2:8.4f}{found.bic - best:12.0f}{response.step:9.3g}{response.states:8.0f}{response.noise:8.3f}"
        )
    missing = [law for law in LAWS if law not in fits]
    lines.append(f"  tables of each device (measured_steps): R2 {table_r2(steps):.4f}, as far as the state alone tells the step")
    return [*lines, *([f"  no device with such steps: {', '.join(missing)}"] if missing else [])]


def draw(steps: Steps, fits: dict[str, Fitted], folder: Path) -> None:
    """Mean steps of the data against the state beside those of the average device of each law, as fit.png and fit.svg."""
    try:
        import matplotlib
    except ImportError:
        raise InputError('--plots needs matplotlib: pip install "chipsim[report]"') from None
    matplotlib.use("Agg")
    import matplotlib.pyplot as plt

    figure, panels = plt.subplots(1, 2, figsize=(11, 4.5), constrained_layout=True)
    fine = np.linspace(float(np.quantile(steps.low, 0.2)), float(np.quantile(steps.high, 0.8)), 60)
    for axes, up in zip(panels, (True, False), strict=True):
        middles, means, spreads = binned(steps, up, np.linspace(fine[0], fine[-1], 16))
        axes.errorbar(middles, means, spreads, fmt="o", color="0.3", label="mean over devices, spread between them")
        for law, found in fits.items():
            cells, _ = found.response.average()
            mean = found.response.mean_steps(cells, fine[None, :])[0 if up else 1][0]
            axes.plot(fine, np.broadcast_to(mean, fine.shape), label=law)
        axes.axhline(0, color="0.8", linewidth=0.8)
        axes.set(xlabel="weight", ylabel="step", title=f"pulses {'up' if up else 'down'}")
    panels[0].legend(fontsize="small", loc="upper right")  # steps up become smaller upwards: there is room
    folder.mkdir(parents=True, exist_ok=True)
    for suffix in ("png", "svg"):
        figure.savefig(folder / f"fit.{suffix}", dpi=120)
    plt.close(figure)


def binned(steps: Steps, up: bool, edges: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Middles of the bins of the state, mean and spread over the devices of their mean steps there; all devices count alike."""
    place = np.where(steps.of(up), np.digitize(steps.state, edges) - 1, -1)
    found = []
    for number in range(len(edges) - 1):
        here = place == number
        counts = here.sum(axis=1)
        means = (steps.change * here).sum(axis=1)[counts > 0] / counts[counts > 0]
        if means.size > 2:
            found.append(((edges[number] + edges[number + 1]) / 2, means.mean(), means.std()))
    return tuple(np.array(found).reshape(-1, 3).T)


def _conductance(text: str) -> float:
    try:
        return parse(text, DIMENSIONS["conductance"])
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from None


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
