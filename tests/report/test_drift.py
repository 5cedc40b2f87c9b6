"""The study of drift for a reader: 80 columns, the numbers of the study, sentences that answer, CSV that reads back."""

import csv
import json
from dataclasses import replace

import pytest

from chipsim.report.drift import COLUMNS, answers, as_text, write
from chipsim.report.drift_plots import write_plots
from chipsim.studies.drift import NOT_NEEDED, OFTEN_ENOUGH, TOO_SELDOM, DriftStudy

DAY, YEAR = 86400.0, 31_536_000.0
TIMES = (1.0, DAY, YEAR)
KINDS = ("none", "global", "column", "statistics")


def accuracy_row(kind, time, mean):
    spread = {"spread": 0.0123, "low": mean - 0.02, "high": min(mean + 0.02, 1.0), "yield": 0.5}
    return {"compensation": kind, "time": time, "mean": mean, "values": [mean] * 4, "chips": [mean] * 2} | spread


def upkeep_row(action, kind, every, loss):
    cost = (None, None, None, None) if every is None else (4e-5, 1.9e-6, 1e-9, 1e-12)
    row = {"action": action, "compensation": kind, "every": every, "points": 3, "worst": 0.99 - loss, "at": DAY, "loss": loss}
    return row | {"margin": 0.001, "stays": loss <= 0.01} | dict(zip(("time", "energy", "downtime", "power"), cost, strict=True))


@pytest.fixture
def study():
    losses = {DAY: 0.002, 7 * DAY: 0.013, None: 0.446}
    upkeep = [upkeep_row("calibrate", kind, every, loss) for kind in KINDS[1:] for every, loss in losses.items()]
    upkeep += [upkeep_row("program", kind, every, loss) for kind in KINDS for every, loss in ((DAY, 0.001), (None, 0.002))]
    answer = {kind: {"action": "calibrate", "compensation": kind} for kind in KINDS[1:]}
    return DriftStudy(
        name="lenet on chip", seed=3, chips=2, repeats=2, samples=1000, images=500, reference=0.994, within=0.01, times=TIMES,
        compensations=KINDS, fresh=dict.fromkeys(KINDS, 0.99), maintenance={"calibrate_every": None, "reprogram_every": None},
        accuracy=[accuracy_row(kind, time, 0.99 - 0.03 * (kind == "none") * (time > 1)) for kind in KINDS for time in TIMES],
        upkeep=upkeep,
        answers=[answer[kind] | {"verdict": OFTEN_ENOUGH, "every": DAY} for kind in KINDS[1:]]
        + [{"action": "program", "compensation": kind, "verdict": NOT_NEEDED, "every": None} for kind in KINDS],
        refused=[], cites=["joshi2020", "unpublished"],
    )  # fmt: skip


def single(study):
    """The same with one programming of one chip."""
    nothing = {"spread": 0.0, "low": None, "high": None}
    rows = [row | nothing | {"values": row["values"][:1], "chips": row["chips"][:1]} for row in study.accuracy]
    return replace(study, chips=1, repeats=1, accuracy=rows, upkeep=[row | {"margin": None} for row in study.upkeep])


def section(text, title):
    """The lines of one section."""
    lines = text.splitlines()
    start = next(i for i, line in enumerate(lines) if line.startswith(title)) + 1
    return lines[start : next((i for i in range(start, len(lines)) if not lines[i]), len(lines))]


def test_text_fits_80_columns_and_no_number_is_cut(study):
    for one in (study, single(study)):
        text = as_text(one)
        assert max(map(len, text.splitlines())) <= 80
        assert text.isascii()
    lines = section(as_text(study), "ACCURACY AFTER PROGRAMMING")
    assert lines[0].split() == ["time", *KINDS]
    assert lines[2].split() == ["1", "s"] + ["99.00", "+-", "1.23"] * 4
    assert section(as_text(study), "THE MEAN OF ALL SUCH CHIPS")[-1].split() == (
        ["1", "y", "94.00", "-", "98.00"] + ["97.00", "-", "100.00"] * 3
    )
    assert section(as_text(study), "YIELD")[2].split() == ["1", "s"] + ["50", "%"] * 4


def test_losses_of_upkeep(study):
    lines = section(as_text(study), "CALIBRATING ANEW")
    assert lines[0].split() == ["every", "ends", "global", "column", "statistics"]
    assert lines[3].split() == ["7", "d", "3"] + ["1.30", "+-", "0.10"] * 3
    assert lines[4].split() == ["never", "3"] + ["44.6", "+-", "0.10"] * 3
    assert lines[5].strip() == "each time 1.9 uJ and 40 us"
    assert section(as_text(study), "WRITING THE WEIGHTS AGAIN")[0].split() == ["every", "ends", *KINDS]


def test_costs_that_differ_are_told_apart(study):
    dear = [row | {"energy": 1.0} if row["compensation"] == "statistics" and row["every"] else row for row in study.upkeep]
    lines = [line.strip() for line in section(as_text(replace(study, upkeep=dear)), "CALIBRATING ANEW")]
    assert lines[-2:] == ["each time 1.9 uJ and 40 us (global, column)", "each time 1 J and 40 us (statistics)"]


def test_answers_are_sentences(study):
    found = list(answers(study))
    assert found[0] == (
        "calibrating anew (global): every 1 d is enough to stay within 1 point (loss 0.20 points; 1.9 uJ and 40 us each time)."
    )
    assert found[3] == "writing the weights again (none): not needed to stay within 1 point for 1 y (loss 0.20 points)."
    assert len(found) == 7
    assert found == list(answers(replace(study, upkeep=study.upkeep[::-1])))
    exact = [row | {"margin": None} for row in study.upkeep]
    seldom = [row | {"verdict": TOO_SELDOM, "every": None} for row in study.answers[:1]]
    (said,) = answers(replace(study, upkeep=exact, answers=seldom, within=0.001))
    assert said == "calibrating anew (global): even every 1 d is too seldom to stay within 0.1 points (loss 0.20 points)."
    never = [row for row in exact if row["every"] is None]
    (said,) = answers(replace(study, answers=seldom, upkeep=never))
    assert said == "calibrating anew (global): needed to stay within 1 point: without it 44.60 points are lost by 1 y."


def test_coarse_losses_are_remarked_upon(study):
    coarse = [row | {"margin": 0.05} for row in study.upkeep]
    assert "known too coarsely" in list(answers(replace(study, upkeep=coarse)))[-1]
    assert not any("coarsely" in said for said in answers(study))


def test_one_programming_has_neither_spread_nor_yield(study):
    text = as_text(single(study))
    assert "YIELD" not in text
    assert "+-" not in text
    assert "1 chip, programmed once" in text
    assert "95 %" not in text


def test_a_study_without_upkeep_or_with_refused_times(study):
    text = as_text(replace(study, upkeep=[], answers=[], refused=[{"age": 60.0, "compensation": "none", "reason": "not covered"}]))
    assert "CALIBRATING" not in text
    assert "HOW OFTEN" not in text
    assert section(text, "NOT STUDIED") == ["  - none at 1 min: not covered"]
    assert "Joshi" in section(text, "FROM")[0]
    assert section(text, "FROM")[-1] == "  - unpublished"


def test_files(study, tmp_path):
    files = write(study, tmp_path)
    assert {file.name for file in files} == {
        "study.txt", "study.json", *(f"{name}.csv" for name in COLUMNS),
        *(f"{name}.{kind}" for name in ("accuracy", "yield", "upkeep") for kind in ("png", "svg")),
    }  # fmt: skip
    assert (tmp_path / "study.txt").read_text() == as_text(study)
    assert json.loads((tmp_path / "study.json").read_text())["upkeep"] == study.upkeep
    with (tmp_path / "upkeep.csv").open(newline="") as stream:
        rows = list(csv.reader(stream))
    assert len(rows) == 1 + len(study.upkeep)
    assert float(rows[1][rows[0].index("energy of one (J)")]) == 1.9e-6
    assert rows[3][rows[0].index("every (s)")] == ""
    for name, columns in COLUMNS.items():
        for row in getattr(study, name):
            assert set(row) == {column.key for column in columns}


def test_pictures_are_those_that_have_something_to_show(study, tmp_path):
    def names(one):
        return [file.stem for file in write_plots(one, tmp_path, "svg")]

    assert names(study) == ["accuracy", "yield", "upkeep"]
    assert names(single(study)) == ["accuracy", "upkeep"]
    assert names(replace(study, upkeep=[row for row in study.upkeep if row["every"] is None])) == ["accuracy", "yield"]
    assert names(replace(study, accuracy=[row | {"time": 0.0} for row in study.accuracy], upkeep=[])) == []


def test_pictures_name_everything(study, tmp_path):
    write_plots(study, tmp_path, "svg")
    accuracy, upkeep = ((tmp_path / f"{name}.svg").read_text() for name in ("accuracy", "upkeep"))
    for kind in (*KINDS, "float", "1 y", "accuracy (%)", "time after programming"):
        assert f">{kind}<" in accuracy
    for kind in (*KINDS, "never", "7 d", "calibrating", "programming again", "largest loss (points)"):
        assert f">{kind}<" in upkeep
    before = (tmp_path / "accuracy.svg").read_bytes()
    write_plots(study, tmp_path, "svg")
    assert (tmp_path / "accuracy.svg").read_bytes() == before


def test_small_losses_and_single_actions_can_be_drawn(study, tmp_path):
    small = [row | {"loss": 0.0} for row in study.upkeep if row["action"] == "program"]
    assert "upkeep.png" in {file.name for file in write_plots(replace(study, upkeep=small), tmp_path)}
    assert "upkeep.png" in {file.name for file in write_plots(replace(study, upkeep=small, within=0.0), tmp_path)}
