"""Jobs of a batch system: what is asked of SLURM, PBS, LSF or SGE, and the script of one job. Only this file knows dask-jobqueue."""

from __future__ import annotations

import re
import shutil
from collections.abc import Mapping, Sequence
from inspect import signature
from typing import Any, NamedTuple, final

from chipsim.compose import read
from chipsim.errors import InputError, did_you_mean
from chipsim.tree import parse_value

BATCH = {"slurm": "SLURM", "pbs": "PBS", "lsf": "LSF", "sge": "SGE"}
OURS = ("jobs",)  # options that are not dask-jobqueue's
NOT_ASKED = {"self", "scheduler", "name", "base_class_kwargs", "kwargs", "args"}  # what chipsim says itself
OTHER_WORDS = {"account": "project", "project": "account", "partition": "queue", "time": "walltime", "mem": "memory", "cpus": "cores"}
ONE_THREAD = [f"export {name}_NUM_THREADS=1" for name in ("OMP", "OPENBLAS", "MKL")]
SCHEDULER = "tcp://SCHEDULER:8786"  # stands in a job script that is only shown

Options = Mapping[str, Any]


def options_of(texts: Sequence[str]) -> dict[str, Any]:
    """Options of a batch system from `key=value`, values read as YAML."""
    found: dict[str, Any] = {}
    for text in texts:
        key, equals, value = text.partition("=")
        if not equals or not key.strip():
            raise InputError(f"--cluster-option {text}: expected key=value, such as queue=long")
        found[key.strip()] = parse_value(value, f"--cluster-option {text}").plain()
    return found


@final
class Batch(NamedTuple):
    """A batch system with what a job asks of it."""

    system: str  # of BATCH
    options: dict[str, Any]

    @classmethod
    def of(cls, cluster: str, options: Options) -> Batch:
        """From its name, or from a YAML file with `type:` and its options; `options` go before those of the file."""
        if not cluster.endswith((".yaml", ".yml")):
            return cls(cluster, dict(options))
        block = read(cluster).plain()
        system = block.pop("type", None) if isinstance(block, dict) else None
        if system not in BATCH:
            raise InputError(f"{cluster}: type: {system!r:.40}; expected one of {', '.join(BATCH)}")
        return cls(system, block | options)

    @property
    def jobs(self) -> int:
        """How many jobs are wanted."""
        jobs = self.options.get("jobs", 1)
        if not isinstance(jobs, int) or jobs < 1:
            raise InputError(f"jobs: {jobs!r:.40}; expected at least 1")
        return jobs

    @property
    def workers(self) -> int:
        """Workers of all jobs together, one for each core."""
        return self.jobs * int(self.asked["processes"])

    @property
    def asked(self) -> dict[str, Any]:
        """What dask-jobqueue is told: one process with one thread for each core."""
        own = {name: value for name, value in self.options.items() if name not in OURS}
        own.setdefault("cores", 1)
        own.setdefault("processes", own["cores"])
        own.setdefault("memory", f"{4 * own['cores']} GB" if isinstance(own["cores"], int) else "4 GB")
        own["job_script_prologue"] = [*ONE_THREAD, *own.get("job_script_prologue", ())]
        return own

    def kind(self) -> Any:
        """The class of dask-jobqueue."""
        try:
            import dask_jobqueue
        except ImportError:
            raise InputError(f'--cluster {self.system} needs dask-jobqueue: pip install "chipsim[sweep]"') from None
        return getattr(dask_jobqueue, f"{BATCH[self.system]}Cluster")

    def script(self) -> str:
        """The script of one job, without starting anything; InputError for options that it does not take."""
        kind = self.kind()
        assert self.jobs
        self._check_options(kind)
        try:
            return str(kind.job_cls(scheduler=SCHEDULER, name="chipsim", **self.asked).job_script())
        except (TypeError, ValueError) as error:
            raise InputError(f"--cluster-option: {' '.join(str(error).split())}; see dask-jobqueue, {kind.__name__}") from None

    def _check_options(self, kind: Any) -> None:
        """InputError for options that this batch system does not take, and for a walltime that is none."""
        known = {name for cls in kind.job_cls.__mro__[:-1] for name in signature(cls.__init__).parameters} - NOT_ASKED
        for name in self.options:
            if name not in {*known, *OURS}:
                other = OTHER_WORDS.get(name, "")
                meant = f"did you mean '{other}'?" if other in known else did_you_mean(name, {*known, *OURS})
                raise InputError(f"--cluster-option {name}: {self.system} has no such option ({meant})")
        walltime = self.options.get("walltime")
        seconds = "(:[0-5][0-9])?" if self.system == "lsf" else ":[0-5][0-9]"  # there, hours and minutes are enough
        if walltime is not None and not re.fullmatch(f"([0-9]+-)?[0-9]+:[0-5][0-9]{seconds}", str(walltime)):
            raise InputError(f"--cluster-option walltime={walltime!s:.40}: expected hours, minutes and seconds such as '08:00:00'")

    def check(self) -> None:
        """InputError where no job can be submitted from here."""
        kind = self.kind()
        self.script()
        command = kind.job_cls.submit_command.split()[0]
        if shutil.which(command) is None:
            raise InputError(f"--cluster {self.system}: there is no '{command}' here; jobs are submitted from a login node")

    def begin(self) -> Any:
        """A cluster whose jobs are in the queue; `check` it first."""
        cluster = self.kind()(**self.asked, silence_logs="error")
        cluster.scale(jobs=self.jobs)
        return cluster
