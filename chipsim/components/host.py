"""The host interface: the source that feeds images and the sink that collects results."""

from __future__ import annotations

from collections.abc import Callable, Generator
from typing import Any, final

import numpy as np
import simpy

from chipsim.architecture import Host
from chipsim.clock import Clock
from chipsim.components.station import Station, Work
from chipsim.components.token import Floats
from chipsim.fabric.fabric import Fabric
from chipsim.mapping.dataflow import Stage
from chipsim.recorder import Recorder
from chipsim.units import picoseconds


@final
class SourceStation(Station):
    """Sends the vectors of image after image at the interface's data rate, as far as the first buffers have room."""

    def __init__(
        self,
        clock: Clock,
        stage: Stage,
        fabric: Fabric,
        recorder: Recorder,
        host: Host,
        image_of: Callable[[int], Floats],
        bits: int,
        limit: int,
    ) -> None:
        self.host, self.image_of, self.limit = host, image_of, limit
        self.bits = bits * (stage.channels[1] - stage.channels[0])  # of one vector
        self.started: dict[int, int] = {}
        super().__init__(clock, stage, fabric, recorder)

    def life(self) -> Generator[simpy.Event, Any, None]:
        """Every image up to the limit (which a fast-forward may lower while the run goes on)."""
        while self.sample < self.limit:
            for unit in range(self.stage.tensor.units):
                self.unit = unit
                yield from self._do(self.sample, unit)
            self.sample += 1
        self.phase = "done"

    def work(self, sample: int, unit: int) -> Work:
        """One unit of the image."""
        self.started.setdefault(sample, int(self.clock.now))
        y, x = self.stage.tensor.start(unit)
        count = self.stage.tensor.vectors
        values = self.image_of(sample)[:, y, x : x + count].T
        self.ledger.note("host", "host", "move", self.bits, count)
        interval = picoseconds(self.bits / self.host.bandwidth)
        return Work(np.ascontiguousarray(values), interval, [interval] * count)


@final
class SinkStation(Station):
    """Takes every result as it comes; a sample is complete when its last vector has crossed the interface."""

    def __init__(
        self, clock: Clock, stage: Stage, fabric: Fabric, recorder: Recorder, host: Host, bits: int, done: Callable[[int], None]
    ) -> None:
        self.host, self.done = host, done
        self.bits = bits * (stage.channels[1] - stage.channels[0])
        self.finished: dict[int, int] = {}
        self.outputs: dict[int, Floats] = {}
        super().__init__(clock, stage, fabric, recorder)

    def work(self, sample: int, unit: int) -> Work:
        """One unit of the output, moved out of the chip."""
        count = self.stage.tensor.vectors
        self.ledger.note("host", "host", "move", self.bits, count)
        interval = picoseconds(self.bits / self.host.bandwidth)
        return Work(np.empty((0, 0), np.float32), interval, [interval] * count)

    def _start(self, sample: int, unit: int, last_ready: int) -> None:
        super()._start(sample, unit, last_ready)
        self.outbox.queue.clear()  # results leave the chip here
        if unit == self.stage.tensor.units - 1:
            self.outputs[sample] = self.inboxes[0].image(sample)
            self.finished[sample] = self.until
            self.done(sample)
