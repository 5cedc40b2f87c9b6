"""Where every key belongs, and that the descriptions that answers are made from hold nothing else."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from builders import chip, linear, network
from hypothesis import given
from hypothesis import strategies as st
from spec_strategies import ARCHITECTURES, examples, varied

from chipsim.architecture import Architecture
from chipsim.errors import InputError
from chipsim.facets import FACETS, PLACES, RERUNS, described, facet_of, is_foreign, is_price, of_time, of_values
from chipsim.programming import WriteVerify
from chipsim.question import Question
from chipsim.reading import load
from chipsim.spec import Spec, dimension_of
from chipsim.units import DIMENSIONS

PAGE = Path(__file__).parents[1] / "docs" / "what-a-change-runs-again.md"
WORK = network([12, 1, 1], linear("a", 8), samples=4)
PRICED = {"energy", "power", "area", "energy per bit", "energy per bit and length"}


def asked(architecture: Architecture, **keys: Any) -> Question:
    return Question(workload=WORK.spec, architecture=architecture, **keys)


def prices(spec: Spec) -> Iterator[tuple[str, Any]]:
    """All prices but those in blocks of plug-ins."""
    if is_foreign(type(spec)):
        return
    for name, field in type(spec).model_fields.items():
        value = getattr(spec, name)
        if is_price(dimension_of(field)):
            yield f"{type(spec).__name__}.{name}", value
        for item in value if isinstance(value, tuple) else value.values() if isinstance(value, dict) else (value,):
            yield from prices(item) if isinstance(item, Spec) else ()


# --- keys ----------------------------------------------------------------------------------------------------------------


def test_the_page_says_where_keys_belong() -> None:
    rows = re.findall(r"^\| `([a-z_.]+)` \| `(\w+)` \|$", PAGE.read_text(encoding="utf-8"), re.MULTILINE)
    assert len(rows) > 30
    assert [(key, facet_of(key)) for key, _ in rows] == rows
    assert {facet for _, facet in rows} == set(FACETS) == set(RERUNS)
    kinds = re.findall(r"^\| `(\w+)` \| ([a-z, ]+) \| ", PAGE.read_text(encoding="utf-8"), re.MULTILINE)
    assert dict(kinds) == RERUNS


@pytest.mark.parametrize("name", sorted(DIMENSIONS))
def test_what_is_paid_is_a_price(name: str) -> None:
    assert is_price(DIMENSIONS[name]) == (name in PRICED)


def test_a_number_without_dimension_is_no_price() -> None:
    assert not is_price(None)


@pytest.mark.parametrize(
    ("path", "message"),
    [
        ("architecture.tile.array.adc.bit", "'bit' .*did you mean 'bits'"),
        ("archtecture.name", "did you mean 'architecture'"),
        ("tile", "unknown key 'tile'"),
        ("", "unknown key ''"),
    ],
)
def test_an_unknown_key_is_refused(path: str, message: str) -> None:
    with pytest.raises(InputError, match=message):
        facet_of(path)


def test_the_members_that_are_there_come_first() -> None:
    """A device around another one has `device`, which most devices lack; and a key of a member that is to come is known."""
    question = asked(chip())
    assert facet_of("architecture.tile.array.adc.energy", question) == "prices"
    assert facet_of("architecture.tile.array.adc.lsb_time", question) == "values"  # of another ADC than the ideal one there
    assert facet_of("architecture.tile.array.adc.type", question) == "values"
    assert facet_of("architecture.network.flow_control.type", question) == "time"


def test_of_a_block_the_most_that_is_in_it() -> None:
    assert facet_of("architecture") == facet_of("architecture.tile") == facet_of("architecture.tile.array.adc") == "values"
    assert facet_of("architecture.host") == facet_of("architecture.cores.wide") == "time"
    assert facet_of("architecture.parts.pads") == facet_of("architecture.tile.learning") == "prices"
    assert facet_of("von_neumann") == facet_of("comparators[0].power") == "report"


def test_every_place_is_a_key() -> None:
    assert all(name in cls.model_fields for cls, name in PLACES)
    assert set(PLACES.values()) <= set(FACETS)


def test_no_price_is_a_list() -> None:
    """A blank list would have another length, which somebody might count."""
    for cls in examples():
        for name, field in cls.model_fields.items():
            if is_price(dimension_of(field)):
                assert "tuple" not in str(field.annotation), (cls, name)
                assert "dict" not in str(field.annotation), (cls, name)


# --- descriptions --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("file", ARCHITECTURES, ids=lambda file: file.stem)
def test_the_description_of_the_timed_run_has_no_price_and_the_same_times(file: Path) -> None:
    whole = load(file, Architecture)
    blank = of_time(asked(whole)).architecture
    assert all(value in (None, 0.0) for _, value in prices(blank))
    assert (blank.tile.product_time, blank.tile.product_interval) == (whole.tile.product_time, whole.tile.product_interval)
    assert (blank.tile.core_energy is None) == (whole.tile.core_energy is None)
    assert blank.core_nodes == whole.core_nodes
    assert blank.tile.array.settings == whole.tile.array.settings
    for name in ("accumulator", "neuron", "vector_unit"):
        for action in type(getattr(whole.tile, name)).actions:
            mine, other = (getattr(chip.tile, name).cost(action, 100) for chip in (blank, whole))
            assert (mine.latency, mine.interval) == (other.latency, other.interval)
            assert mine.energy == 0


@pytest.mark.parametrize("file", ARCHITECTURES, ids=lambda file: file.stem)
def test_the_description_of_the_values_has_an_array_and_nothing_around(file: Path) -> None:
    chip = of_values(asked(load(file, Architecture))).architecture
    assert chip.network is chip.host is chip.tile.neuron is chip.tile.input_buffer is None
    assert all(value in (None, 0.0) for _, value in prices(chip.tile.array))
    assert chip.tile.array.settings == load(file, Architecture).tile.array.settings


@given(st.data())
def test_neighbours_differ_in_prices_exactly_where_their_blank_descriptions_are_equal(data: st.DataObject) -> None:
    """Any chip and any change of it: where no key but those of `prices` and `report` differs, both are the same to the clock."""
    one = asked(chip())
    other = asked(varied(data, one.architecture))
    moved = [facet_of(path, one) for path in differences(one, other)]
    if any(None in pair for pair in prices_of_both(one, other)):
        return  # a price that is there in one and not in the other may decide what is counted
    same_time, same_values = (described(cut(one)) == described(cut(other)) for cut in (of_time, of_values))
    assert same_time == (not {"time", "values"} & {*moved})
    assert same_values or "values" in moved


def prices_of_both(one: Spec, other: Spec) -> Iterator[tuple[Any, Any]]:
    mine, others = (dict(prices(question.architecture)) for question in (one, other))
    yield from ((mine[name], others[name]) for name in mine.keys() & others.keys() if mine[name] != others[name])


def differences(one: Any, other: Any, path: str = "") -> Iterator[str]:
    if isinstance(one, Spec) and type(one) is type(other):
        for name in type(one).model_fields:
            yield from differences(getattr(one, name), getattr(other, name), f"{path}.{name}".removeprefix("."))
    elif isinstance(one, dict) and isinstance(other, dict) and path.endswith(("parts", "cores")) and one.keys() == other.keys():
        for name in one:
            yield from differences(one[name], other[name], f"{path}.{name}")
    elif one != other:
        yield path


def test_what_a_question_holds_besides_decides_the_values() -> None:
    one = asked(chip())
    for keys in ({"seed": 1}, {"programming": WriteVerify()}, {"samples": 3}, {"exempt": {"a": ("adc",)}}, {"times": (5.0,)}):
        assert described(of_values(asked(chip(), **keys))) != described(of_values(one))
    for keys in ({"name": "other"}, {"within": 0.5}, {"comparators": ()}):
        assert described(of_time(asked(chip(), **keys))) == described(of_time(one))
    assert described(of_time(asked(chip(), stream=3))) != described(of_time(one))
    assert described(of_values(asked(chip(), stream=3))) == described(of_values(one))


def test_a_class_of_a_plugin_keeps_its_prices() -> None:
    """Its code may read them whenever it likes, such as for the time of a conversion."""
    from chipsim.circuits.adc import ADC

    adc = type(chip().tile.array.adc)

    class Costly(adc, type="costly-plugin"):  # type: ignore[misc,valid-type]
        __module__ = "somewhere"

    try:
        assert is_foreign(Costly)
        question = asked(chip().having(tile=chip().tile.having(array=chip().tile.array.having(adc=Costly(energy=3e-12)))))
        assert of_time(question).architecture.tile.array.adc.energy == 3e-12
        assert of_time(question).architecture.tile.array.dac.energy == 0
        assert facet_of("architecture.tile.array.adc.energy", question) == "values"
        assert facet_of("architecture.tile.array.dac.energy", question) == "prices"
    finally:
        del ADC.members["costly-plugin"]
