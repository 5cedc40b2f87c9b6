"""A cluster as an engine: Dask distributed, on this machine, at the address of a scheduler, or as jobs of a batch system.

Dask distributed has its door here. The workers need the same chipsim and the same file system; both are checked before anything is run.
"""

from __future__ import annotations

import logging
import math
import os
import re
import time as wall_clock
import uuid
from concurrent.futures import Executor
from contextlib import suppress
from dataclasses import dataclass
from http.client import HTTPException
from pathlib import Path
from typing import Any, final
from urllib.request import ProxyHandler, build_opener

from chipsim.errors import CheckError, InputError, did_you_mean
from chipsim.sweep.batch import BATCH, Batch, Options, options_of
from chipsim.sweep.engines import SHARE, Engine, GivenUpError, Local, cores
from chipsim.sweep.folder import writing
from chipsim.sweep.stamp import Seen, look, stamp
from chipsim.sweep.worker import total_memory

ENGINES = ("local", "dask")
LOUD = ("distributed", "tornado", "bokeh", "asyncio")
NOBODY_LEFT = 60.0  # s without any worker after which a sweep is given up
DASHBOARD = 3.0  # s for a dashboard to answer
LOOK = 2.0  # s between two questions who is there


@final
@dataclass(frozen=True)
class Choice:
    """The engine that a user asks for on the command line."""

    engine: str = "local"
    workers: int | None = None
    memory: str = ""  # that a worker may take, such as 4 GB
    cluster: str = ""
    options: tuple[str, ...] = ()  # key=value, of a batch system

    def check(self) -> None:
        """InputError for an engine that there is not, or options that it does not take; begins nothing."""
        if self.engine not in ENGINES:
            raise InputError(f"--engine {self.engine}: no such engine ({did_you_mean(self.engine, ENGINES)})")
        if self.workers is not None and self.workers < 1:
            raise InputError(f"--workers {self.workers}: expected at least 1")
        if self.memory:
            bytes_of(self.memory)
        if self.engine == "dask":
            _dask()
            self._check_cluster(options_of(self.options))
        elif self.cluster or self.options:
            raise InputError(f"{'--cluster' if self.cluster else '--cluster-option'}: belongs to --engine dask")

    def _check_cluster(self, options: Options) -> None:
        place = self.cluster or "local"
        if _is_batch(place):
            Batch.of(place, options).check()
            return
        if place != "local" and "://" not in place and not place.endswith(".json"):
            kinds = f"local, {', '.join(BATCH)}, the address of a scheduler (tcp://HOST:8786), its .json file, or a YAML file"
            raise InputError(f"--cluster {place}: expected {kinds}")
        if options:
            raise InputError(f"--cluster-option: belongs to a batch system ({', '.join(BATCH)}), got --cluster {place}")
        if "://" not in place and place.endswith(".json") and not Path(place).is_file():
            raise InputError(f"--cluster {place}: there is no such file; a scheduler writes it with 'dask scheduler --scheduler-file'")

    def begun(self) -> Engine:
        """The engine, ready; InputError where there is no such engine, or it cannot be reached."""
        self.check()
        memory = bytes_of(self.memory) if self.memory else None
        if self.engine == "dask":
            return dask_engine(self.cluster or "local", self.workers, memory, options_of(self.options))
        return Local(self.workers, memory)

    def job_script(self) -> str:
        """The job script of a batch system, for a look before anything is submitted."""
        _dask()
        if not _is_batch(self.cluster):
            got = f"--cluster {self.cluster}" if self.cluster else "no --cluster"
            raise InputError(f"--job-script: a job is of --cluster {', '.join(BATCH)}, or of a YAML file; got {got}")
        return Batch.of(self.cluster, options_of(self.options)).script()


def _is_batch(cluster: str) -> bool:
    return cluster in BATCH or cluster.endswith((".yaml", ".yml"))


def bytes_of(text: str) -> int:
    """Bytes of a text such as `4 GB` or `512 MiB`; InputError where it is none."""
    found = re.fullmatch(r"([0-9]+(?:\.[0-9]+)?) *([KMGT]i?)?B", text.strip())
    if not found or not float(found[1]):
        raise InputError(f"--memory {text}: expected a size such as '4 GB' or '512 MB'")
    prefix = found[2] or ""
    return int(float(found[1]) * (1024 if prefix.endswith("i") else 1000) ** (" KMGT".index(prefix[:1] or " ")))


def _dask() -> Any:
    """Dask distributed, without its log; InputError where it is not installed."""
    try:
        import distributed
    except ImportError:
        raise InputError('--engine dask needs dask: pip install "chipsim[sweep]"') from None
    quiet()
    return distributed


def quiet() -> None:
    """Have the libraries of a cluster log nothing: what matters to a user is said in a sentence."""
    for name in (*LOUD, *logging.root.manager.loggerDict):  # some have levels of their own
        if name.partition(".")[0] in LOUD:
            logging.getLogger(name).setLevel(logging.CRITICAL + 1)


def dask_engine(cluster: str, workers: int | None, memory: int | None, options: Options) -> Dask:
    """A cluster by name, address or file; InputError where it is none, or cannot be reached in time."""
    distributed = _dask()
    if cluster == "local":
        count = workers or cores()
        bound = memory if memory is not None else int(SHARE * total_memory() / count)
        own = distributed.LocalCluster(
            n_workers=count, threads_per_worker=1, processes=True, memory_limit=bound or "auto", dashboard_address="127.0.0.1:0",
            silence_logs=logging.CRITICAL,
        )  # fmt: skip
        return Dask(distributed.Client(own), own, "dask", count)
    if _is_batch(cluster):
        batch = Batch.of(cluster, options)
        begun = batch.begin()
        return Dask(distributed.Client(begun), begun, f"dask on {batch.system}", batch.workers)
    return Dask(_client(cluster), None, "dask", workers)


def timeout() -> float:
    """Seconds that a scheduler may take to answer: Dask's own setting, at most 30."""
    import dask.config
    import dask.utils

    return min(30.0, float(dask.utils.parse_timedelta(dask.config.get("distributed.comm.timeouts.connect", "30s"))))


def _client(place: str) -> Any:
    """A client of a running scheduler; InputError when it does not answer in time."""
    distributed, wait = _dask(), timeout()
    address: dict[str, Any] = {"scheduler_file": place} if place.endswith(".json") else {"address": place}
    try:
        return distributed.Client(**address, timeout=wait, set_as_default=False)
    except (OSError, TimeoutError, ValueError, KeyError, ImportError) as error:
        reason = " ".join(str(error).split()) or type(error).__name__
        told = f"--cluster {place}: no scheduler answers there within {wait:g} s; is it running, and may this machine connect to it?"
        raise InputError(f"{told} ({reason:.160})") from None


@final
class Dask(Engine):
    """Workers of a Dask cluster."""

    def __init__(self, client: Any, cluster: Any, name: str, wanted: int | None) -> None:
        """`cluster`: what was begun here and ends with this engine; None for a scheduler of somebody else."""
        self.client, self.cluster, self.name, self.wanted = client, cluster, name, wanted
        quiet()
        self.address, self.dashboard = str(client.scheduler.address), _dashboard(client)
        self._somebody = wall_clock.monotonic()
        self._asked, self._there = -math.inf, 0

    @property
    def workers(self) -> int:
        """Threads of the workers that are there, or those that were asked for as long as there are none."""
        return max(1, self.wanted or 0, self._threads())

    def _threads(self) -> int:
        """Threads of the workers that are there; asked for now and then, and as they were where the scheduler does not answer."""
        now = wall_clock.monotonic()
        if now - self._asked > LOOK and self.client.status == "running":
            with suppress(OSError, TimeoutError, RuntimeError):
                self._there = sum(int(count) for count in self.client.nthreads().values())
            self._asked = wall_clock.monotonic()
        return self._there

    def executor(self) -> Executor:
        return self.client.get_executor(pure=False)  # type: ignore[no-any-return]

    def alone(self) -> Executor:
        return self.executor()

    def drop(self, executor: Executor) -> None:
        if self.client.status == "running":
            executor.shutdown(wait=False)

    def greet(self, folder: Path) -> None:
        if self.cluster is None or self.name == "dask":
            self._wait_for_somebody()
        token = uuid.uuid4().hex
        probe = folder / f".probe-{token}"
        with writing(folder):
            probe.write_text(token)
        try:
            found = self.client.run(look, os.path.abspath(folder), token, on_error="return")
        finally:
            probe.unlink(missing_ok=True)
        problems = [f"{address}: {text}" for address, seen in found.items() if (text := _problem(seen, folder))]
        if problems:
            raise InputError("\n".join(problems))

    def _wait_for_somebody(self) -> None:
        try:
            self.client.wait_for_workers(1 if self.cluster is None else self.wanted, timeout=timeout())
        except TimeoutError:
            raise InputError(f"the scheduler at {self.address} has no workers; start some with: dask worker {self.address}") from None

    def check(self) -> None:
        if self.client.status not in ("running", "connecting"):
            raise CheckError(f"the scheduler at {self.address} was lost")
        if self.name != "dask" or self._threads():
            self._somebody = wall_clock.monotonic()
        elif wall_clock.monotonic() - self._somebody > NOBODY_LEFT:
            raise CheckError(f"the scheduler at {self.address} has had no workers for {NOBODY_LEFT:g} s")

    def lost(self, error: BaseException) -> str:
        from distributed.scheduler import KilledWorker

        if isinstance(error, KilledWorker):
            return ""
        if isinstance(error, (GivenUpError, OSError, TimeoutError)):
            return f"the scheduler at {self.address} was lost"
        return f"a worker of {self.address} cannot answer points ({type(error).__name__}: {error}); is the same chipsim installed there?"

    def facts(self) -> dict[str, Any]:
        workers = max(1, self.wanted or 0, self._there)
        dashboard = {"dashboard": self.dashboard} if self.dashboard else {}
        return {"engine": self.name, "workers": workers, "address": self.address} | dashboard

    def close(self) -> None:
        for item in (self.client, self.cluster):
            try:
                if item is not None:
                    item.close(timeout=5)
            except (OSError, TimeoutError, RuntimeError):  # it was lost: nothing to close
                continue


def _dashboard(client: Any) -> str:
    """The address of the dashboard, empty where none is found there: a scheduler names the same address without one."""
    try:
        link = str(client.dashboard_link)
        with build_opener(ProxyHandler({})).open(link, timeout=DASHBOARD):
            return link
    except (OSError, ValueError, KeyError, HTTPException):
        return ""


def _problem(seen: Any, folder: Path) -> str:
    """What is wrong with a worker, empty where nothing is."""
    if isinstance(seen, BaseException):
        return f"a worker that cannot load chipsim ({type(seen).__name__}: {seen}); install chipsim {stamp()} there"
    found = Seen(*seen)
    if found.stamp != stamp():
        return f"a worker runs chipsim {found.stamp}, but this is {stamp()}; install the same on both"
    if not found.reads or found.writes:
        why = found.writes or "what is written here is not there"
        return f"a worker does not share the folder {folder} ({why}); workers need the same file system"
    return ""
