"""Descriptions are frozen, hashable, equal to their YAML, and chosen by `type:`."""

from __future__ import annotations

import subprocess
import sys
from abc import abstractmethod
from typing import Annotated, Literal, Self, final

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import TypeAdapter
from spec_strategies import ARCHITECTURES, WORKLOADS, concrete_blocks, examples, ours, varied

from chipsim.architecture import Architecture
from chipsim.errors import InputError
from chipsim.question import Question
from chipsim.reading import build, load
from chipsim.schema import blocks
from chipsim.spec import Family, FilePath, Spec, check, key
from chipsim.tree import parse_value
from chipsim.units import Energy, Time
from chipsim.workload.description import WorkloadSpec


class Converter(Family):
    """Root of the converters."""

    bits: int = key("resolution", default=8, ge=1, le=16)

    @abstractmethod
    def levels(self) -> int:
        """Number of levels."""


@final
class Successive(Converter, type="successive"):
    """One bit after the other."""

    energy: Energy = key("energy of one conversion", default=0.3e-12, ge=0, source="somewhere")
    wait: Time | None = key("pause", default=1e-9)
    gain: float = key("gain", default=1)
    mode: Literal["fast", "slow"] = key("mode", default="fast")

    def levels(self) -> int:
        return 2**self.bits

    @check
    def _slow_has_a_pause(self) -> Self:
        if self.mode == "slow" and self.wait is None:
            raise ValueError("mode slow needs a pause; give wait")
        return self


@final
class Perfect(Converter, type="perfect"):
    """No rounding."""

    def levels(self) -> int:
        return 0


@final
class Board(Spec):
    """Converters on a board."""

    name: str = key("name", min_length=1)
    first: Converter = key("the first", default=Perfect())
    others: tuple[Converter, ...] = key("the others", default=())
    named: dict[str, Converter] = key("by name", default={})
    times: tuple[Time, ...] = key("times", default=(1.0,))
    traces: FilePath = key("a file", default="")


def reloaded(spec: Spec) -> Spec:
    return build(type(spec), parse_value(spec.to_yaml(), "text"))


# --- the same description, in Python and as text ---------------------------------------------------------------------


def same(spec: Spec) -> None:
    again = reloaded(spec)
    assert again == spec
    assert again.plain() == spec.plain()
    assert again.digest() == spec.digest()
    assert hash(again) == hash(spec)


@pytest.mark.parametrize("file", ARCHITECTURES, ids=lambda file: file.stem)
def test_shipped_architectures_equal_their_yaml(file):
    same(load(file, Architecture))


@pytest.mark.parametrize("file", WORKLOADS, ids=lambda file: file.stem)
def test_shipped_workloads_equal_their_yaml(file):
    same(load(file, WorkloadSpec))


def test_nearly_every_block_has_an_example():
    missing = [cls.__name__ for cls in concrete_blocks() if cls not in examples()]
    assert len(missing) <= 3, missing  # those that cannot be without a file


@settings(max_examples=300)
@given(data=st.data())
def test_any_description_equals_its_yaml(data):
    cls = data.draw(st.sampled_from(sorted(examples(), key=lambda cls: cls.__name__)))
    same(varied(data, examples()[cls]))


@settings(max_examples=100)
@given(data=st.data())
def test_any_experiment_equals_its_yaml(data):
    same(varied(data, examples()[Question]))


def test_none_where_the_default_is_something_else_is_kept():
    spec = Successive(wait=None)
    assert "wait: null" in spec.to_yaml()
    same(spec)


def test_own_blocks_and_lists_and_names_equal_their_yaml(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    board = Board(
        name="é µ: - #",
        first=Successive(source={"energy": "a: b"}),
        others=(Perfect(), Successive(bits=3)),
        named={"one two": Perfect(bits=2)},
        times=(1e-9, 3600.0),
        traces="a/b.csv",
    )
    assert board.traces == str(tmp_path / "a/b.csv")
    same(board)


LOOK_ALIKES = ["1e-9", "09", "0E0", "5", "-.5", "on", "NO", "~", "null", "true", "1:30", "2026-01-01", "=", "<<", "'", "a\nb"]


@pytest.mark.parametrize("name", LOOK_ALIKES)
def test_a_text_that_looks_like_something_else_stays_a_text(name):
    same(Board(name=name))


# --- digests ---------------------------------------------------------------------------------------------------------


def test_the_digest_is_the_same_in_every_process():
    code = (
        "from chipsim.architecture import Architecture; from chipsim.reading import load; import sys;"
        "print(load(sys.argv[1], Architecture).digest())"
    )
    command = [sys.executable, "-c", code, str(ARCHITECTURES[0])]
    told = subprocess.run(command, capture_output=True, text=True, check=True, env={"PYTHONHASHSEED": "1"})
    assert told.stdout == load(ARCHITECTURES[0], Architecture).digest() + "\n"


@settings(max_examples=200)
@given(data=st.data())
def test_digests_are_equal_just_when_descriptions_are(data):
    cls = data.draw(st.sampled_from(sorted(examples(), key=lambda cls: cls.__name__)))
    one, other = varied(data, examples()[cls]), varied(data, examples()[cls])
    assert (one.digest() == other.digest()) == (one == other)


def test_equal_numbers_have_equal_digests():
    assert Successive() == Successive(gain=1.0)
    assert Successive().digest() == Successive(gain=1.0).digest()
    assert Successive(gain=0.0).digest() == Successive(gain=-0.0).digest()


def test_the_digest_does_not_know_where_a_file_lies():
    assert Board(name="a", traces="x/t.csv").digest() == Board(name="a", traces="y/t.csv").digest()
    assert Board(name="a", traces="x/t.csv").digest() != Board(name="a", traces="x/u.csv").digest()


def test_a_block_with_a_dict_is_hashable():
    assert len({Perfect(source={"bits": "a"}), Perfect(source={"bits": "a"}), Perfect(source={"bits": "b"})}) == 2


# --- what cannot be described ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda: Successive(bits=0), "Successive.bits: should be greater than or equal to 1, got 0"),
        (lambda: Successive(bitz=3), "Successive.bitz: unknown key (did you mean 'bits'?)"),
        (lambda: Successive(energy="3 pW"), "Successive.energy: '3 pW' is a power, expected an energy such as '1.2 pJ'"),
        (lambda: Successive(gain=float("nan")), "Successive.gain: should be a finite number, got nan"),
        (lambda: Successive(mode="slow", wait=None), "Successive: mode slow needs a pause; give wait"),
        (lambda: Board(), "Board.name: is missing (name)"),
        (lambda: Board(name="a", first={"type": "perfect"}), "{'type': 'perfect'} is no Converter; expected one of Perfect, Successive"),
        (lambda: Board(name="a", first="perfect"), "Board.first: 'perfect' is no Converter; expected one of Perfect, Successive"),
    ],
)
def test_python_gets_one_sentence_with_class_and_key(make, said):
    with pytest.raises(InputError) as caught:
        make()
    assert said in str(caught.value)
    assert "pydantic" not in str(caught.value)


def test_all_problems_come_at_once():
    with pytest.raises(InputError) as caught:
        Successive(bits=0, energy=-1.0, gain="x")
    assert [problem.key for problem in caught.value.problems] == ["Successive.bits", "Successive.energy", "Successive.gain"]


def test_nothing_can_be_changed_afterwards():
    with pytest.raises(Exception, match="frozen"):
        Perfect().bits = 3  # type: ignore[misc]
    assert Perfect().having(bits=3) == Perfect(bits=3)
    with pytest.raises(InputError, match=r"Perfect\.bits"):
        Perfect().having(bits=99)


# --- families --------------------------------------------------------------------------------------------------------


def test_members_are_found_by_name():
    assert Converter.member("perfect") is Perfect
    with pytest.raises(InputError, match=r"unknown converter type 'prefect' \(did you mean 'perfect'\?\)"):
        Converter.member("prefect")
    for name in (None, 3, ["perfect"], {}):
        with pytest.raises(InputError, match="unknown converter type"):
            Converter.member(name)


def test_a_name_can_be_taken_once():
    with pytest.raises(InputError, match=r"type 'perfect' is already taken by .*Perfect"):

        class Other(Converter, type="perfect"):
            def levels(self) -> int:
                return 1

    assert Converter.member("perfect") is Perfect


def test_a_member_that_lacks_a_method_is_refused_and_not_registered():
    with pytest.raises(InputError, match="Half: type 'half' does not define levels, which every member needs"):

        class Half(Converter, type="half"):
            pass

    assert "half" not in Converter.members


def test_families_do_not_see_each_other():
    class Other(Family):
        """Another family."""

    assert Other.members == {}


# --- what every block of the package promises ------------------------------------------------------------------------

BLOCKS = sorted(filter(ours, blocks(Question).values()), key=lambda cls: cls.__name__)


@pytest.mark.parametrize("cls", BLOCKS, ids=lambda cls: cls.__name__)
def test_every_key_has_a_meaning_and_a_sound_default(cls):
    for name, info in cls.model_fields.items():
        assert info.description, f"{cls.__name__}.{name} says nothing about itself"
        if info.is_required():
            continue
        default = info.get_default(call_default_factory=True)
        # a default goes unchecked, so it must be what the check would make of it
        assert TypeAdapter(Annotated[info.annotation, info]).validate_python(default) == default


@pytest.mark.parametrize("cls", BLOCKS, ids=lambda cls: cls.__name__)
def test_every_block_says_what_it_is(cls):
    assert (cls.__doc__ or "").strip(), f"{cls.__name__} has no documentation"
    assert cls.__doc__ != Spec.__doc__


@pytest.mark.parametrize("cls", BLOCKS, ids=lambda cls: cls.__name__)
def test_every_class_is_abstract_or_final(cls):
    if issubclass(cls, Family) and not cls.type_name:
        return
    assert getattr(cls, "__final__", False), f"{cls.__name__} is not final"
    assert not [other for other in cls.__subclasses__() if ours(other)]
