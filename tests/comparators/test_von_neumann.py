"""A machine that fetches its weights: two layers by hand, conservation, the energies of the library."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chipsim.comparators.von_neumann import VonNeumann, von_neumann
from chipsim.comparators.work import Work
from chipsim.errors import InputError

NETWORK = (Work("a", macs=6, weights=8, inputs=3, outputs=2, entering=3), Work("b", macs=8, weights=8, inputs=2, outputs=4, leaving=4))
numbers = st.integers(0, 10_000)


def made(**keys):
    """A machine of round numbers, with room for a thousand of them."""
    return VonNeumann(**{"name": "round", "mac": 1.0, "sram": 10.0, "dram": 100.0, "size": 8000.0, "bits": 8} | keys)


def counts(*arguments, **keys):
    return {share.part: share.count / (1 if share.part == "MAC" else 8) for share in made(**keys).inference(NETWORK, *arguments)}


def test_two_layers_by_hand():
    # from the DRAM 16 weights and the input of 3, to it the output of 4; the SRAM takes these 19, gives 16 weights and 5 inputs, takes 6
    assert counts() == {"DRAM": 16 + 3 + 4, "SRAM": 19 + 16 + 5 + 6, "MAC": 14}
    assert {share.part: share.energy for share in made().inference(NETWORK)} == {"DRAM": 23 * 800, "SRAM": 46 * 80, "MAC": 14}


def test_registers_are_read_and_written_for_every_multiplication():
    shares = made(registers=1.0).inference(NETWORK)
    assert [share.part for share in shares] == ["DRAM", "SRAM", "registers", "MAC"]
    assert (shares[2].count, shares[2].energy) == (4 * 14 * 8, 4 * 14 * 8)
    assert made(registers=2.0, register_accesses=3).inference(NETWORK)[2].energy == 3 * 14 * 8 * 2
    for batch in (1, 7):
        assert made(registers=1.0).inference(NETWORK, batch)[2].count == 4 * 14 * 8  # nothing is shared there


@pytest.mark.parametrize("name", ["von-neumann-int8", "von-neumann-fp16", "von-neumann-fp32"])
def test_an_access_of_the_registers_takes_a_multiply_accumulate(name):
    """Chen, Emer, Sze, ISCA 2016, table IV: register file 1, DRAM 200 times a MAC of 16 bits."""
    machine = von_neumann(name)
    assert machine.registers * machine.bits == pytest.approx(machine.mac)
    assert machine.register_accesses == 4
    sixteen = von_neumann("von-neumann-fp16")
    assert 100 < sixteen.dram * 16 / sixteen.mac < 400  # of the order of the 200 of that table


def test_a_batch_shares_the_weights_alone():
    assert counts(4) == {"DRAM": 4 + 3 + 4, "SRAM": 7 + 4 + 5 + 6, "MAC": 14}


def test_weights_that_stay_in_the_sram():
    assert counts(1, True) == {"DRAM": 3 + 4, "SRAM": 3 + 16 + 5 + 6, "MAC": 14}
    with pytest.raises(InputError, match="do not fit into the SRAM of 15 B"):
        counts(1, True, size=15 * 8.0)


def test_activations_that_do_not_fit_go_through_the_dram():
    assert counts(size=5 * 8.0)["DRAM"] == 16 + 3 + 2 + 4  # the second layer has 6 numbers, the first 5
    assert counts(size=4 * 8.0)["DRAM"] == 16 + 3 + 2 + 2 + 4
    assert counts(2, size=6 * 8.0)["DRAM"] == 8 + 3 + 2 + 2 + 4  # a batch needs twice the room


def test_wrong_batch():
    with pytest.raises(InputError, match="batch is 0, expected at least 1"):
        counts(0)


works = st.builds(Work, st.uuids().map(str), *(6 * [numbers]))


@given(st.lists(works, max_size=5), st.integers(1, 100))
def test_energy_is_count_times_energy_and_a_batch_saves_traffic_where_all_fits(network, batch):
    machine = made(size=1e12)
    dram, sram, mac = machine.inference(network, batch)
    assert (dram.energy, sram.energy, mac.energy) == pytest.approx((100 * dram.count, 10 * sram.count, mac.count))
    assert mac.count == sum(work.macs for work in network)
    assert dram.count <= machine.inference(network)[0].count * (1 + 1e-12)
    kept = machine.inference(network, 1, kept=True)
    weights = 8 * sum(work.weights for work in network)
    assert machine.inference(network)[0].count - kept[0].count == pytest.approx(weights)


def test_published_energies():
    machine = von_neumann()
    assert machine.mac == pytest.approx(0.2e-12 + 0.1e-12)
    assert 64 * machine.sram == pytest.approx(100e-12)
    assert 64 * machine.dram == pytest.approx(1.3e-9)
    assert machine.size == 8 * 2**20
    assert von_neumann("von-neumann-fp16").mac == pytest.approx(1.5e-12)
