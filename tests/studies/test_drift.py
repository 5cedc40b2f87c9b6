"""The study of drift: the same chips under every compensation, the worst ends of intervals, the answers."""

import json
from dataclasses import replace
from pathlib import Path

import pytest
from builders import chip, linear, network

from chipsim.accuracy import accuracy
from chipsim.errors import InputError
from chipsim.experiment import Experiment, load_experiment
from chipsim.population import margin, stand_at
from chipsim.programming.maintenance import Maintenance
from chipsim.question import Question
from chipsim.studies import drift as drift_study
from chipsim.studies.drift import NOT_NEEDED, OFTEN_ENOUGH, TOO_SELDOM, DriftStudy, study
from chipsim.studies.drift_moments import Interval, Moment, ends_of
from chipsim.upkeep import calibration, upkeep_row

DAY, YEAR = 86400.0, 31_536_000.0
WORK = network([12, 1, 1], linear("one", 20, activation="relu"), linear("two", 6), samples=80)
ARRAY = {"cell": {"device": "pcm"}, "output_noise": 0.02}


def experiment(array=ARRAY, **keys):
    given = {"times": (1.0, DAY, YEAR), "repeats": 2, "stream": 5} | keys
    return Experiment(Question(workload=WORK.spec, architecture=chip(array=array), **given), WORK)


@pytest.fixture(scope="module")
def found() -> DriftStudy:
    return study(experiment(chips=2), calibrate_every=(DAY, 30 * DAY, None), program_every=(30 * DAY, None))


# --- what is found -------------------------------------------------------------------------------------------------------


def test_curves_are_those_of_the_ordinary_run(found):
    """`global` is what a run with this compensation finds, `statistics` what one with recalibrated statistics finds."""
    for kind, maintenance in (("global", Maintenance()), ("statistics", Maintenance(statistics=80))):
        run = experiment(chips=2, maintenance=maintenance).run()
        mine = [row for row in found.accuracy if row["compensation"] == kind]
        assert mine == [{"compensation": kind} | row for row in run.accuracy]
    none = experiment(array=ARRAY | {"drift_compensation": "none"}, chips=2).run().accuracy
    assert [row["values"] for row in found.accuracy if row["compensation"] == "none"] == [row["values"] for row in none]
    assert found.reference == run.metrics["float_accuracy"]


def test_compensation_helps_against_drift(found):
    last = {row["compensation"]: row["mean"] for row in found.accuracy if row["time"] == YEAR}
    assert last["none"] < last["global"]
    assert last["none"] < last["statistics"]


def test_right_after_programming_compensations_without_statistics_are_one(found):
    assert found.fresh["none"] == found.fresh["global"] == found.fresh["column"]


def test_never_calibrated_is_not_compensated(found):
    rows = {(row["action"], row["compensation"], row["every"]): row for row in found.upkeep}
    assert rows["calibrate", "global", None]["worst"] == rows["program", "none", None]["worst"]
    assert rows["calibrate", "global", None]["worst"] == min(row["mean"] for row in found.accuracy if row["compensation"] == "none")


def test_rows_of_upkeep(found):
    assert {(row["action"], row["compensation"]) for row in found.upkeep} == {
        (action, kind) for action in ("calibrate", "program") for kind in found.compensations if (action, kind) != ("calibrate", "none")
    }
    for row in found.upkeep:
        assert row["loss"] == pytest.approx(found.fresh[row["compensation"]] - row["worst"])
        assert row["stays"] == (row["loss"] <= found.within + 1e-12)
        assert row["points"] == len(ends_of(row["every"], found.times))
        if row["every"] is None:
            assert row["time"] is row["energy"] is row["downtime"] is row["power"] is None
        else:
            assert 0 < row["downtime"] < 1


def test_costs_are_those_of_upkeep(found):
    asked = experiment()
    net = asked.network(asked.map())
    written = asked.program(net)
    taken = {row["compensation"]: row for row in found.upkeep if row["action"] == "calibrate" and row["every"] == DAY}
    plain = upkeep_row("calibrate", DAY, *calibration(asked.question.architecture.tile, net, 0, 0.0, 0.0))
    assert {key: taken["global"][key] for key in plain} == plain
    run = asked.run().metrics
    assert taken["statistics"]["time"] == pytest.approx(plain["time"] + 80 * run["interval"])
    assert taken["statistics"]["energy"] == pytest.approx(plain["energy"] + 80 * run["energy"], rel=0.02)  # read at another age
    program = next(row for row in found.upkeep if row["action"] == "program" and row["every"])
    assert (program["time"], program["energy"]) == (written.duration, written.energy)


def test_what_is_written_again_has_errors_of_its_own():
    asked = experiment(array=ARRAY | {"output_noise": 0.3}, repeats=1)
    (row,) = study(asked, times=(2 * DAY,), compensations=["none"], program_every=(DAY,)).upkeep
    assert (row["points"], row["at"]) == (1, 2 * DAY)
    levels = []
    for number in range(3):
        net = asked.network(asked.map(), 0, 0, number)
        asked.program(net)
        stand_at(net, DAY, DAY, 0)
        for crossbar in net.crossbars.values():
            crossbar.array = crossbar.array.having(drift_compensation="none")
        net.drift_to(DAY)
        levels.append(accuracy(net))
    assert row["worst"] == levels[1]  # the second programming, at the end of the second interval
    assert len(set(levels)) > 1


def test_margins_are_of_paired_losses():
    values = {(0, 0): 0.9, (0, 1): 0.8, (1, 0): 0.7, (1, 1): 0.9}
    moments = {5.0: Moment("none", 0, 5.0, 5.0)}
    found = {Moment("none", 0, 0.0, 0.0): dict.fromkeys(values, 1.0), moments[5.0]: values}
    row = drift_study._upkeep(Interval("program", "none", None, moments), found, 0.1, {}, None)
    assert (row["worst"], row["loss"], row["at"]) == (pytest.approx(0.825), pytest.approx(0.175), 5.0)
    assert row["margin"] == pytest.approx(margin([0.15, 0.2]))
    assert not row["stays"]


@pytest.mark.parametrize(
    ("staying", "verdict", "every"),
    [
        ((True, True, True, True), NOT_NEEDED, None),
        ((True, True, False, False), OFTEN_ENOUGH, 2.0),
        ((True, False, True, False), OFTEN_ENOUGH, 1.0),  # a longer interval that stays by luck does not count
        ((False, False, True, False), TOO_SELDOM, None),
        ((False, False, False, False), TOO_SELDOM, None),
    ],
)
def test_answers(staying, verdict, every):
    upkeep = {"action": "calibrate", "compensation": "global"}
    rows = [upkeep | {"every": length, "stays": stays} for length, stays in zip((1.0, 2.0, 3.0, None), staying, strict=True)]
    for given in (rows, rows[::-1]):
        assert list(drift_study._answers(given)) == [upkeep | {"verdict": verdict, "every": every}]


def test_an_ideal_device_needs_nothing():
    asked = study(experiment(array={}, repeats=1), calibrate_every=(DAY, None), program_every=(DAY, None))
    assert {row["verdict"] for row in asked.answers} == {NOT_NEEDED}
    assert all(row["mean"] == 1.0 for row in asked.accuracy if row["compensation"] != "statistics")  # labels are the float network's


def test_another_list_of_times_changes_no_chip(found):
    some = study(experiment(chips=2), times=(DAY,), compensations=["global"], calibrate_every=(), program_every=())
    (row,) = some.accuracy
    assert row == next(row for row in found.accuracy if (row["compensation"], row["time"]) == ("global", DAY))
    assert some.upkeep == some.answers == []


def test_it_is_plain_and_complete_as_json(found):
    text = json.loads(found.to_json())
    assert DriftStudy(**text | {"times": tuple(text["times"]), "compensations": tuple(text["compensations"])}) == found
    assert replace(found, name="x") != found


def test_fewer_images_than_usual_where_there_are_fewer(found):
    assert found.images == 80
    fewer = experiment(maintenance=Maintenance(statistics=30), repeats=1)
    assert study(fewer, times=(1.0,), compensations=["statistics"], calibrate_every=(), program_every=()).images == 30


def test_progress_goes_from_start_to_end():
    said = []
    study(experiment(), compensations=["none"], program_every=(), progress=lambda text, share: said.append((text, share)))
    shares = [share for _, share in said]
    assert shares == sorted(shares)
    assert 0 <= shares[0] <= shares[-1] < 1
    assert said[-1][0] == "chip 1, repeat 2, none"


def test_times_that_a_device_refuses_are_listed():
    asked = experiment(array={"cell": {"device": "rram-wan2022"}}, repeats=1)
    some = study(asked, times=(60.0, DAY), compensations=["none"], calibrate_every=(), program_every=(3600.0, DAY))
    assert [(row["age"], row["compensation"]) for row in some.refused] == [(60.0, "none"), (3600.0, "none")]
    assert all("not covered" in row["reason"] for row in some.refused)
    assert [row["time"] for row in some.accuracy] == [DAY]
    assert [row["every"] for row in some.upkeep] == [DAY]
    with pytest.raises(InputError, match=r"nothing can be read at any of the times.*not covered"):
        study(asked, times=(60.0,), compensations=["none"], calibrate_every=(), program_every=())


@pytest.mark.parametrize(
    ("keys", "message"),
    [
        ({"compensations": ["globl"]}, "unknown compensation 'globl'.*global"),
        ({"times": ()}, "expected one or more"),
        ({"times": (-1.0,)}, "after the end of programming"),
        ({"times": (float("inf"),)}, "after the end of programming"),
    ],
)
def test_wrong_questions(keys, message):
    with pytest.raises(InputError, match=message):
        study(experiment(), **keys)


@pytest.mark.slow
def test_the_order_of_joshi_2020_on_lenet():
    """Without compensation much is lost, a factor for each array keeps nearly all, statistics at least as much (published/drift.md)."""
    house = Path(__file__).parents[2]
    files = house / "workloads" / "lenet5-mnist.yaml", house / "architectures" / "first-chip.yaml"
    asked = load_experiment(*files, ["samples=2000", "chips=3", "repeats=1"])
    found = study(asked, times=(YEAR,), compensations=["none", "global", "statistics"], calibrate_every=(), program_every=())
    mean = {row["compensation"]: row["mean"] for row in found.accuracy}
    assert mean["none"] < mean["global"] - 0.03
    assert mean["global"] > found.reference - 0.01
    assert mean["statistics"] >= mean["global"] - 0.001


def test_the_cost_of_a_calibration_is_told_where_a_later_time_is_refused():
    """Statistics cost inferences, which are timed at an age that the device's model covers."""
    late = experiment(array={"cell": {"device": {"type": "rram-wan2022"}}}, times=(1.0, 30 * 86400.0))
    found = study(late, compensations=["statistics"], calibrate_every=[3600.0], program_every=[])
    assert {row["age"] for row in found.refused} >= {30 * 86400.0}
    assert [row["time"] for row in found.accuracy] == [1.0]
