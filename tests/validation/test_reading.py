"""Files of figures: what is taken over from the top, and every problem at once with its place."""

import pytest

from chipsim.errors import InputError
from chipsim.sheet.product import ACTIVITY
from chipsim.validation.reading import read_figures

ONE = "- {id: A, what: rate, measure: array_ops, published: 1 GOP/s, tolerance: 5 %, kind: predicted}"


def problems(file):
    with pytest.raises(InputError) as caught:
        read_figures(file)
    return [str(problem).split("figures/small.yaml:")[-1] for problem in caught.value.problems]


def only(file):
    (found,) = read_figures(file)[1]
    return found


def test_what_the_top_says_is_of_every_figure(figures, tmp_path):
    top = "chip: ../chip.yaml\nworkload: ../net.yaml\nconfidence: low\nactivity: 0.5\nset: {tile.array.rows: 16}\nrun: {stream: 5}"
    found = only(figures(ONE, top))
    assert found.confidence == "low"
    assert found.source == "nobody 2026"
    assert found.here.activity == 0.5
    assert [(path, node.plain()) for path, node in found.here.changes] == [("tile.array.rows", 16)]
    assert found.here.run is not None
    assert found.here.run.plain() == {"stream": 5}
    assert str(tmp_path) in (found.here.workload or "")


def test_what_a_figure_says_comes_first(figures):
    own = ONE.replace("kind", "set: {tile.array.rows: 4}, activity: 0, confidence: medium, source: another, kind")
    found = only(figures(own, "chip: ../chip.yaml\nset: {tile.array.rows: 16}\nconfidence: low\nactivity: 0.5"))
    assert [(path, node.plain()) for path, node in found.here.changes] == [("tile.array.rows", 4)]
    assert (found.confidence, found.source, found.here.activity) == ("medium", "another", 0)


def test_keys_of_set_and_run_are_laid_upon_those_of_the_top(figures):
    own = ONE.replace("kind", "set: {tile.array.rows: 4}, run: {stream: 9}, kind")
    top = "chip: ../chip.yaml\nworkload: ../net.yaml\nset: {tile.array.rows: 16, tile.array.columns: 6}\nrun: {samples: 3, stream: 5}"
    found = only(figures(own, top)).here
    assert {path: node.plain() for path, node in found.changes} == {"tile.array.rows": 4, "tile.array.columns": 6}
    assert found.run is not None
    assert found.run.plain() == {"samples": 3, "stream": 9}


def test_usual_values(figures):
    found = only(figures(ONE))
    assert (found.here.activity, found.here.workload, found.confidence, found.unit) == (ACTIVITY, None, "medium", "OP/s")


def test_the_other_configuration_takes_over_what_it_does_not_say(figures):
    text = ONE.replace("1 GOP/s", "2.5").replace("kind", "set: {tile.array.rows: 4}, against: {set: {}}, kind")
    found = only(figures(text))
    assert found.unit == ""
    assert found.other is not None
    assert (found.other.changes, found.other.chip, found.other.measure) == ((), found.here.chip, "array_ops")
    inherited = only(figures(text.replace("{set: {}}", "{measure: peak_ops}")))
    assert inherited.other is not None
    assert inherited.other.changes == inherited.here.changes


def test_every_problem_of_a_file_is_told_at_once_with_its_place(figures):
    entries = """
- {id: A, what: rate, measure: aray_ops, published: 1 GOP/s, tolerance: 5 %, kind: predicted}
- {id: B, what: rate, measure: array_ops, published: 1 GJ, tolerance: 5 %, kind: predicted}
- {id: C, what: rate, measure: array_ops, publishd: 1 GOP/s, kind: predicted}
- {id: D, what: rate, measure: array_ops, published: 1 GOP/s, kind: predicted}
- {id: E, what: time, measure: latency, published: 5 ns, tolerance: 5 %, kind: predicted}
- {id: F, what: rate, measure: array_ops, published: 1 GOP/s, kind: guessed, tolerance: 5 %}
"""
    found = problems(figures(entries))
    assert [text.partition(":")[0] for text in found] == ["4", "5", "6", "6", "7", "8", "9"]
    text = "\n".join(found)
    for said in (
        "4:34: figures[0].measure: 'aray_ops' is no measure (did you mean 'array_ops'?)",
        "5:56: figures[1].published: '1 GJ' is an energy, expected a rate of operations such as '30 TOP/s'",
        "unknown key (did you mean 'published'?)",
        "figures[3].tolerance: is missing (how far off chipsim may be",
        "'latency' is a measure of a run; give a workload",
        "'calibrated', 'predicted' or 'order'",
    ):
        assert said in text


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (("tolerance: 5 %", "tolerance: 5 ns"), "'5 ns' is no tolerance; expected such as '5 %'"),
        (("kind: predicted", "kind: order"), "is a number, but an order is an inequality; expected such as 'above 1'"),
        (("measure: array_ops, ", ""), "give either 'measure' or 'recorded'"),
        (("kind", "comparator: v100, kind"), "'v100' is not in the library (did you mean"),
        (("array_ops, published: 1 GOP/s", "product_time, comparator: v100-fp16, published: 3"), "has no rating in the unit"),
        (("kind", "workload: ../nett.yaml, kind"), "there is no file"),
        (("kind", "against: {chip: ../no.yaml}, kind"), "against.chip: there is no file"),
        (("array_ops", "area.adc / aria"), "'aria' is no measure (did you mean 'area'?)"),
        (("array_ops", "arae.adc"), "is no measure (did you mean 'area'?)"),
        (("kind", "claim: {efficiency: 1 GOP/s/W, density: 1 TOP/s/mm2}, kind"), "'array_ops' is no measure of a claim (known:"),
        (("kind", "against: {measure: area}, kind"), "'array_ops' and 'area' have different units"),
        (("kind", "activity: 2, kind"), "less than or equal to 1"),
    ],
)
def test_a_figure_that_contradicts_itself(figures, change, said):
    assert said in "\n".join(problems(figures(ONE.replace(*change))))


def test_a_file_of_another_kind_is_told_in_one_line(figures, tmp_path):
    with pytest.raises(InputError, match="holds no figures; expected a file with a list of published figures") as caught:
        read_figures(tmp_path / "chip.yaml")
    assert len(caught.value.problems) == 1
    (tmp_path / "list.yaml").write_text("[1, 2]")
    with pytest.raises(InputError, match="holds no figures"):
        read_figures(tmp_path / "list.yaml")


def test_figures_that_are_no_list(figures):
    assert "expected a list of blocks" in problems(figures("A: 3"))[0]


def test_a_file_without_a_chip_measures_none(figures):
    assert "give 'chip: FILE' at its top" in problems(figures(ONE, top="about: nothing"))[0]
    assert "there is no file" in problems(figures(ONE, top="chip: ../none.yaml"))[0]


def test_a_ratio_of_a_claim_needs_a_comparator(figures):
    text = "claim_energy_ratio, claim: {efficiency: 1 GOP/s/W, density: 1 TOP/s/mm2}, published: 3"
    found = problems(figures(ONE.replace("array_ops, published: 1 GOP/s", text), top="about: nothing"))
    assert "is a ratio to a comparator; name one" in found[0]


RECORD = """
- id: R
  what: accuracy
  recorded: {value: %s, file: ../record.md, command: chipsim run, date: 2026-11-22}
  published: %s
  tolerance: %s
  kind: predicted
"""


def test_what_is_recorded_stands_in_its_record(figures, tmp_path):
    (tmp_path / "record.md").write_text("we found 97.20 +- 0.1 %, 20,490 synapses and 35.6 fJ")
    found = only(figures(RECORD % ("97.20 %", "97.1 %", "0.5 points")))
    assert (found.recorded, found.unit) == (pytest.approx(0.972), "")
    assert only(figures(RECORD % ("20490", "20490", "0 %"))).recorded == 20490
    energy = only(figures(RECORD % ("35.6 fJ", "36 fJ", "2 %")))
    assert (energy.recorded, energy.unit) == (pytest.approx(35.6e-15), "J")


@pytest.mark.parametrize(
    ("value", "said"),
    [
        ("97.21 %", "'97.21 %' does not stand in record.md"),
        ("7.20 %", "does not stand in record.md"),
        ("97.20 ns", "'97.20 ns' is no bare number"),
    ],
)
def test_what_does_not_stand_in_its_record(figures, tmp_path, value, said):
    (tmp_path / "record.md").write_text("we found 97.20 %")
    assert said in problems(figures(RECORD % (value, "97 %", "1 points")))[0]


def test_a_record_that_is_missing(figures):
    assert "there is no file" in problems(figures(RECORD % ("97.20 %", "97 %", "1 points")))[0]


def test_a_record_is_not_computed(figures, tmp_path):
    (tmp_path / "record.md").write_text("97.20")
    text = RECORD % ("97.20 %", "97 %", "1 points") + "  comparator: v100-fp16\n"
    assert "what was recorded is not computed" in problems(figures(text))[0]
