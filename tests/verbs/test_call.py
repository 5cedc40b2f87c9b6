"""`chipsim.run` gives and writes what `chipsim run` does."""

import pytest
from builders import chip, residual
from small_files import write_small

import chipsim
from chipsim import runs
from chipsim.errors import CheckError, InputError
from chipsim.experiment import Experiment
from chipsim.result import Result

FEW = ["stream=3", "times=[1 s]", "repeats=1"]


def test_the_answer_is_that_of_the_command_line_and_lies_in_its_folder(say, tmp_path):
    write_small(tmp_path)
    result = chipsim.run(tmp_path / "net.yaml", tmp_path / "chip.yaml", FEW, into=tmp_path / "runs")
    (folder,) = (tmp_path / "runs").iterdir()
    assert {"report.txt", "report.html", "result.json", "experiment.yaml"} <= {file.name for file in folder.iterdir()}
    changes = [word for change in FEW for word in ("--set", change)]
    said = say("run", tmp_path / "net.yaml", "--arch", tmp_path / "chip.yaml", "--into", tmp_path / "runs", *changes)
    assert said.code == 0
    assert "answered before" in said.err
    assert Result.load(folder).metrics == result.metrics


def test_an_answer_is_found_again_and_simulated_only_where_asked(tmp_path, monkeypatch):
    first = chipsim.run(residual(), chip(), FEW, into=tmp_path)
    with monkeypatch.context() as patched:
        patched.setattr(Experiment, "run", lambda self: pytest.fail("was simulated"))
        assert chipsim.run(residual(), chip(), FEW, into=tmp_path).metrics == first.metrics
    again = chipsim.run(residual(), chip(), FEW, into=tmp_path, again=True)
    assert again.provenance["date"] >= first.provenance["date"]
    assert len(list(tmp_path.iterdir())) == 1


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ((object(), None), "workload: is of type object, expected a file or a Workload"),
        ((residual(),), "names no architecture; give one, a file or a chipsim.Architecture, such as chipsim.run(workload, 'chip.yaml')"),
        ((residual(), {"tile": 1}), "architecture: is of type dict, expected a file or a chipsim.Architecture"),
        ((residual(), chip(), "repeats=1"), "changes: str repeats=1; expected a list of texts such as ['repeats=1']"),
        ((residual(), chip(), {"repeats": 1}), "changes: dict {'repeats': 1}; expected a list of texts such as ['repeats=1']"),
    ],
)
def test_what_a_program_gives_wrongly_is_one_sentence(arguments, words):
    with pytest.raises(InputError) as caught:
        chipsim.run(*arguments, into=None)
    assert words in str(caught.value)


def test_a_module_is_told_to_become_a_workload_first(tmp_path):
    torch = pytest.importorskip("torch")
    with pytest.raises(InputError, match=r"of type Linear, .*a PyTorch module becomes one: chipsim.from_torch\(module, example\)"):
        chipsim.run(torch.nn.Linear(2, 2), chip(), into=None)
    with pytest.raises(InputError, match=r"save_workload\.workload: is 'x\.onnx', expected a Workload"):
        chipsim.save_workload("x.onnx", tmp_path)


def test_objects_are_one_line_each(tmp_path):
    experiment = chipsim.load(residual(), chip())
    mapping = experiment.map()
    told = [repr(one) for one in (experiment.workload, experiment, mapping, experiment.network(mapping))]
    assert told[0] == f"<Workload 'tiny': {len(experiment.workload.steps)} layers, [2, 6, 6] to [4, 1, 1], 4 samples>"
    assert told[1].startswith("<Experiment 'tiny on ")
    assert told[2].startswith(f"<Mapping: 4 layers, {len(mapping.placements)} blocks, ")
    assert told[3].startswith("<ProgrammedNetwork 'tiny': 4 layers on ")
    assert all(len(line) < 120 and "\n" not in line for line in told)


def test_nothing_is_written_where_nothing_is_asked_for(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert chipsim.run(residual(), chip(), FEW, into=None).metrics["latency"] > 0
    assert list(tmp_path.iterdir()) == []


def test_what_cannot_be_written_is_told_before_anything_runs(tmp_path, monkeypatch):
    monkeypatch.setattr(Experiment, "run", lambda self: pytest.fail("was simulated"))
    (tmp_path / "file").write_text("")
    with pytest.raises(InputError, match="no run folder can be written here"):
        chipsim.run(residual(), chip(), FEW, into=tmp_path / "file")


def test_an_answer_that_contradicts_itself_is_an_error(tmp_path, monkeypatch):
    result = chipsim.run(residual(), chip(), FEW, into=None)
    result.checks[0]["passed"] = False
    monkeypatch.setattr(Experiment, "run", lambda self: result)
    with pytest.raises(CheckError, match=r"checks failed: .*; the figures of this run are not to be trusted"):
        chipsim.run(residual(), chip(), FEW, into=tmp_path)
    assert runs.find(next(tmp_path.iterdir())) is not None  # it is kept, to be looked at
