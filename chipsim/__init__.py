"""chipsim: values, time, energy and drift of analog in-memory-computing chips in one discrete-event run.

    import chipsim
    result = chipsim.load("experiment.yaml").run()        # or load("workloads/mlp-mnist.yaml", "architectures/pcm-64.yaml")
    xbar = chipsim.Crossbar(chipsim.Array(...)); xbar.program(w); y = x @ xbar

Names are imported when they are first used, so that `import chipsim` costs nothing.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

from chipsim.version import VERSION as __version__

if TYPE_CHECKING:
    from chipsim.architecture import Architecture, Tile
    from chipsim.circuits.array import Array
    from chipsim.circuits.cell import Cell, Pair
    from chipsim.circuits.crossbar import Crossbar
    from chipsim.devices import PCM, Device, Ideal
    from chipsim.errors import CheckError, ChipsimError, InputError
    from chipsim.experiment import Experiment
    from chipsim.experiment import load_experiment as load
    from chipsim.insitu.experiment import TrainingExperiment, load_training
    from chipsim.insitu.question import TrainingQuestion
    from chipsim.insitu.result import TrainingResult
    from chipsim.mapping.mapping import MappingOptions
    from chipsim.question import Question
    from chipsim.report.gallery import draw
    from chipsim.result import Result
    from chipsim.streams import Stream
    from chipsim.sweep.call import run_sweep
    from chipsim.sweep.table import SweepTable
    from chipsim.verbs.call import run
    from chipsim.workload.from_torch import from_torch
    from chipsim.workload.graph import Workload
    from chipsim.workload.load import load_workload
    from chipsim.workload.save import save_workload

_PLACES = {
    "Architecture": "chipsim.architecture", "Array": "chipsim.circuits.array", "Cell": "chipsim.circuits.cell",
    "CheckError": "chipsim.errors", "ChipsimError": "chipsim.errors", "Crossbar": "chipsim.circuits.crossbar",
    "Device": "chipsim.devices", "Experiment": "chipsim.experiment", "Ideal": "chipsim.devices",
    "InputError": "chipsim.errors", "MappingOptions": "chipsim.mapping.mapping",
    "PCM": "chipsim.devices", "Pair": "chipsim.circuits.cell",
    "Question": "chipsim.question", "Result": "chipsim.result", "Stream": "chipsim.streams",
    "SweepTable": "chipsim.sweep.table",
    "Tile": "chipsim.architecture", "TrainingExperiment": "chipsim.insitu.experiment",
    "TrainingQuestion": "chipsim.insitu.question", "TrainingResult": "chipsim.insitu.result",
    "Workload": "chipsim.workload.graph", "draw": "chipsim.report.gallery",
    "from_torch": "chipsim.workload.from_torch", "load": "chipsim.experiment", "load_training": "chipsim.insitu.experiment",
    "load_workload": "chipsim.workload.load", "run_sweep": "chipsim.sweep.call",
    "run": "chipsim.verbs.call", "save_workload": "chipsim.workload.save",
}  # fmt: skip
_RENAMED = {"load": "load_experiment"}

__all__ = [
    "PCM", "Architecture", "Array", "Cell", "CheckError", "ChipsimError", "Crossbar", "Device", "Experiment", "Ideal",
    "InputError", "MappingOptions", "Pair", "Question", "Result", "Stream", "SweepTable", "Tile", "TrainingExperiment",
    "TrainingQuestion", "TrainingResult", "Workload", "__version__", "draw", "from_torch", "load", "load_training",
    "load_workload", "run", "run_sweep", "save_workload",
]  # fmt: skip


def __getattr__(name: str) -> Any:
    if name not in _PLACES:
        raise AttributeError(f"module 'chipsim' has no attribute '{name}'")
    value = getattr(importlib.import_module(_PLACES[name]), _RENAMED.get(name, name))
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return __all__
