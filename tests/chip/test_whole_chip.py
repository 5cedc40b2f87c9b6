"""A run on a chip with a hierarchy: the tables add up, parts have rows of their own, gating saves what it says, the bus shows."""

from pathlib import Path

import pytest

import chipsim

HOUSE = Path(__file__).parents[2]
PARTS = [
    "architecture.tile.arrays=3",
    "architecture.network.topology={type: mesh, columns: 2, rows: 2}",
    "architecture.tile.parts={control: {count: 2, area: 50 um2, leakage: 0.1 mW, power: 0.3 mW}}",
    "architecture.tile.bus={width: 256, clock: 1 GHz, energy: 0.05 pJ/b, area: 900 um2, leakage: 0.2 mW}",
    "architecture.parts={pll: {area: 0.01 mm2, leakage: 1 mW, power: 2 mW}}",
]
GATED = [*PARTS, "architecture.tile.gating={unused: 0, idle: 0.25}"]


def run(*changes: str) -> chipsim.Result:
    files = HOUSE / "workloads/lenet5-mnist.yaml", HOUSE / "architectures/first-chip.yaml"
    return chipsim.load(*files, changes=["samples=10", "repeats=1", "stream=20", *changes]).run()


@pytest.fixture(scope="module")
def plain() -> chipsim.Result:
    return run(*PARTS)


@pytest.fixture(scope="module")
def gated() -> chipsim.Result:
    return run(*GATED)


def power(result: chipsim.Result) -> dict[str, float]:
    return {row["part"]: row["power"] for row in result.leakage}


def energy(result: chipsim.Result, part: str) -> float:
    return sum(row["energy"] for row in result.energy if row["part"] == part)


def test_all_checks_pass_and_every_part_has_its_row(plain: chipsim.Result) -> None:
    assert all(check["passed"] for check in plain.checks)
    area = {row["part"]: (row["count"], row["area"]) for row in plain.area}
    assert area["control"] == (4, pytest.approx(4 * 2 * 50e-12))
    assert area["bus"] == (4, pytest.approx(4 * 900e-12))
    assert area["pll"] == (1, pytest.approx(0.01e-6))
    assert power(plain)["pll"] == pytest.approx(3e-3)
    assert energy(plain, "pll") == pytest.approx(3e-3 * plain.metrics["interval"])
    assert energy(plain, "control") > 0
    assert energy(plain, "bus") > 0
    static = sum(power(plain).values()) * plain.metrics["interval"]
    assert plain.metrics["leakage_energy"] == pytest.approx(static)


def test_the_peak_is_that_of_all_arrays(plain: chipsim.Result) -> None:
    assert plain.metrics["peak_ops"] == pytest.approx(4 * 3 * 2 * 128 * 128 / 330e-9)


def test_gating_saves_the_leakage_of_idle_and_of_empty_tiles(plain: chipsim.Result, gated: chipsim.Result) -> None:
    arrays = 3
    left = [share + (1 - share) * 0.25 for share in (min(1.0, t["utilisation"] * arrays) for t in plain.tiles if t["layers"])]
    assert gated.metrics["tiles_used"] == len(left)
    for part in ("buffers", "control", "bus"):
        assert power(gated)[part] == pytest.approx(power(plain)[part] * sum(left) / 4)
    assert power(gated)["pll"] == power(plain)["pll"]
    assert gated.metrics["interval"] == plain.metrics["interval"]
    assert gated.metrics["energy"] < plain.metrics["energy"]
    assert gated.metrics["peak_ops_per_watt"] == pytest.approx(plain.metrics["peak_ops_per_watt"])  # at the peak nothing is idle
    assert all(check["passed"] for check in gated.checks)


def test_a_slow_bus_is_named_as_the_bottleneck() -> None:
    slow = run(*PARTS[:2], "architecture.tile.bus={width: 8, clock: 100 MHz}")
    assert slow.bottleneck["stage"].startswith("bus of tile[")
    assert slow.bottleneck["utilisation"] > 0.95
    assert all(check["passed"] for check in slow.checks)


def test_the_mapping_says_array_and_plane() -> None:
    mesh = "architecture.network.topology={type: mesh, columns: 1, rows: 2}"
    two = run(mesh, "architecture.tile.arrays=3", "architecture.tile.array.planes=2")
    assert {(row["tile"], row["array"]) for row in two.mapping} == {(tile, array) for tile in (0, 1) for array in (0, 1, 2)}
    assert {row["plane"] for row in two.mapping} == {0, 1}
    assert two.metrics["tiles_used"] == 2


def test_a_chip_that_contradicts_itself_is_refused_with_its_place(tmp_path: Path) -> None:
    file = tmp_path / "small.yaml"
    file.write_text(f"extends: {HOUSE}/architectures/first-chip.yaml\nname: small\nmeasured_area: 0.2 mm2\n", encoding="utf-8")
    told = r"small.yaml:\d+:\d+: architecture: measured_area: the parts of the chip fill 0\.\d+ mm2 \(9 tiles"
    with pytest.raises(chipsim.InputError, match=told):
        chipsim.load(HOUSE / "workloads/lenet5-mnist.yaml", file)
