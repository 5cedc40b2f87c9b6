"""Pictures of an answer for a notebook: those that `--plots` and `--into` write, shown where they are asked for."""

from __future__ import annotations

import base64
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from html import escape
from pathlib import Path
from typing import Any, final

from chipsim.errors import InputError, did_you_mean
from chipsim.insitu.result import TrainingResult
from chipsim.report import (
    array_size_plots,
    device_plots,
    drift_plots,
    injection_plots,
    plots,
    program_plots,
    response_plots,
    sweep_plots,
    tornado_plots,
    training_plots,
    uncertainty_plots,
)
from chipsim.result import Result
from chipsim.studies.array_size import ArraySizeStudy
from chipsim.studies.device import DeviceStudy
from chipsim.studies.drift import DriftStudy
from chipsim.studies.injection import InjectionStudy
from chipsim.studies.program import ProgramStudy
from chipsim.studies.response import ResponseStudy
from chipsim.studies.tornado import TornadoStudy
from chipsim.studies.uncertainty import UncertaintyStudy
from chipsim.sweep.table import SweepTable
from chipsim.tabular import Tabular

WRITERS: dict[type[Tabular], Callable[[Any, Path], list[Path]]] = {
    Result: plots.write_plots,
    TrainingResult: training_plots.write_plots,
    SweepTable: sweep_plots.write_sweep_plots,
    ArraySizeStudy: array_size_plots.write_plots,
    DeviceStudy: device_plots.write_plots,
    DriftStudy: drift_plots.write_plots,
    InjectionStudy: injection_plots.write_plots,
    ProgramStudy: program_plots.write_plots,
    ResponseStudy: response_plots.write_plots,
    TornadoStudy: tornado_plots.write_plots,
    UncertaintyStudy: uncertainty_plots.write_plots,
}


@final
@dataclass(frozen=True, repr=False)
class Gallery:
    """Pictures by name, as PNG."""

    pictures: dict[str, bytes]

    def __repr__(self) -> str:
        return f"Gallery of {', '.join(self.pictures)}"

    def save(self, folder: str | Path) -> list[Path]:
        """Write every picture into a folder."""
        target = Path(folder)
        target.mkdir(parents=True, exist_ok=True)
        files = [target / f"{name}.png" for name in self.pictures]
        for file, data in zip(files, self.pictures.values(), strict=True):
            file.write_bytes(data)
        return files

    def _repr_html_(self) -> str:
        return "".join(
            f'<img alt="{escape(name)}" style="max-width: 420px; vertical-align: top" src="data:image/png;base64,'
            f'{base64.b64encode(data).decode()}">'
            for name, data in self.pictures.items()
        )


def draw(answer: Tabular, *names: str) -> Gallery:
    """The pictures of a result, a sweep or a study; only those named, where names are given.

    InputError for an answer without pictures, an unknown name, or when matplotlib is missing.
    """
    write = WRITERS.get(type(answer))
    if write is None:
        drawn = ", ".join(sorted(kind.__name__ for kind in WRITERS))
        raise InputError(f"draw: there are no pictures of a {type(answer).__name__}; there are some of {drawn}")
    with tempfile.TemporaryDirectory() as folder:
        found = {file.stem: file.read_bytes() for file in write(answer, Path(folder))}
    for name in names:
        if name not in found:
            raise InputError(f"draw: there is no picture '{name}' of this {type(answer).__name__} ({did_you_mean(name, found)})")
    return Gallery({name: found[name] for name in names or found})
