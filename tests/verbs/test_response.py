"""The verb `response`: finding the response and its changes; what goes to the screen and into a folder."""

import io
import json

import pytest
from rich.console import Console

from chipsim.errors import InputError
from chipsim.responses import SoftBounds
from chipsim.verbs.response import find_response, library, run_response


def test_an_entry_a_type_and_a_file(tmp_path):
    response, name = find_response("reram-om", ["step=0.05"])
    assert (response.step, response.w_max_spread, name) == (0.05, 0.3499, "reram-om (soft_bounds_reference)")
    assert find_response("soft_bounds") == (SoftBounds(), "soft_bounds")
    for text in ("{type: soft_bounds, step: 0.02}", "rule: {response: {type: soft_bounds, step: 0.02}}"):
        file = tmp_path / "mine.yaml"
        file.write_text(text, encoding="utf-8")
        assert find_response(str(file)) == (SoftBounds(step=0.02), f"{file} (soft_bounds)")
    file.write_text("{component: reram-om, stuck: 0.2}", encoding="utf-8")
    assert find_response(str(file))[0].stuck == 0.2


@pytest.mark.parametrize(
    ("name", "said"), [("reram-on", "reram-om"), ("missing.yaml", "missing.yaml"), ("pcm", "no entry of the library")]
)
def test_what_is_not_found(name, said):
    with pytest.raises(InputError, match=said):
        find_response(name)


def test_a_file_without_a_response(tmp_path):
    (tmp_path / "a.yaml").write_text("device: pcm", encoding="utf-8")
    with pytest.raises(InputError, match="holds no response: neither a 'type' at its top nor a block 'response'"):
        find_response(str(tmp_path / "a.yaml"))


def test_the_library_holds_responses_only():
    assert {"reram-om", "reram-om-measured-yield", "reram-hfo2-measured-yield", "pcm-one-sided", "ecram-li"} <= set(library())
    assert "isaac-adc" not in library()


def test_text_json_and_files(tmp_path, capsys):
    pytest.importorskip("matplotlib")
    stream = io.StringIO()
    run_response("reram-om", cells=100, pulses=10, into=tmp_path / "om", console=Console(file=stream, width=80))
    names = {file.name for file in (tmp_path / "om").iterdir()}
    tables = {f"{name}.csv" for name in ("curve", "samples", "steps", "symmetry", "spreads")}
    pictures = {f"{name}.{kind}" for name in ("curve", "steps", "symmetry") for kind in ("png", "svg")}
    assert names == {"study.txt", "study.json"} | tables | pictures
    assert "13 files in" in stream.getvalue()
    run_response("reram-om", cells=100, pulses=10, as_json=True)
    assert json.loads(capsys.readouterr().out) == json.loads((tmp_path / "om" / "study.json").read_text())
