"""The study of a device for a reader: 80 columns, every number readable, CSV that reads back exactly."""

import csv
import json

import pytest

from chipsim.devices import MRAM, PCM, Capacitor, Device, Ideal, RRAMMilo2021, RRAMWan2022
from chipsim.report.device import COLUMNS, as_text, refusals, retention, write
from chipsim.studies.device import DAY, HOUR, study

SIMPLE = sorted(
    name
    for name, member in Device.members.items()
    if member.__module__.startswith("chipsim.devices") and not any(field.is_required() for field in member.model_fields.values())
)


@pytest.fixture(scope="module")
def pcm():
    return study(PCM(), cells=500)


def section(text, title):
    """The lines of one section."""
    lines = text.splitlines()
    start = lines.index(title) + 1
    return lines[start : next((i for i in range(start, len(lines)) if not lines[i]), len(lines))]


@pytest.mark.parametrize("name", SIMPLE)
def test_text_fits_80_columns(name):
    text = as_text(study(Device.members[name](), cells=100))
    assert max(map(len, text.splitlines())) <= 80
    head = section(text, "PROGRAMMING ERROR")[0]
    assert [word.partition("/")[0] for word in head.split()] == ["target", "mean", "sigma", "", "", "closed", "dev.", "at", "0", "S"]
    assert all(unit in head for unit in ("target/uS", "sigma/", "/target", "/g_max"))
    assert "…" not in text


def test_numbers_of_the_study_are_in_the_text(pcm):
    lines = section(as_text(pcm), "PROGRAMMING ERROR")
    last = pcm.programming[-1]
    words = ["25.0", f"{last['mean'] * 1e6:#.3g}", f"{last['sigma'] * 1e6:#.3g}"]
    assert lines[-1].split()[:3] == words
    assert f"{100 * last['deviation']:+.1f} %" in lines[-1]
    mean = section(as_text(pcm), "MEAN CONDUCTANCE AFTER PROGRAMMING")
    assert mean[0].strip() == "in uS"
    assert mean[1].split()[:3] == ["target/uS", "0", "s"]
    assert mean[-1].split()[-1] == f"{pcm.drift[-1]['mean'] * 1e6:#.3g}"


def test_many_times_stand_below_each_other():
    text = as_text(study(PCM(), times=[float(t) for t in range(1, 15)], cells=100))
    heads = [line for line in section(text + "\n", "MEAN CONDUCTANCE AFTER PROGRAMMING") if "target" in line]
    assert max(map(len, text.splitlines())) <= 80
    assert len(heads) == 1
    assert text.count("target/uS   ") == 2 + 3 + 3  # programming, exponent, three parts of 15 times twice


def test_retention_in_words(pcm):
    sentences = list(retention(pcm))
    assert len(sentences) == 5
    day = {row["target"]: row["left"] for row in pcm.drift if row["time"] == DAY and row["target"] > 0}
    assert sentences[2].startswith(f"after 1 d: {100 * min(day.values()):.1f} % of the programmed conductance is left at ")
    assert f"{100 * max(day.values()):.1f} % at " in sentences[2]
    assert "when programmed" in sentences[2]


def test_equal_sentences_are_said_once():
    (sentence,) = retention(study(Ideal(), cells=100))
    assert sentence.startswith("after 1 s to 1 y: 100.0 % of the programmed conductance is left, in every state; ")


def test_unknown_retention_is_said():
    assert list(retention(study(RRAMMilo2021(), cells=100))) == ["unknown: no time after programming could be studied."]


def test_refused_times_are_listed_with_their_reason():
    found = study(RRAMWan2022(), times=[60.0, HOUR, DAY], cells=100)
    (sentence,) = refusals(found)
    assert sentence.startswith("1 min, 1 h: RRAMWan2022: a read time of 60 s is not covered; expected 0 s, 1 s, 1 d or 2 d")
    assert "NOT STUDIED" in as_text(found)
    assert "NOT STUDIED" not in as_text(study(PCM(), times=[1.0], cells=100))


def test_what_a_device_lacks_is_said():
    text = as_text(study(MRAM(), cells=100))
    assert "none: this model reads without noise." in text
    assert "none: no law with an exponent for each cell" in text


def test_leak_rates_have_a_unit():
    head = section(as_text(study(Capacitor(lifetime=1e-3), cells=100)), "LEAK RATE OF EACH CELL")[0]
    assert "mean/(1/s)" in head


def test_disagreement_is_remarked_upon():
    remarks = " ".join(section(as_text(study(PCM(), times=[], cells=2000)), "SAMPLED AGAINST CLOSED FORM"))
    plain = " ".join(remarks.split())
    assert "programming error: 9 of 10 within 4 standard errors; 1 beyond, where zero is near, such as -4" in plain
    assert "1.6 % (one standard error)" in plain


def test_a_formula_that_contradicts_its_samples_is_seen():
    found = study(PCM(), times=[], cells=1000)
    found.programming[-1].update(deviation=0.3)
    plain = " ".join(as_text(found).split())
    assert "8 of 10 within 4 standard errors; 1 beyond, where zero is near, such as" in plain
    assert "; 1 beyond, such as +30.0 % at 25 uS." in plain


def test_works_are_named(pcm):
    assert "S. R. Nandakumar et al." in as_text(pcm)


def test_columns_are_those_of_the_rows(pcm):
    for name in ("programming", "exponent", "drift", "read_noise", "histogram"):
        assert {column.key for column in COLUMNS[name]} == set(getattr(pcm, name)[0])
    assert {column.key for column in COLUMNS["refused"]} == set(study(RRAMMilo2021(), cells=100).refused[0])


def test_files_hold_the_study(tmp_path):
    pytest.importorskip("matplotlib")
    found = study(MRAM(), cells=100)
    files = write(found, tmp_path)
    assert all(file.is_file() for file in files)
    assert sorted(files) == sorted(tmp_path.iterdir())
    assert json.loads((tmp_path / "study.json").read_text(encoding="utf-8"))["programming"] == found.programming
    assert (tmp_path / "study.txt").read_text(encoding="utf-8") == as_text(found)
    for name, columns in COLUMNS.items():
        with (tmp_path / f"{name}.csv").open(encoding="utf-8", newline="") as stream:
            head, *rows = csv.reader(stream)
        assert head == [column.header for column in columns]
        assert len(rows) == len(getattr(found, name))
    with (tmp_path / "drift.csv").open(encoding="utf-8", newline="") as stream:
        read = [float(row["mean (S)"]) for row in csv.DictReader(stream)]
    assert read == [row["mean"] for row in found.drift]
