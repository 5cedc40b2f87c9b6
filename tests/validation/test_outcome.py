"""Verdicts, sums, and what makes a validation fail."""

import json

import pytest

from chipsim.errors import InputError
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
            ("wrong", OURS, "predicted", "set: {tile.array.row: 3}"),
        )
    )
    found = validate([file])
    assert [row["verdict"] for row in found.rows] == [WITHIN, WITHIN, OUTSIDE, MISSED, ERROR]
    assert [row["id"] for row in found.failed] == ["far", "wrong"]
    assert found.rows[2]["error"] == pytest.approx(0.2, abs=1e-6)
    assert found.rows[4]["ours"] is None
    assert "did you mean 'rows'" in found.rows[4]["message"]
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
