"""The verb `compare-precision`: trained weights from a run folder, times, messages, files."""

import json

from known_files import write_known


def test_the_whole_command(tmp_path, say):
    folder, into = write_known(tmp_path), tmp_path / "found"
    told = say("compare-precision", folder / "experiment.yaml", "--times", "1 s", "--into", into)
    assert told.code == 0, told.err
    assert "int8" in told.out
    assert "chipsim train hwa" in told.out
    assert "100.00 % *" in told.out
    assert {"rows.csv", "variants.csv", "precision.png", "precision.svg", "study.txt"} <= {file.name for file in into.iterdir()}


def test_weights_of_a_run_folder_or_of_a_workload(tmp_path, say):
    folder = write_known(tmp_path)
    run = tmp_path / "run"
    run.mkdir()
    (run / "workload.yaml").write_text(f"extends: {folder}/net.yaml\n")
    for trained in (run, folder / "net.yaml"):
        told = say("compare-precision", folder / "experiment.yaml", "--times", "1 s", "--trained", trained, "--json")
        rows = {row["variant"]: row["value"] for row in json.loads(told.out)["rows"]}
        assert rows["trained"] == rows["direct"]
        assert rows["trained-float"] == rows["float"] == 1.0


def test_messages(tmp_path, say):
    folder = write_known(tmp_path)
    cases = {
        ("--trained", str(tmp_path / "nowhere")): "does not exist; expected a run folder",
        ("--trained", str(tmp_path / "empty")): "has no workload.yaml",
        ("--times", "soon"): "--times",
    }
    (tmp_path / "empty").mkdir()
    for words, message in cases.items():
        told = say("compare-precision", folder / "experiment.yaml", *words)
        assert told.code == 2
        assert message in told.err
