"""The tool that turns readings into device files: what it writes, prints, draws and refuses; and its page in the docs."""

import importlib.util
import os
import re
import shlex
from pathlib import Path

import numpy as np
import pytest

from chipsim.devices import PCM, Device, Measured
from chipsim.reading import load
from chipsim.streams import Stream

HOUSE = Path(__file__).parents[2]
LEVELS = np.array([2.0, 5.0, 10.0, 15.0, 20.0]) * 1e-6


@pytest.fixture(scope="module")
def tool():
    """The tool as a module."""
    spec = importlib.util.spec_from_file_location("fit_device", HOUSE / "tools" / "fit_device.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    """Readings of made-up devices: 60 at each of five targets."""
    folder = tmp_path_factory.mktemp("readings")
    target = np.repeat(LEVELS, 60) * 1e6
    programmed = PCM().program(target * 1e-6, Stream(1))
    times = [20, 100, 1000, 86400]
    read = {time: PCM().read_at(programmed, time - 20, Stream(2).child(str(time))) * 1e6 for time in times}
    again = [PCM().read_at(programmed, 0, Stream(3).child(str(k))) * 1e6 for k in range(6)]
    lines = [f"{t},{g}" for t, g in zip(target, programmed.conductance * 1e6, strict=True)]
    (folder / "p.csv").write_text("\n".join(["target (uS),conductance (uS)", *lines]))
    lines = [f"{t},{time},{g},d{i}" for time in times for i, (t, g) in enumerate(zip(target, read[time], strict=True))]
    (folder / "r.csv").write_text("\n".join(["target (uS),time (s),conductance (uS),device", *lines]))
    lines = [f"{t},{g},d{i}" for values in again for i, (t, g) in enumerate(zip(target, values, strict=True))]
    (folder / "n.csv").write_text("\n".join(["target (uS),conductance (uS),device", *lines]))
    return folder


def words(files, out, *more):
    names = {"--programming": "p.csv", "--retention": "r.csv", "--read": "n.csv"}
    return [str(out), *(word for option, name in names.items() for word in (option, str(files / name))), *more]


def test_a_file_is_written_that_loads_to_the_fit(tool, files, tmp_path, capsys):
    assert tool.main(words(files, tmp_path / "mine.yaml")) == 0
    device = load(tmp_path / "mine.yaml", Device)
    assert isinstance(device, Measured)
    np.testing.assert_allclose(device.conductances, LEVELS)
    np.testing.assert_allclose(device.programming_sigma(LEVELS), PCM().programming_sigma(LEVELS), rtol=0.4)
    assert device.source == "fitted to p.csv, r.csv, n.csv"
    printed = capsys.readouterr().out
    assert re.search(r"^\s+10 uS +\S+ .S / \S+ .S +0\.0\d+ / 0\.0\d+", printed, re.MULTILINE)
    assert printed.endswith("mine.yaml: a device of type 'measured', 2 uS to 20 uS\n")


def test_formulas_can_be_fitted_instead(tool, files, tmp_path, capsys):
    assert tool.main(words(files, tmp_path / "pcm.yaml", "--pcm", "--source", "made up")) == 0
    device = load(tmp_path / "pcm.yaml", Device)
    assert isinstance(device, PCM)
    assert (device.g_max, device.fitted_at, device.source) == (20e-6, 20e-6, "made up")
    np.testing.assert_allclose(device.exponent_mean(LEVELS), PCM().exponent_mean(LEVELS), rtol=0.25)
    assert "pcm.yaml: a device of type 'pcm', 0 S to 20 uS" in capsys.readouterr().out


def test_programming_alone_is_enough(tool, files, tmp_path):
    assert tool.main([str(tmp_path / "mine.yaml"), "--programming", str(files / "p.csv")]) == 0
    text = (tmp_path / "mine.yaml").read_text()
    assert "drift" not in text
    assert "read_noise" not in text
    assert load(tmp_path / "mine.yaml", Device).covered.last == 0


def test_targets_that_the_other_files_lack_are_left_out_or_held(tool, files, tmp_path, capsys):
    few = tmp_path / "few.csv"
    rows = (files / "r.csv").read_text().splitlines()
    few.write_text("\n".join(row for row in rows if not row.startswith(("2.0,", "20.0,"))))
    command = [str(tmp_path / "mine.yaml"), "--programming", str(files / "p.csv"), "--retention", str(few)]
    assert tool.main(command) == 0
    assert "2 programmed target(s) lie outside what the other files measured; --hold-ends keeps them" in capsys.readouterr().out
    assert load(tmp_path / "mine.yaml", Device).g_min == pytest.approx(5e-6)
    assert tool.main([*command, "--hold-ends"]) == 0
    assert load(tmp_path / "mine.yaml", Device).g_min == pytest.approx(2e-6)


@pytest.mark.parametrize("more", [(), ("--pcm",)])
def test_pictures_show_fit_and_data(tool, files, tmp_path, more):
    pytest.importorskip("matplotlib")
    assert tool.main(words(files, tmp_path / "mine.yaml", "--plots", str(tmp_path / "plots"), *more)) == 0
    assert (tmp_path / "plots" / "fit.png").read_bytes().startswith(b"\x89PNG")
    drawing = (tmp_path / "plots" / "fit.svg").read_text()
    assert "<svg" in drawing
    assert drawing.count("<path") > 100


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("5.0,100,", "5.0,-100,", "r.csv:362: time -100 is before programming"),
        ("target (uS)", "target (nS)", "mixed units: target in nS, conductance in uS"),
        ("20,100,", "20,,", "time is empty"),
    ],
)
def test_unusable_readings_are_one_sentence_and_status_2(tool, files, tmp_path, capsys, old, new, message):
    broken = tmp_path / "r.csv"
    text = (files / "r.csv").read_text()
    broken.write_text(text.replace(old, new, 1) if old in text else text.replace("2.0,100,", "2.0,,", 1))
    status = tool.main([str(tmp_path / "mine.yaml"), "--programming", str(files / "p.csv"), "--retention", str(broken)])
    printed = capsys.readouterr()
    assert status == 2
    assert message in printed.err
    assert len(printed.err.splitlines()) == 1
    assert not (tmp_path / "mine.yaml").exists()


def test_times_on_the_command_line_need_units(tool, files, tmp_path, capsys):
    with pytest.raises(SystemExit):
        tool.main(words(files, tmp_path / "mine.yaml", "--drift-start", "20"))
    assert "'20' has no unit, expected a time such as '5 ns'" in capsys.readouterr().err


def test_the_page_shows_the_file_that_its_command_writes(tool, tmp_path, capsys):
    page = (HOUSE / "docs" / "how-to-fit-my-measurements.md").read_text(encoding="utf-8")
    (command,) = re.findall(r"^python tools/fit_device\.py (.*)$", page, re.MULTILINE)
    readings = re.search(r"```python\n(.*?)```", page, re.DOTALL)[1]
    shown = re.search(r"```yaml mine\.yaml\n(.*?)```", page, re.DOTALL)[1]
    before = Path.cwd()
    os.chdir(tmp_path)
    try:
        exec(compile(readings, "page", "exec"), {})
        assert tool.main(shlex.split(command)) == 0
    finally:
        os.chdir(before)
    assert (tmp_path / "mine.yaml").read_text(encoding="utf-8") == shown
    assert capsys.readouterr().err == ""
