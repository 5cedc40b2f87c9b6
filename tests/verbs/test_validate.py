"""The verb `validate`: exit codes, the folder it looks into, the page, JSON."""

import json

import pytest
from small_files import write_small

FILE = """
chip: ../../chip.yaml
source: nobody
figures:
  - {id: A, what: rate, measure: array_ops, published: %s GOP/s, tolerance: 1 %%, kind: predicted%s}
"""
OURS = "3.765"


@pytest.fixture
def folder(tmp_path, monkeypatch):
    write_small(tmp_path)
    (tmp_path / "architectures" / "figures").mkdir(parents=True)
    monkeypatch.chdir(tmp_path)
    return tmp_path / "architectures" / "figures"


def test_all_files_of_the_folder(say, folder):
    for name in ("one", "two"):
        (folder / f"{name}.yaml").write_text(FILE % (OURS, ""))
    found = say("validate")
    assert found.code == 0
    assert "ONE" in found.out
    assert "TWO" in found.out
    assert say("validate", "--only", "two").out.count("within") == 2  # the row and the heading of the sums


def test_a_figure_outside_fails_unless_a_reason_is_stated(say, folder):
    (folder / "one.yaml").write_text(FILE % ("5", ""))
    found = say("validate")
    assert found.code == 1
    assert "1 of 1 figures is outside the tolerance without a reason, or failed: one A" in found.err
    (folder / "one.yaml").write_text(FILE % ("5", ", reason: nobody knows"))
    found = say("validate")
    assert found.code == 0
    assert "missed" in found.out
    assert "nobody knows" in found.out


def test_a_figure_that_cannot_be_had_is_a_row(say, folder):
    run = ", workload: ../../net.yaml, run: {samples: 2}"
    (folder / "one.yaml").write_text((FILE % (OURS, run)).replace("array_ops", "layers.fc9.latency").replace("GOP/s", "us"))
    found = say("validate", "architectures/figures/one.yaml", "--json")
    assert found.code == 1
    assert "the network has no layer 'fc9'" in json.loads(found.out)["rows"][0]["message"]


def test_a_file_that_is_wrong_is_told_with_its_place(say, folder):
    (folder / "one.yaml").write_text(FILE % (OURS, ", kindd: x"))
    found = say("validate")
    assert found.code == 2
    assert "architectures/figures/one.yaml:5:" in found.err


def test_a_file_of_figures_can_be_checked_alone(say, folder):
    (folder / "one.yaml").write_text(FILE % (OURS, ""))
    assert say("check", "architectures/figures/one.yaml").out == "architectures/figures/one.yaml: published figures, 1 of them\n"


def test_a_folder_without_figures(say, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    found = say("validate")
    assert found.code == 2
    assert "there is no file of figures in architectures/figures" in found.err


def test_the_page(say, folder, tmp_path):
    pytest.importorskip("matplotlib")
    (folder / "one.yaml").write_text(FILE % (OURS, ""))
    assert say("validate", "--page", tmp_path / "docs" / "validation.md").code == 0
    assert "| A | rate |" in (tmp_path / "docs" / "validation.md").read_text()
    assert (tmp_path / "docs" / "pictures" / "validation.svg").exists()
    refused = say("validate", "--page", tmp_path / "part.md", "--only", "A")
    assert refused.code == 2
    assert "leave out --only A" in refused.err
    assert not (tmp_path / "part.md").exists()
