"""The record of a training: JSON without loss, one message for everything else."""

import json
from dataclasses import replace

import pytest
from small_training import small_result

from chipsim.errors import CheckError, InputError
from chipsim.insitu.result import TrainingResult, is_training


def test_json_keeps_everything(tmp_path):
    result = small_result()
    file = tmp_path / "result.json"
    file.write_text(result.to_json())
    assert TrainingResult.load(tmp_path) == result
    assert TrainingResult.load(file) == result
    assert is_training(tmp_path)


@pytest.mark.parametrize("text", ["", "{", "[]", "3", '{"kind": "training"}', '{"kind": "training", "format": 1, "name": 3}'])
def test_damaged_files_are_one_message(tmp_path, text):
    (tmp_path / "result.json").write_text(text)
    with pytest.raises(InputError, match=r"result.json: (is damaged|is no training)"):
        TrainingResult.load(tmp_path)


def test_other_formats_and_other_results_are_told(tmp_path):
    data = json.loads(small_result().to_json())
    with pytest.raises(InputError, match="another version"):
        TrainingResult.from_json(json.dumps(data | {"format": 99}))
    with pytest.raises(InputError, match="is no training"):
        TrainingResult.from_json(json.dumps({"format": 2, "name": "a run"}))
    assert not is_training(tmp_path / "nowhere")
    with pytest.raises(InputError, match="cannot be read"):
        TrainingResult.load(tmp_path / "nowhere")


def test_numbers_that_are_none_are_refused():
    with pytest.raises(CheckError, match=r"TrainingResult.metrics.accuracy: nan is not a finite number"):
        replace(small_result(), metrics={"accuracy": float("nan")})
    with pytest.raises(CheckError, match=r"TrainingResult.curves: holds something that is no row"):
        replace(small_result(), curves=[3])
