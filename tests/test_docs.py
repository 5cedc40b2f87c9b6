"""README and docs say only what is true: their files are loaded, their commands and their Python run, the outputs compared.

A page is played from top to bottom, in a process and a folder of its own. Its fenced blocks are

    ```yaml first-chip.yaml     a file, written under that name (also .py, .graphml, ...) and equal to the one in architectures/
    ```yaml over chip.yaml      a fragment: laid over that file, it must be a sound description
    ```python                   Python; names are kept for the next block
    ```console                  `$ command` and lines of what it prints, in this order; `...` stands for any lines,
                                or at the end of a line for its rest
    ```sh                       commands for the reader's shell, of which those that begin with chipsim are run

Accuracies depend on the last bits of the BLAS at hand: lines with `+-` or 'points' may differ by 0.3. After a change of a model,
`python tests/test_docs.py` writes the new outputs into the pages.
"""

from __future__ import annotations

import contextlib
import io
import itertools
import os
import re
import shlex
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

HOUSE = Path(__file__).parents[1]
PAGES = [HOUSE / "README.md", *sorted((HOUSE / "docs").glob("*.md"))]
FENCE = re.compile(r"^```(\w+) ?([^\n`]*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
COMMAND = re.compile(r"^\$ (.*)\n((?:(?!\$ ).*\n?)*)", re.MULTILINE)
NUMBER = re.compile(r"-?\d[\d,]*\.?\d*")
CLOSE = 0.3  # points of accuracy
WIDTH = "100"


class Block(NamedTuple):
    """One fenced block: language, the words behind it, its text, the line it begins in."""

    kind: str
    words: str
    text: str
    line: int


class MismatchError(Exception):
    """What a page says is not what happens."""


def blocks(page: Path) -> Iterator[Block]:
    """The fenced blocks of a page, in order."""
    text = page.read_text(encoding="utf-8")
    for match in FENCE.finditer(text):
        yield Block(match.group(1), match.group(2).strip(), match.group(3), text.count("\n", 0, match.start()) + 1)


def commands(block: Block) -> Iterator[tuple[str, list[str]]]:
    """The commands of a console block, each with the lines that it is said to print."""
    for match in COMMAND.finditer(block.text):
        yield match.group(1), match.group(2).rstrip("\n").split("\n") if match.group(2).strip() else []


def play(page: Path) -> None:
    """Do what a page says, in the current folder; MismatchError where it says something else than what happens."""
    names: dict[str, object] = {"__name__": "__docs__"}
    for block in blocks(page):
        try:
            _play(block, names)
        except MismatchError as error:
            raise MismatchError(f"{page.name}:{block.line}: {error}") from None


def _play(block: Block, names: dict[str, object]) -> None:
    if block.words.startswith("over "):
        _check_fragment(block)
    elif block.words:
        _write(block)
    elif block.kind == "python":
        exec(compile(block.text, f"line {block.line}", "exec"), names)
    elif block.kind == "console":
        for command, shown in commands(block):
            difference = differs(shown, run(command))
            if difference:
                raise MismatchError(f"$ {command}\n{difference}")
    elif block.kind == "sh":
        for command in re.findall(r"\bchipsim run [^\n&]*", block.text):
            if "CHECKS: " not in "".join(printed := run(command)):
                raise MismatchError("\n".join([f"$ {command}", *printed]))


def _write(block: Block) -> None:
    for shipped in (HOUSE / block.words, HOUSE / "architectures" / block.words):
        if shipped.exists() and shipped.read_text(encoding="utf-8") != block.text:
            raise MismatchError(f"is not what {shipped.relative_to(HOUSE)} holds")
    Path(block.words).write_text(block.text, encoding="utf-8")


def _check_fragment(block: Block) -> None:
    from chipsim.kinds import check_file

    file = Path("fragment.yaml")
    file.write_text(f"extends: {block.words.removeprefix('over ')}\n{block.text}", encoding="utf-8")
    check_file(file)


def run(command: str) -> list[str]:
    """Run one command in this process and return the lines that it prints; an unforeseen exception goes through."""
    parts = shlex.split(command, comments=True)
    program, *arguments = (word for part in parts for word in (sorted(map(str, Path().glob(part))) if "*" in part else [part]))
    while "=" in program:  # VARIABLE=value in front of a command
        name, _, value = program.partition("=")
        os.environ[name] = value
        program, *arguments = arguments
    if (program, arguments[:2]) == ("python", ["-m", "pytest"]):
        found = subprocess.run([sys.executable, *arguments], capture_output=True, text=True, check=False)
        if found.returncode:
            raise MismatchError(f"$ {command}\n{found.stdout}{found.stderr}")
        return (found.stdout + found.stderr).splitlines()
    if program != "chipsim":
        raise MismatchError(f"'{program}' is not played; use chipsim or python -m pytest")
    return [line.rstrip() for line in _chipsim(arguments).splitlines()]


def _chipsim(arguments: list[str]) -> str:
    from chipsim.__main__ import main

    before, sys.argv = sys.argv, ["chipsim", *arguments]
    printed = io.StringIO()
    try:
        with contextlib.redirect_stdout(printed), contextlib.redirect_stderr(printed), contextlib.suppress(SystemExit):
            main()
    finally:
        sys.argv = before
    return printed.getvalue()


def differs(shown: list[str], printed: list[str]) -> str:
    """Empty when the lines shown are among the lines printed, in order and, between two `...`, without a gap."""
    start = 0
    for part in _parts(shown):
        found = next((i for i in range(start, len(printed) - len(part) + 1) if all(map(_alike, part, printed[i:]))), None)
        if found is None:
            return "\n".join(["these lines are not printed:", *part, "printed was:", *printed[start:][:80]])
        start = found + len(part)
    return ""


def _parts(shown: list[str]) -> list[list[str]]:
    groups = itertools.groupby(shown, lambda line: line.strip() == "...")
    return [list(lines) for dots, lines in groups if not dots]


def _alike(shown: str, printed: str) -> bool:
    if shown.split() == printed.split() or (shown.endswith("...") and printed.startswith(shown[:-3].rstrip())):
        return True
    if "+-" not in shown and "points" not in shown:
        return False
    ours, theirs = ([float(number.replace(",", "")) for number in NUMBER.findall(line)] for line in (shown, printed))
    return _bare(shown) == _bare(printed) and all(abs(a - b) <= CLOSE for a, b in zip(ours, theirs, strict=True))


def _bare(line: str) -> str:
    """A line without its numbers and spaces."""
    return re.sub(r"\s+", "", NUMBER.sub("#", line))


def renewed(page: Path) -> str:
    """The page with the lines it shows replaced by those printed now, where they are the same but for their numbers."""
    names: dict[str, object] = {"__name__": "__docs__"}
    text = page.read_text(encoding="utf-8")
    for block in blocks(page):
        if block.kind != "console":
            _play(block, names)
            continue
        new = block.text
        for command, shown in commands(block):
            fresh = _renewed(shown, run(command))
            new = new.replace("\n".join(["$ " + command, *shown]), "\n".join(["$ " + command, *fresh]), 1)
        text = text.replace(block.text, new, 1)
    return text


def _renewed(shown: list[str], printed: list[str]) -> list[str]:
    fresh, start = [], 0
    for line in shown:
        if line.strip() != "...":
            found = _line_of(line, printed, start)
            if found is None:
                print(f"    not printed any more: {line}")
            else:
                line, start = line if line.endswith("...") else printed[found].rstrip(), found + 1
        fresh.append(line)
    return fresh


def _line_of(line: str, printed: list[str], start: int) -> int | None:
    """Where a line is printed: as it is, or else with other numbers."""
    rest = range(start, len(printed))
    as_it_is = (i for i in rest if _alike(line, printed[i]))
    return next(as_it_is, next((i for i in rest if _bare(printed[i]) == _bare(line)), None))


def furnish(folder: Path) -> None:
    """A folder as a clone has it, as far as the pages use it; large files are links."""
    for name in ("architectures", "workloads", "tests/devices", "tests/training/rules", "tools"):
        copy = shutil.copy2 if name == "architectures" else os.symlink
        shutil.copytree(HOUSE / name, folder / name, copy_function=copy, ignore=shutil.ignore_patterns("__pycache__", "runs"))


def in_own_process(page: Path, folder: Path, verb: str) -> subprocess.CompletedProcess[str]:
    """Play or renew a page in a furnished folder, in a process of its own (what a page registers must not reach other tests)."""
    furnish(folder)
    environment = os.environ | {"COLUMNS": WIDTH, "PYTHONPATH": str(HOUSE), "OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"}
    command = [sys.executable, __file__, verb, str(page)]
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_a_page_says_what_happens(page, tmp_path):
    found = in_own_process(page, tmp_path, "play")
    assert found.returncode == 0, found.stdout + found.stderr[-6000:]


@pytest.mark.parametrize("page", [*PAGES, HOUSE / "CHANGELOG.md"], ids=lambda page: page.stem)
def test_links_lead_somewhere(page):
    text = re.sub(r"```.*?```", "", page.read_text(encoding="utf-8"), flags=re.DOTALL)
    targets = [target for target in re.findall(r"\]\(([^)#]+)[^)]*\)", text) if "://" not in target]
    assert [target for target in targets if not (page.parent / target).exists()] == []


def test_every_page_is_linked_from_the_readme():
    text = (HOUSE / "README.md").read_text(encoding="utf-8")
    assert [page.name for page in PAGES[1:] if f"(docs/{page.name})" not in text] == []


def test_the_readme_quotes_the_validation_page():
    quoted = re.search(r"^> (.*)$", (HOUSE / "README.md").read_text(encoding="utf-8"), re.MULTILINE)
    assert quoted is not None
    assert f"**{quoted.group(1)}**" in (HOUSE / "docs" / "validation.md").read_text(encoding="utf-8")


def test_renewed_lines_stay_where_they_are():
    printed = ["  64  1.2 %", " 256  3.4 %", "sum 5.6 nJ of 3"]
    assert _renewed([" 256  3.4 %", "...", "sum 5.5 nJ of 3"], printed) == [" 256  3.4 %", "...", "sum 5.6 nJ of 3"]
    assert _renewed(["...", " 256 ..."], printed) == ["...", " 256 ..."]


def test_a_wrong_line_is_noticed():
    printed = ["a  1.00 nJ", "b  2", "c", "d 98.40 +- 0.05 %"]
    assert differs(["a  1.00 nJ", "b  2"], printed) == ""
    assert differs(["a  1.00 nJ", "...", "c", "d 98.30 +- 0.09 %"], printed) == ""
    for wrong in (["a  1.01 nJ"], ["a  1.00 nJ", "c"], ["c", "...", "b  2"], ["d 97.00 +- 0.05 %"]):
        assert differs(wrong, printed)


def words_of(page):
    return set(re.findall(r"[\w-]+", (HOUSE / "docs" / page).read_text(encoding="utf-8")))


def test_every_component_of_the_technology_library_is_listed():
    from chipsim.compose import technology

    assert sorted(set(technology()) - words_of("how-to-describe-a-chip.md")) == []


def test_every_key_is_named():
    from chipsim.architecture import Architecture
    from chipsim.comparators.comparator import Comparator
    from chipsim.comparators.von_neumann import VonNeumann
    from chipsim.devices import Device
    from chipsim.insitu.question import Sampling, TrainingQuestion
    from chipsim.mapping.mapping import MappingOptions
    from chipsim.question import Question
    from chipsim.responses import Response
    from chipsim.schema import blocks
    from chipsim.sweep.description import Axis, Limit, Objective, Sweep
    from chipsim.training.rules import Rule
    from chipsim.training.rules.driving import Trains
    from chipsim.training.rules.reference import Calibration
    from chipsim.training.schedule import Decay, Schedule
    from chipsim.validation.figure import Claim, Figure, Figures, Other, Recorded
    from chipsim.workload.description import WorkloadSpec

    chip = [spec for spec in blocks(Architecture).values() if not issubclass(spec, (Device, Response))]  # these: `chipsim explain`
    told = {
        "how-to-describe-a-workload.md": blocks(WorkloadSpec).values(),
        "how-to-map-a-workload.md": [MappingOptions, Question],
        "how-to-compare-with-a-gpu.md": [Comparator, VonNeumann],
        "how-to-choose-a-training-algorithm.md": [*Rule.members.values(), Calibration, Trains],
        "how-to-train-on-the-chip.md": [TrainingQuestion, Sampling, Schedule, *Decay.members.values()],
    }
    told["how-to-sweep.md"] = [Sweep, Axis, Objective, Limit]
    told["how-to-validate-my-chip.md"] = [Figures, Figure, Other, Recorded, Claim]
    general = {"source", "ranges", "plugins"}
    missing = {page: {key for spec in specs for key in spec.model_fields} - words_of(page) - general for page, specs in told.items()}
    assert missing == {page: set() for page in told}
    of_chips = words_of("how-to-describe-a-chip.md") | words_of("how-to-describe-a-network.md")
    assert sorted({key for spec in chip for key in spec.model_fields} - of_chips - general) == []


def test_the_citation_file_is_sound():
    import yaml

    from chipsim.version import VERSION

    entry = yaml.safe_load((HOUSE / "CITATION.cff").read_text(encoding="utf-8"))
    assert {"cff-version", "message", "title", "authors"} <= set(entry)
    assert entry["type"] == "software"
    assert entry["version"] == VERSION
    assert re.search(rf"^## {re.escape(VERSION)}\b", (HOUSE / "CHANGELOG.md").read_text(encoding="utf-8"), re.MULTILINE)


if __name__ == "__main__":
    if sys.argv[1:2] == ["play"]:
        try:
            play(Path(sys.argv[2]))
        except MismatchError as error:
            sys.exit(str(error))
    elif sys.argv[1:2] == ["renew"]:
        page = Path(sys.argv[2])
        page.write_text(renewed(page), encoding="utf-8")
    else:
        for page in PAGES:
            with tempfile.TemporaryDirectory() as folder:
                done = in_own_process(page, Path(folder), "renew")
            print(f"{page.name}: {'done' if done.returncode == 0 else 'failed'}\n{done.stdout}{done.stderr[-2000:]}".rstrip())
