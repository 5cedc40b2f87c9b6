"""The verb `device`: finding the device, its changes and its times; what goes to the screen and into a folder."""

import io
import json
from pathlib import Path

import pytest
from rich.console import Console

from chipsim.devices import PCM, CMOHfOx
from chipsim.errors import InputError
from chipsim.verbs.device import find_device, run_device, times_of


@pytest.fixture
def file(tmp_path):
    """Write a file and say where it is."""

    def write(text, name="device.yaml"):
        path = tmp_path / name
        path.write_text(text, encoding="utf-8")
        return str(path)

    return write


def test_a_type_with_its_defaults():
    assert find_device("pcm") == (PCM(), "pcm")


def test_changes_count_from_the_block(file):
    assert find_device("pcm", ["g_max=20 uS", "drift_scale=0"])[0] == PCM(g_max=20e-6, drift_scale=0)
    chip = file("tile: {array: {cell: {device: pcm}}}")
    assert find_device(chip, ["g_max=20 uS"])[0] == PCM(g_max=20e-6)
    assert find_device("pcm", ["type=rram-cmo-hfox"])[0] == CMOHfOx()


@pytest.mark.parametrize(
    "text",
    [
        "{type: pcm, g_max: 20 uS}",
        "device: {type: pcm, g_max: 20 uS}",
        "tile: {array: {cell: {device: {type: pcm, g_max: 20 uS}}}}",
        "chips: [{device: {type: pcm, g_max: 20 uS}}, {device: {type: pcm, g_max: 20 uS}}]",
    ],
)
def test_a_block_in_a_file(file, text):
    path = file(text)
    assert find_device(path) == (PCM(g_max=20e-6), f"{path} (pcm)")


def test_files_extend_files_and_bring_types(file, tmp_path):
    file("{type: pcm, g_max: 20 uS}", "base.yaml")
    assert find_device(file("{extends: base.yaml, drift_scale: 0}"))[0] == PCM(g_max=20e-6, drift_scale=0)
    code = "from chipsim.devices import Device, Ideal\nclass Own(Ideal, type='verb-own'):\n    'One.'\n"
    file(code, "own.py")
    assert find_device(file("{plugins: [own.py], type: verb-own}", "own.yaml"))[0].type_name == "verb-own"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("layers: []", r"device\.yaml.*: holds no device: neither a 'type' at its top nor a block 'device'"),
        ("a: {device: pcm}\nb: {device: ideal}", r"holds 2 different devices \(a\.device, b\.device\); write the one that is meant"),
        ("{type: pcn}", r"device\.yaml:1:.*did you mean 'pcm'\?"),
        ("{type: pcm, g_max: 20}", r"device\.yaml:1:20: g_max: .*has no unit"),
        ("device: {type: pcm, g_min: 30 uS}", r"g_min 30 uS is not below g_max 25 uS; lower g_min"),
    ],
)
def test_bad_files_are_one_message(file, text, message):
    with pytest.raises(InputError, match=message):
        find_device(file(text))


def test_unknown_names_are_suggested():
    with pytest.raises(InputError, match=r"device: 'pmc' is no type of device and no file \(did you mean 'pcm'\?\)"):
        find_device("pmc")
    with pytest.raises(InputError, match=r"nowhere\.yaml"):
        find_device("nowhere.yaml")


def test_times_are_written_with_units():
    assert times_of("") is None
    assert times_of("1 s, 1 h,2 d") == [1.0, 3600.0, 172800.0]
    for wrong in ("1", "1 s,", "1 V", "soon"):
        with pytest.raises(InputError, match=r"^--times: .*separate times by commas, such as '1 s, 1 h, 30 d'$"):
            times_of(wrong)


def test_the_screen_and_the_folder(tmp_path):
    pytest.importorskip("matplotlib")
    console = Console(file=io.StringIO(), width=80)
    run_device("ideal", ["g_max=20 uS"], "1 h", 100, 1, tmp_path / "a" / "b", console=console)
    text = console.file.getvalue()
    assert "ideal: 0 S to 20 uS, 10 conductances, 100 cells each, seed 1" in text
    assert f"{len(list((tmp_path / 'a' / 'b').iterdir()))} files in" in text
    assert json.loads((tmp_path / "a" / "b" / "study.json").read_text(encoding="utf-8"))["times"] == [0.0, 3600.0]


def test_json_is_all_that_is_printed(capsys):
    run_device("mram", cells=100, as_json=True)
    found = json.loads(capsys.readouterr().out)
    assert found["states"] is True
    assert found["cells"] == 100


def test_a_folder_that_cannot_be_written(file):
    with pytest.raises(InputError, match="the study cannot be written here"):
        run_device("ideal", cells=100, into=Path(file("", "taken")), console=Console(file=io.StringIO()))
