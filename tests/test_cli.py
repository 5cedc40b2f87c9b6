"""The command line: one message and the right exit code for everything, nothing half-written, never a traceback.

Most commands are played in this process through `main`, as the installed script does; what needs a process of its own
(signals, imports) is started as `python -m chipsim`.
"""

from __future__ import annotations

import json
import os
import pickle
import shutil
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from commands import ALONE, HOUSE, Said
from small_files import CHIP, EXPERIMENT, NET, arrays, write_small

from chipsim.errors import CheckError
from chipsim.experiment import Experiment, load_experiment
from chipsim.result import Result

LSTM = HOUSE / "workloads" / "lstm-alice.yaml"


@pytest.fixture
def small(tmp_path, monkeypatch):
    """The folder of the small files, which is the current folder."""
    monkeypatch.chdir(write_small(tmp_path / "small"))
    return tmp_path / "small"


def refused(said: Said, *words: str, code: int = 2) -> str:
    """One message on the error stream, nothing else."""
    assert said.code == code, said
    assert said.out == ""
    assert "Traceback" not in said.err
    for word in words:
        assert word in said.err
    return said.err


def everything(folder: Path) -> set[str]:
    """Every path below a folder, hidden ones too."""
    return {str(path.relative_to(folder)) for path in folder.rglob("*")}


def edit(file: Path, old: str, new: str) -> None:
    text = file.read_text()
    assert old in text
    file.write_text(text.replace(old, new))


# --- what goes well --------------------------------------------------------------------------------------------------


def test_a_run_reports_and_leaves_a_folder_that_can_be_reported(say, small):
    ran = say("run", "experiment.yaml")
    assert (ran.code, ran.err) == (0, "")
    for word in ("HEADLINE", "latency", "interval", "ENERGY", "AREA", "ACCURACY", "BOTTLENECK", "0 FAILED"):
        assert word in ran.out
    assert "Run folder: runs/small-on-chip-" in ran.out
    (folder,) = Path("runs").iterdir()
    told = say("report", folder)
    assert told == Said(0, ran.out, "")


def test_the_same_question_lands_in_the_same_folder_and_is_answered_from_it(say, small, monkeypatch):
    first = say("run", "experiment.yaml", "--json")
    monkeypatch.setattr(Experiment, "run", lambda *_: pytest.fail("this question was answered before"))
    second = say("run", small / "experiment.yaml", "--json")
    assert "answered before" in second.err
    assert second.out == first.out
    changes = [word for change in ("times=[1 s, 1 h]", "repeats=2", "stream=20") for word in ("--set", change)]
    assert say("run", "net.yaml", "--arch", "chip.yaml", *changes, "--json").out == first.out
    assert len(list(Path("runs").iterdir())) == 1


def test_asking_again_recomputes_the_identical_answer(say, small):
    answers = [json.loads(say("run", "experiment.yaml", "--json", *more).out) for more in ((), ("--again",))]
    for answer in answers:
        del answer["provenance"]["date"], answer["provenance"]["wall"]
    assert answers[0] == answers[1]
    assert len(list(Path("runs").iterdir())) == 1


def test_another_question_lands_in_another_folder(say, small):
    say("run", "experiment.yaml")
    for change in ("seed=1", "architecture.tile.array.adc.bits=7", "workload.name=other", "repeats=1"):
        say("run", "experiment.yaml", "--set", change)
    assert len(list(Path("runs").iterdir())) == 5
    np.savez("weights.npz", **{name: array * 2 for name, array in arrays().items()})
    say("run", "experiment.yaml")
    assert len(list(Path("runs").iterdir())) == 6


def test_json_is_the_whole_result_on_one_stream(say, small):
    ran = say("run", "experiment.yaml", "--json", "--into", "here")
    (folder,) = Path("here").iterdir()
    assert Result.from_json(ran.out) == Result.load(folder)
    assert say("report", folder, "--json").out == ran.out
    assert len(json.loads(say("report", folder, folder, "--json").out)) == 2


def test_runs_are_compared_side_by_side(say, small):
    say("run", "experiment.yaml")
    say("run", "experiment.yaml", "-s", "architecture.name=second")
    told = say("report", *sorted(Path("runs").iterdir()))
    assert told.code == 0
    assert "small on chip" in told.out
    assert "small on second" in told.out


def test_check_says_what_the_files_are(say, small):
    told = say("check", "chip.yaml", "net.yaml", "experiment.yaml")
    assert told.code == 0
    assert told.out.splitlines() == [
        "chip.yaml: an architecture, 4 tiles",
        "net.yaml: a workload, 2 layers, 45 MACs, 12 samples",
        "experiment.yaml: an experiment, 2 of 4 tiles used",
    ]


def test_a_workload_without_weights_is_there_to_be_trained(say, small):
    bare = small / "bare.yaml"
    bare.write_text(LSTM.read_text().replace("weights: lstm-alice.npz\n", "").replace("data/", f"{LSTM.parent}/data/"))
    found = say("check", str(bare))
    assert (found.code, found.out.partition(": ")[2]) == (
        0, "a workload to be trained, 2 layers, 4061 samples for training, 451 for testing\n"
    )  # fmt: skip
    refused(say("map", str(bare), "--arch", "chip.yaml"), "weights: is missing", "chipsim train")


def test_check_prints_the_schema(say):
    for name in ("architecture", "workload", "experiment", "training", "hwa", "figures"):
        assert json.loads(say("check", "--schema", name).out)["title"] == f"chipsim {name}"
    assert len(json.loads(say("check", "--schema").out)["anyOf"]) == 7
    refused(say("check", "--schema", "workloat"), "did you mean 'workload'?")


@pytest.mark.parametrize("name", ["chip.yaml", "net.yaml"])
def test_show_prints_a_description_that_says_the_same(say, small, name):
    shown = say("show", name)
    assert shown.code == 0
    Path("again.yaml").write_text(shown.out.partition("\npart of a tile")[0])  # after a chip comes a table of areas
    assert say("show", "again.yaml").out.replace("again.yaml", name) == shown.out


def test_show_applies_changes(say, small):
    assert "bits: 4" in say("show", "chip.yaml", "--set", "tile.array.adc.bits=4").out
    assert "seed: 17" in say("show", "experiment.yaml", "--set", "seed=17").out


def test_map_prints_placements_and_the_floorplan(say, small):
    told = say("map", "experiment.yaml")
    assert told.code == 0
    assert "small on chip: 2 of 4 tiles, 2 blocks" in told.out
    assert "|fc1.0|fc2.0|" in told.out.replace(" ", "")


def test_explain_knows_families_types_blocks_and_keys(say):
    everything_known = say("explain").out
    for word in ("Device", "pcm", "ADC", "Tile", "Question"):
        assert word in everything_known
    assert "g_max" in say("explain", "pcm").out
    assert {"type: ideal (Device)", "type: ideal (ADC)", "type: ideal (DAC)"} <= set(say("explain", "ideal").out.splitlines())
    assert "absolute_maximum" in say("explain", "InputScaling").out
    assert "rows" in say("explain", "array").out
    assert "isaac-dac" in say("explain", "technology").out
    assert "ISCA 2016" in say("explain", "isaac-dac").out
    assert "OP/s/m2" in say("explain", "measures").out
    keys = say("explain", "columns_per_adc").out
    assert "ADC.sar" in keys
    assert "columns that share one converter" in keys
    refused(say("explain", "qqqq"), "nothing is called 'qqqq' (say 'chipsim explain' for what there is)")
    refused(say("explain", "pmc"), "nothing is called 'pmc'", "did you mean 'pcm'?")


def test_explain_and_check_know_plugins(say, tmp_path):
    plugin = HOUSE / "architectures" / "example_reram.py"
    assert say("explain", "Device", "--plugin", plugin).code == 0
    assert say("check", "--schema", "architecture", "--plugin", plugin).code == 0
    refused(say("explain", "--plugin", tmp_path / "nowhere.py"), "cannot be loaded: FileNotFoundError")


def test_version_and_usage(say):
    assert say("--version").out.strip() == load_version()
    assert say().code in (0, 2)
    for arguments in (("frobnicate",), ("run",), ("run", "a", "b"), ("run", "--set"), ("report",), ("run", "--nonsense", "x")):
        assert say(*arguments).code == 2


def load_version() -> str:
    from chipsim.version import VERSION

    return VERSION


# --- the user's mistakes ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("verb", ["run", "map", "check", "show"])
@pytest.mark.parametrize(
    ("text", "said"),
    [
        (None, "bad.yaml: cannot be read: No such file or directory"),
        (b"", "bad.yaml: is empty"),
        (b"\x89PNG\r\n", "bad.yaml: is not a UTF-8 text file"),
        (b"workload: [", "bad.yaml:1:12: not valid YAML"),
        (b"just a text", "bad.yaml"),
        (b"a: 1", "bad.yaml"),
        (b"extends: bad.yaml", "in a circle"),
        (b"workload: net.yaml\narchitecture: nowhere.yaml", "nowhere.yaml: cannot be read"),
        (b"workload: net.yaml\narchitecture: net.yaml", "architecture.layers: unknown key"),
        (b"workload: net.yaml\narchitecture: chip.yaml\nsede: 1", "bad.yaml:3:7: sede: unknown key (did you mean 'seed'?)"),
        (b"workload: net.yaml\narchitecture: chip.yaml\nseed: -1\nrepeats: 0", "bad.yaml:4:10: repeats: should be greater"),
        (b"workload: net.yaml\narchitecture: chip.yaml\nplugins: [nowhere.py]", "bad.yaml:3:11: plugins: plug-in 'nowhere.py'"),
    ],
)
def test_a_bad_file_is_one_message_whatever_is_asked_of_it(say, small, verb, text, said):
    if text is not None:
        Path("bad.yaml").write_bytes(text)
    before = everything(small)
    refused(say(verb, "bad.yaml"), said)
    assert everything(small) == before


def test_a_workload_alone_needs_an_architecture(say, small):
    refused(say("run", "net.yaml"), "net.yaml: names no architecture; add 'architecture: FILE' or give --arch FILE")
    refused(say("map", "net.yaml"), "--arch FILE")


def test_all_problems_of_all_files_come_at_once(say, small):
    edit(Path("chip.yaml"), "rows: 8", "rowz: 8")
    edit(Path("net.yaml"), "type: linear, name: fc1", "type: linaer, name: fc1")
    told = say("check", "chip.yaml", "net.yaml", "nowhere.yaml")
    assert told.code == 2
    assert "rowz: unknown key (did you mean 'rows'?)" in told.err
    assert "unknown layer type 'linaer' (did you mean 'linear'?)" in told.err
    assert "nowhere.yaml: cannot be read" in told.err


def spoilt_weights() -> dict[str, Any]:
    good = arrays()
    nan = {**good, "fc2.weight": np.where(np.eye(3, 5) > 0, np.nan, good["fc2.weight"]).astype(np.float32)}
    return {
        "nan": (nan, "fc2.weight: has 3 values that are not finite"),
        "infinite": ({**good, "fc1.bias": np.full(5, np.inf, np.float32)}, "fc1.bias: has 5 values that are not finite"),
        "shape": ({**good, "fc1.weight": good["fc1.weight"].T}, "fc1.weight: is of shape [6, 5], expected [5, 6] (it is transposed)"),
        "missing": ({name: good[name] for name in good if name != "fc2.bias"}, "fc2.bias: the array is missing, expected shape [3]"),
        "surplus": ({**good, "fc3.weight": good["fc2.weight"]}, "fc3.weight: no layer uses this array"),
        "kind": ({**good, "fc1.bias": np.arange(5)}, "fc1.bias: is of type int64, expected a floating type"),
        "pickled": ({**good, "fc1.bias": np.array([{}] * 5, object)}, "pickled Python objects, which are never loaded"),
    }


@pytest.mark.parametrize("harm", spoilt_weights())
def test_bad_weights_are_one_message(say, small, harm):
    stored, said = spoilt_weights()[harm]
    np.savez("weights.npz", **stored)
    refused(say("run", "experiment.yaml"), "weights.npz", said)
    assert not Path("runs").exists()


class Bomb:
    """Removes a file when it is unpickled."""

    def __reduce__(self) -> Any:
        return os.remove, ("net.yaml",)


@pytest.mark.parametrize("name", ["weights.npz", "data.npz"])
@pytest.mark.parametrize("harm", ["gone", "empty", "cut", "middle", "text", "folder", "pickle", "array"])
def test_a_damaged_archive_is_one_message(say, small, name, harm):
    file = Path(name)
    data = file.read_bytes()
    file.unlink()
    if harm == "folder":
        file.mkdir()
    elif harm == "array":
        with file.open("wb") as stream:
            np.save(stream, np.zeros(3))
    elif harm != "gone":
        broken = data[:200] + bytes(100) + data[300:]
        kinds = {"empty": b"", "cut": data[: len(data) // 2], "middle": broken, "text": b"hello", "pickle": pickle.dumps(Bomb())}
        file.write_bytes(kinds[harm])
    assert name in refused(say("run", "experiment.yaml"))
    assert not Path("runs").exists()
    assert Path("net.yaml").exists()


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ("architecture.network.topology={type: mesh, columns: 1, rows: 1}", "needs 2 tiles of 8 x 8, but 'chip' has 1"),
        ("architecture.tile.array.rows=0", "architecture.tile.array.rows: should be greater"),
        ("architecture.tile.array.columns=-8", "architecture.tile.array.columns: should be greater"),
        ("architecture.network.topology.columns=0", "topology.columns: should be greater"),
        ("architecture.network.clock=0 Hz", "network.clock: should be greater"),
        ("architecture.network.clock=-1 GHz", "network.clock: should be greater"),
        ("architecture.network.clock=1e-320 Hz", "network"),
        ("architecture.host.bandwidth=0 b/s", "host.bandwidth: should be greater"),
        ("architecture.host.node=99", "99"),
        ("architecture.tile.input_buffer.capacity=0 b", "input_buffer.capacity: should be greater"),
        ("architecture.tile.input_buffer.capacity=8 b", "buffer"),
        ("architecture.tile.array.adc.bits=0", "adc.bits: should be greater"),
        ("architecture.tile.array.dac.step=0 s", "dac.step: should be greater"),
        ("workload.layers.0.out_features=0", "out_features: should be greater"),
        ("workload.layers.0.out_features=-3", "out_features: should be greater"),
        ("workload.layers.0.out_features=7", "fc1.weight: is of shape [5, 6], expected [7, 6]"),
        ("workload.layers=[]", "workload.layers"),
        ("workload.input.shape=[0, 1, 1]", "shape [0, 1, 1] is not a shape"),
        ("workload.input.shape=[-6, 1, 1]", "is not a shape"),
        ("workload.input.shape=[7, 1, 1]", "the input is [7, 1, 1]"),
        ("workload.data.split=train", "the array 'x_train' is missing"),
        ("workload.weights=nowhere.npz", "nowhere.npz"),
        ("repeats=0", "repeats: should be greater"),
        ("stream=0", "stream: should be greater"),
        ("samples=13", "13 samples are asked for, but the data set has 12"),
        ("times=[]", "times"),
        ("times=[-1 s]", "-1"),
        ("times=[1]", "1 has no unit, expected a time"),
        ("mapping.copies={nowhere: 2}", "nowhere"),
    ],
)
def test_a_question_that_cannot_be_asked_is_one_message(say, small, change, said):
    refused(say("run", "experiment.yaml", "--set", change), said)
    assert not Path("runs").exists() or everything(Path("runs")) == set()


GRAPH = """<graphml xmlns="http://graphml.graphdrawing.org/xmlns">
<key id="x" for="node" attr.name="x" attr.type="double"/><key id="y" for="node" attr.name="y" attr.type="double"/>
<graph edgedefault="directed">
{nodes}
{edges}
</graph></graphml>"""


def graph(edges: str) -> str:
    nodes = "\n".join(f'<node id="{i}"><data key="x">{i}</data><data key="y">0</data></node>' for i in range(3))
    pairs = "\n".join(f'<edge source="{a}" target="{b}"/>' for a, b in (edge.split("-") for edge in edges.split()))
    return GRAPH.format(nodes=nodes, edges=pairs)


def test_a_topology_that_can_be_routed_is_run(say, small):
    Path("net.graphml").write_text(graph("0-1 1-0 1-2 2-1"))
    edit(Path("chip.yaml"), "{type: mesh, columns: 2, rows: 2}", "{type: file, path: net.graphml}")
    assert say("run", "experiment.yaml").code == 0


@pytest.mark.parametrize("edges", ["", "0-1", "1-0", "1-2 2-1", "0-1 1-2", "1-0 2-1"])
def test_a_topology_that_cannot_be_routed_is_one_message(say, small, edges):
    Path("net.graphml").write_text(graph(edges))
    edit(Path("chip.yaml"), "{type: mesh, columns: 2, rows: 2}", "{type: file, path: net.graphml}")
    refused(say("run", "experiment.yaml"), "there is no route from node")
    refused(say("check", "experiment.yaml"), "there is no route from node")
    refused(say("check", "chip.yaml"), "chip.yaml:17:3: network: ", "there is no route from node")


def test_a_tile_that_cannot_answer_is_found_by_check(say, small):
    Path("net.graphml").write_text(graph("0-1 1-0 1-2"))
    edit(Path("chip.yaml"), "{type: mesh, columns: 2, rows: 2}", "{type: file, path: net.graphml}")
    assert say("run", "experiment.yaml").code == 0  # which does not use that tile
    refused(say("check", "chip.yaml"), "no route from node 2 to node 0")


def test_a_host_at_no_node_is_one_message(say, small):
    edit(Path("chip.yaml"), "host: {", "host: {node: 77, ")
    refused(say("check", "chip.yaml"), "77")
    refused(say("run", "experiment.yaml"), "77")


@pytest.mark.parametrize("text", [None, "", "no graph", "<graphml/>", graph("0-7"), graph("0-1")[:150]])
def test_a_file_that_is_no_graph_is_one_message(say, small, text):
    if text is not None:
        Path("net.graphml").write_text(text)
    edit(Path("chip.yaml"), "{type: mesh, columns: 2, rows: 2}", "{type: file, path: net.graphml}")
    refused(say("check", "chip.yaml"), "net.graphml")


# --- where it is written ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("into", ["net.yaml", "net.yaml/runs", "/proc/nowhere", "/dev/null/runs"])
def test_a_place_where_nothing_can_be_written_is_told_before_simulating(say, small, monkeypatch, into):
    monkeypatch.setattr(Experiment, "run", lambda *_: pytest.fail("simulated for nothing"))
    before = everything(small)
    refused(say("run", "experiment.yaml", "--into", into), f"{into}: no run folder can be written here", "choose another with --into")
    assert everything(small) == before


def test_a_half_written_folder_is_told_by_report_and_mended_by_run(say, small):
    said = say("run", "experiment.yaml", "--json")
    (folder,) = Path("runs").iterdir()
    file = folder / "result.json"
    file.write_text(file.read_text()[:1000])
    refused(say("report", folder), f"{file}: is damaged or not a chipsim result", "run the experiment again")
    mended = say("run", "experiment.yaml", "--json")
    assert mended.code == 0
    assert json.loads(mended.out)["metrics"] == json.loads(said.out)["metrics"]
    assert [path.name for path in Path("runs").iterdir()] == [folder.name]
    assert say("report", folder).code == 0


def test_report_says_what_is_no_run_folder(say, small):
    refused(say("report", "nowhere"), "nowhere: cannot be read", "is it a run folder?")
    refused(say("report", small), "result.json: cannot be read", "is it a run folder?")
    say("run", "experiment.yaml")
    (folder,) = Path("runs").iterdir()
    refused(say("report", folder, "--plots", "net.yaml/plots"), "net.yaml/plots: the pictures cannot be written here")


def test_a_full_disk_is_one_message_and_leaves_nothing(say, small, tmp_path):
    disk, mount = tmp_path / "disk", shutil.which("mount")
    disk.mkdir()
    if mount is None or subprocess.run([mount, "-t", "tmpfs", "-o", "size=48k", "tmpfs", disk], capture_output=True).returncode:
        pytest.skip("no disk can be mounted here")
    try:
        refused(say("run", "experiment.yaml", "--into", disk), "No space left on device", code=1)
        assert everything(disk) == set()
    finally:
        subprocess.run(["umount", disk], check=True)


# --- checks that fail, interruptions ---------------------------------------------------------------------------------


def test_a_failed_check_is_exit_code_1_and_names_the_check(say, small, monkeypatch):
    genuine = load_experiment("experiment.yaml").run()
    wrong = replace(genuine, checks=[*genuine.checks, {"name": "two and two", "passed": False, "detail": "five"}])
    monkeypatch.setattr(Experiment, "run", lambda *_: wrong)
    said = say("run", "experiment.yaml")
    assert said.code == 1
    assert "checks failed: two and two; the figures of this run are not to be trusted" in said.err
    assert "1 FAILED" in said.out
    assert say("run", "experiment.yaml").code == 1  # also when it is answered from the folder


def test_a_simulation_that_cannot_go_on_is_exit_code_1(say, small, monkeypatch):
    def stuck(*_: object) -> None:
        raise CheckError("the chip is deadlocked")

    monkeypatch.setattr("chipsim.chip.Chip.run", stuck)
    refused(say("run", "experiment.yaml"), "the chip is deadlocked", code=1)
    assert everything(Path("runs")) == set()


def test_ctrl_c_is_exit_code_130(say, small, monkeypatch):
    def interrupted(*_: object) -> None:
        os.kill(os.getpid(), signal.SIGINT)
        time.sleep(5)

    monkeypatch.setattr("chipsim.chip.Chip.run", interrupted)
    refused(say("run", "experiment.yaml"), "interrupted", code=130)
    assert everything(Path("runs")) == set()


def test_a_ctrl_c_that_a_library_swallowed_still_stops_the_run(say, small, monkeypatch):
    from chipsim.chip import Chip

    genuine = Chip.run

    def careless(self: Chip) -> object:
        try:
            os.kill(os.getpid(), signal.SIGINT)
            time.sleep(5)
        except KeyboardInterrupt:
            pass
        return genuine(self)

    monkeypatch.setattr(Chip, "run", careless)
    refused(say("run", "experiment.yaml"), "interrupted", code=130)
    assert everything(Path("runs")) == set()


def started(*arguments: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "chipsim", *arguments], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=ALONE
    )


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGKILL])
def test_a_killed_run_leaves_nothing_under_its_name_and_can_be_run_again(say, small, number):
    big = [word for change in ("repeats=1000", "stream=1000", "times=[1 s, 2 s, 3 s, 4 s]") for word in ("--set", change)]
    process = started("run", "experiment.yaml", *big)
    deadline = time.monotonic() + 60
    while not Path("runs").exists() and time.monotonic() < deadline:
        time.sleep(0.02)  # it is asked whether the folder can be written just before the simulation
    time.sleep(0.2)
    process.send_signal(number)
    out, err = process.communicate(timeout=60)
    assert "Traceback" not in err
    assert out == ""
    if number == signal.SIGINT:
        assert process.returncode == 130
        assert "interrupted" in err
        assert everything(Path("runs")) == set()
    assert not [path for path in Path("runs").iterdir() if not path.name.startswith(".")]
    assert say("run", "experiment.yaml").code == 0
    assert len([path for path in Path("runs").iterdir() if not path.name.startswith(".")]) == 1


# --- a process of its own --------------------------------------------------------------------------------------------

IMPORTS = """
import sys
sys.argv = ["chipsim", *sys.argv[1:]]
from chipsim.__main__ import main
try:
    main()
finally:
    print(sorted(set(sys.modules) & {"numpy", "numba", "pint", "networkx", "simpy", "scipy", "matplotlib"}), file=sys.stderr)
"""


@pytest.mark.parametrize("arguments", [["--help"], ["run", "--help"], ["--version"]])
def test_help_imports_nothing_heavy(arguments):
    done = subprocess.run([sys.executable, "-c", IMPORTS, *arguments], capture_output=True, text=True, env=ALONE, check=True)
    assert done.stderr == "[]\n"
    assert done.stdout


def test_importing_the_package_imports_nothing_heavy():
    code = "import sys, chipsim; print(sorted(m for m in sys.modules if m in ('numpy', 'numba', 'pint', 'pydantic', 'typer')))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=ALONE, check=True)
    assert done.stdout == "[]\n"


def test_blas_has_one_thread_before_numpy_is_imported(small):
    free = {name: value for name, value in ALONE.items() if not name.endswith("_THREADS")}
    code = IMPORTS.replace("finally:", "finally:\n    import os; print(os.environ['OPENBLAS_NUM_THREADS'], file=sys.stderr)")
    done = subprocess.run([sys.executable, "-c", code, "check", "chip.yaml"], capture_output=True, text=True, env=free, check=True)
    assert done.stderr.splitlines()[0] == "1"


def test_a_whole_process_from_a_file_to_a_message(small):
    edit(Path("chip.yaml"), "bits: 8, bound", "bitz: 8, bound")
    process = started("run", "experiment.yaml")
    out, err = process.communicate(timeout=60)
    assert (process.returncode, out) == (2, "")
    assert err.startswith("chip.yaml:9:")
    assert err.rstrip().endswith("unknown key (did you mean 'bits'?)")


def test_a_reader_that_goes_away_is_no_traceback(small):
    process = started("explain", "pcm")
    assert process.stdout is not None
    process.stdout.close()
    assert process.stderr is not None
    assert "Traceback" not in process.stderr.read()
    process.wait(60)


def test_a_terminal_without_the_letters_is_no_traceback(small):
    edit(Path("chip.yaml"), "name: chip", "name: µ-芯片")
    env = ALONE | {"PYTHONIOENCODING": "ascii"}
    done = subprocess.run([sys.executable, "-m", "chipsim", "show", "chip.yaml"], capture_output=True, text=True, env=env, check=True)
    assert "name: ?-??" in done.stdout


def test_the_small_files_are_what_these_tests_think(small):
    assert Path("chip.yaml").read_text() == CHIP
    assert Path("net.yaml").read_text() == NET
    assert Path("experiment.yaml").read_text() == EXPERIMENT
