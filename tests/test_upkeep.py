"""What upkeep takes, by hand: a product of the tiny chip takes 100 ns; a driven row 10 fJ, a converted column 20 fJ."""

import pytest
from builders import chip, linear, mapped, network

from chipsim.experiment import Experiment
from chipsim.programmed import ProgrammedNetwork
from chipsim.programming.maintenance import Maintenance
from chipsim.programming.one_shot import OneShot
from chipsim.programming.write_verify import WriteVerify
from chipsim.question import Question
from chipsim.streams import Stream
from chipsim.upkeep import calibration, convergence_rows, programming_rows, upkeep_row, upkeep_rows
from chipsim.writing import Writing

WORK = network([20, 1, 1], linear("one", 40), linear("two", 5))  # 20 x 32 and 20 x 8 (two blocks), 32 x 5 and 8 x 5
INFERENCE = {"interval": 2e-6, "energy": 3e-9}
TILE = chip().tile


def written(mesh=(4, 3), **array):
    machine = chip(mesh=mesh, array=array)
    net = ProgrammedNetwork(WORK, machine, mapped(WORK, machine), OneShot(), Stream(0))
    return net, Writing(machine, net).run()


def shapes(net):
    return [block.shape for block in net.blocks.values()]


def test_calibration_reads_every_row_once_and_tiles_at_the_same_time():
    net, _ = written()
    assert len({block.tile for block in net.blocks.values()}) == len(net.blocks)  # a tile each
    time, energy = calibration(TILE, net, 0, **INFERENCE)
    assert time == pytest.approx(max(rows for rows, _ in shapes(net)) * 100e-9)
    assert energy == pytest.approx(sum(rows * (10e-15 + columns * 20e-15) for rows, columns in shapes(net)))


def test_statistics_cost_an_inference_for_each_image():
    net, _ = written()
    plain, whole = calibration(TILE, net, 0, **INFERENCE), calibration(TILE, net, 50, **INFERENCE)
    assert whole == pytest.approx((plain[0] + 50 * 2e-6, plain[1] + 50 * 3e-9))


def test_without_compensation_there_is_nothing_to_read():
    net, _ = written(drift_compensation="none")
    assert calibration(TILE, net, 0, **INFERENCE) == (0.0, 0.0)
    assert calibration(TILE, net, 2, **INFERENCE) == (4e-6, 6e-9)


def test_downtime_and_power_are_over_interval_and_upkeep():
    row = upkeep_row("program", 9.0, 1.0, 5.0)
    assert (row["downtime"], row["power"]) == (0.1, 0.5)
    assert (row["action"], row["every"], row["time"], row["energy"]) == ("program", 9.0, 1.0, 5.0)


def test_only_what_is_due_is_listed():
    net, taken = written()
    assert upkeep_rows(net, Maintenance(), taken, INFERENCE) == []
    plan = Maintenance(calibrate_every=3600.0, reprogram_every=86400.0, statistics=10)
    calibrate, program = upkeep_rows(net, plan, taken, INFERENCE)
    assert calibrate == upkeep_row("calibrate", 3600.0, *calibration(TILE, net, 10, **INFERENCE))
    assert program == upkeep_row("program", 86400.0, taken.duration, taken.energy)


def test_programming_is_told_layer_by_layer():
    net, taken = written()
    rows = programming_rows(taken)
    assert [row["layer"] for row in rows] == ["one", "two"]
    for row in rows:
        mine = [block for block in net.blocks.values() if block.layer == row["layer"]]
        devices = 2 * sum(block.shape[0] * block.shape[1] for block in mine)  # a pair in each cell
        assert (row["blocks"], row["pulses"], row["reads"], row["turns"]) == (len(mine), devices, 0, 1)
        assert (row["error"], row["open"]) == (None, None)
    assert convergence_rows(taken) == []


def test_an_algorithm_with_turns_leaves_its_course():
    machine = chip(array={"cell": {"device": "pcm"}})
    asked = Experiment(Question(workload=WORK.spec, architecture=machine, programming=WriteVerify()), WORK)
    taken = asked.program(asked.network(asked.map()))
    course, rows = convergence_rows(taken), programming_rows(taken)
    assert {row["layer"] for row in course} == {"one", "two"}
    for row in rows:
        mine = [point for point in course if point["layer"] == row["layer"]]
        assert row["turns"] == max(point["iteration"] for point in mine) + 1
        last = [[p for p in mine if p["block"] == name][-1] for name in dict.fromkeys(p["block"] for p in mine)]
        assert row["error"] == max(point["error"] for point in last)
        assert 0 <= row["open"] <= 1
        assert row["reads"] > 0
    assert sum(row["energy"] for row in rows) <= taken.energy
