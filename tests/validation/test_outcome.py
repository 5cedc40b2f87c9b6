"""Verdicts, sums, and what makes a validation fail."""

import json

import pytest

from chipsim.errors import InputError
from chipsim.experiment import Experiment
from chipsim.validation.outcome import ERROR, MISSED, OUTSIDE, WITHIN, figures_files, sums_of, validate

RATE = "- {id: %s, what: rate, measure: array_ops, published: %s GOP/s, tolerance: 10 %%, kind: %s%s}"
OURS = 3.764706  # GOP/s: 128 OP in 34 ns


def rates(*figures):
    return "\n".join(RATE % (name, published, kind, f", {more}" if more else "") for name, published, kind, more in figures)


def test_verdicts(figures):
    file = figures(
        rates(
            ("near", OURS, "predicted", ""),
            ("allowed", OURS / 1.09, "predicted", ""),
            ("far", OURS / 1.2, "predicted", ""),
            ("told", OURS / 1.2, "predicted", "reason: nobody knows"),
        )
        + "\n- {id: wrong, what: no such layer, measure: layers.fc9.latency, workload: ../net.yaml, run: {samples: 2}, published: 1 us,"
        + " tolerance: 1 %, kind: predicted}"
    )
    found = validate([file])
    assert [row["verdict"] for row in found.rows] == [WITHIN, WITHIN, OUTSIDE, MISSED, ERROR]
    assert [row["id"] for row in found.failed] == ["far", "wrong"]
    assert found.rows[2]["error"] == pytest.approx(0.2, abs=1e-6)
    assert found.rows[4]["ours"] is None
    assert "the network has no layer 'fc9'" in found.rows[4]["message"]
    assert json.loads(found.to_json())["rows"] == found.rows


def test_a_row_tells_where_everything_comes_from(figures):
    row = validate([figures(rates(("A", OURS, "calibrated", "note: turned round")))]).rows[0]
    assert row["ours"] == pytest.approx(OURS * 1e9, rel=1e-6)
    assert (row["chip"], row["file"], row["source"], row["confidence"]) == ("small", "small.yaml", "nobody 2026", "medium")
    assert (row["unit"], row["note"], row["kind"], row["points"], row["record"]) == ("OP/s", "turned round", "calibrated", False, "")


def test_bounds_have_no_error_within(figures):
    text = "- {id: A, what: order, measure: array_ops, published: %s, kind: order}"
    inside, outside = (validate([figures(text % bounds)]).rows[0] for bounds in ("1 to 5 GOP/s", "above 5 GOP/s"))
    assert (inside["verdict"], inside["error"], inside["value"]) == (WITHIN, 0, None)
    assert (outside["verdict"], outside["error"]) == (OUTSIDE, pytest.approx(OURS / 5 - 1, rel=1e-5))


def test_a_bound_may_have_a_tolerance(figures):
    text = "- {id: A, what: order, measure: array_ops, published: above 4 GOP/s, tolerance: 10 %, kind: order}"
    assert validate([figures(text)]).rows[0]["verdict"] == WITHIN


def test_one_figure_or_one_chip_alone(figures):
    first = figures(rates(("A", OURS, "predicted", ""), ("B", OURS, "predicted", "")), name="one.yaml")
    second = figures(rates(("A", OURS, "predicted", "")), name="two.yaml")
    assert [(row["chip"], row["id"]) for row in validate([first, second], only="A").rows] == [("one", "A"), ("two", "A")]
    assert [row["chip"] for row in validate([first, second], only="two").rows] == ["two"]
    with pytest.raises(InputError, match="--only owo: no figure and no file of figures is called so \\(did you mean 'two'"):
        validate([first, second], only="owo")


@pytest.mark.parametrize(
    ("only", "found"),
    [
        ("A", ["one A", "one A", "two A"]),
        ("one:A", ["one A", "one A"]),
        ("one:A/second", ["one A"]),
        ("A/SECOND rate", ["one A"]),
        ("one:/second", ["one A"]),
        ("one", ["one A", "one A", "one B"]),
        ("two:A/rate", ["two A"]),
    ],
)
def test_ids_may_repeat_and_words_tell_figures_apart(figures, only, found):
    same = rates(("A", OURS, "predicted", ""), ("A", OURS, "predicted", ""), ("B", OURS, "predicted", ""))
    first = figures(same.replace("what: rate", "what: second rate", 1), name="one.yaml")
    second = figures(rates(("A", OURS, "predicted", "")), name="two.yaml")
    assert [f"{row['chip']} {row['id']}" for row in validate([first, second], only=only).rows] == found


@pytest.mark.parametrize("only", ["three:A", "one:C", "one:A/third", "A/third"])
def test_no_figure_of_that_name(figures, only):
    file = figures(rates(("A", OURS, "predicted", "")), name="one.yaml")
    with pytest.raises(InputError, match="no figure and no file of figures is called so"):
        validate([file], only=only)


def test_chips_are_built_before_anything_runs(figures, monkeypatch):
    monkeypatch.setattr(Experiment, "run", lambda self: pytest.fail("a run"))
    entries = """
- {id: a, what: run, measure: latency, workload: ../net.yaml, published: 1 us, tolerance: 1 %, kind: predicted}
- {id: b, what: typo, measure: array_ops, set: {tile.array.row: 3}, published: 1 GOP/s, tolerance: 1 %, kind: predicted}
- {id: c, what: part, measure: area.adcs / area, published: 1 %, tolerance: 1 %, kind: predicted}
- {id: d, what: block, measure: array_ops, set: {tile.array.rows.x: 3}, published: 1 GOP/s, tolerance: 1 %, kind: predicted}
- {id: e, what: name, measure: aray_ops, published: 1 GOP/s, tolerance: 1 %, kind: predicted}
"""
    file = figures(entries)
    with pytest.raises(InputError) as caught:
        validate([file])
    said = [str(problem).removeprefix(f"{file}:") for problem in caught.value.problems]
    assert [line.partition(":")[0] for line in said] == ["5", "6", "7", "8"]
    wrong = ("did you mean 'rows'", "no part 'adcs' there", "no block above 'x'", "did you mean 'array_ops'")
    for line, words in zip(said, wrong, strict=True):
        assert words in line


def test_a_broken_chip_is_told_once(figures, tmp_path):
    (tmp_path / "chip.yaml").write_text((tmp_path / "chip.yaml").read_text() + "\nnonsense: 1\n")
    with pytest.raises(InputError) as caught:
        validate([figures(rates(("A", OURS, "predicted", ""), ("B", OURS, "predicted", "")))])
    assert len(caught.value.problems) == 1


def test_a_quotient_is_compared_in_its_unit(figures):
    text = "- {id: A, what: density, measure: array_ops / array_area, published: %s, tolerance: 10 %%, kind: predicted}"
    sheet = validate([figures(text.replace("array_ops / array_area", "array_ops_per_area") % "1 TOPS/mm2")]).rows[0]
    found = validate([figures(text % "1 TOPS/mm2")]).rows[0]
    assert (found["unit"], found["size"]) == ("OP/s/m2", 1e18)
    assert found["ours"] == pytest.approx(sheet["ours"])
    with pytest.raises(InputError, match=r"1\.285 has no unit, expected a density of operations such as '1 TOP/s/mm2'"):
        validate([figures(text % "1.285")])


def test_problems_of_all_files_at_once(figures):
    files = [figures("- {id: A}", name=f"{name}.yaml") for name in ("one", "two")]
    with pytest.raises(InputError) as caught:
        validate(files)
    text = str(caught.value)
    assert "one.yaml" in text
    assert "two.yaml" in text


def test_sums_keep_kinds_quantities_and_shares_apart():
    row = {"error": 0.1, "difference": 0.0, "ours": 1.0, "value": 1.0, "points": False, "verdict": WITHIN, "kind": "predicted"}
    share = row | {"points": True, "difference": -0.004, "error": -0.5}
    rows = [row, row | {"error": -0.3, "verdict": MISSED}, row | {"error": 0.2}, share, row | {"kind": "calibrated", "error": 0.0}]
    predicted, calibrated, order = sums_of([*rows, row | {"kind": "order", "value": None, "error": 0.0}])
    assert (predicted["figures"], predicted[WITHIN], predicted[MISSED], predicted["quantities"]) == (4, 3, 1, 3)
    assert (predicted["median"], predicted["largest"], predicted["points"]) == pytest.approx((0.2, 0.3, 0.004))
    assert (calibrated["median"], order["quantities"], order["median"]) == (0, 0, None)


def test_files_of_a_folder(tmp_path):
    place = tmp_path / "architectures" / "figures"
    with pytest.raises(InputError, match=r"there is no file of figures in .*figures; name files"):
        figures_files(tmp_path)
    place.mkdir(parents=True)
    for name in ("b.yaml", "a.yaml", "note.txt"):
        (place / name).write_text("x")
    assert [file.name for file in figures_files(tmp_path)] == ["a.yaml", "b.yaml"]


def test_progress_goes_from_nothing_to_all(figures):
    shares = []
    text = "- {id: A, what: time, measure: latency, published: above 1 ps, kind: order, workload: ../net.yaml, run: {stream: %d}}"
    validate([figures("\n".join(text % stream for stream in (3, 4)))], progress=lambda text, share: shares.append(share))
    assert shares == [0, 0.5]
