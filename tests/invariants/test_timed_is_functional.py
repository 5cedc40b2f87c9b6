"""The timed run and the functional pass give the same outputs, bit for bit, with every noise on."""

import numpy as np
import pytest
from builders import NOISY, built, chip, conv, functional, linear, merged, network, play, programmed, residual
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from chipsim.accuracy import outputs
from chipsim.errors import CheckError, InputError

from .drawn import mappings, workloads

NOISES = [
    NOISY,
    merged(NOISY, {"read_noise": "fresh", "input_scaling": {"type": "fixed", "range": 2}, "bound_management": 2}),
    merged(NOISY, {"dac": {"type": "bit_serial", "bits": 4}, "cell": {"type": "offset", "device": "pcm"}}),
    merged(NOISY, {"cell": {"type": "sliced", "bits": 4, "device": "pcm"}, "weight_scaling": "array", "drift_compensation": "column"}),
]


@settings(max_examples=80)
@given(
    data=st.data(),
    workload=workloads(),
    token=st.sampled_from(["row", "vector"]),
    array=st.sampled_from(NOISES),
    control=st.sampled_from(["calendar", "credits"]),
    rows=st.sampled_from([16, 32]),
    stream=st.integers(1, 7),
    age=st.sampled_from([0.0, 1.0, 1e6]),
)
def test_the_timed_run_computes_what_the_functional_pass_computes(data, workload, token, array, control, rows, stream, age) -> None:
    machine = chip(array=array | {"rows": rows, "columns": 20}, mesh=(9, 9), network={"flow_control": control})
    options = data.draw(mappings(workload)) | {"order": "snake"}
    try:
        ready = built(workload, machine, token=token, stream=stream, age=age, **options)
    except InputError:
        assume(False)  # more blocks than tiles
    run = ready.run()
    ids = sorted(run.outputs)
    expected = functional(ready.network, ids)
    assert ids
    assert all(np.array_equal(run.outputs[sample], row) for sample, row in zip(ids, expected, strict=True))


@pytest.mark.parametrize("copies", [1, 2, 3])
def test_samples_beyond_a_fast_forward_and_beyond_the_data_agree_too(copies: int) -> None:
    workload = network([2, 5, 4], conv("c", 3, 2), linear("fc", 3), samples=3)
    small = {"input_buffer": {"capacity": "1 kb"}, "output_buffer": {"capacity": "1 kb"}}
    ready = built(workload, chip(array=NOISY, tile=small), stream=500, copies={"c": copies})
    run = ready.run()
    assert run.period is not None
    assert run.period.skipped > 0
    after = [s for s in run.outputs if s >= run.period.after + run.period.samples]
    assert len(after) >= 3
    expected = functional(ready.network, after)
    assert all(np.array_equal(run.outputs[s], row) for s, row in zip(after, expected, strict=True))


def test_the_same_image_gets_new_noise_each_time_it_comes_by() -> None:
    workload = network([8, 1, 1], linear("fc", 3), samples=2)
    run = play(workload, chip(array=NOISY), stream=4, fast_forward=False)
    assert not np.array_equal(run.outputs[0], run.outputs[2])
    assert np.allclose(run.outputs[0], run.outputs[2], atol=1.5)


@settings(max_examples=20)
@given(workload=workloads(samples=9), data=st.data(), order=st.permutations(range(9)), cut=st.integers(1, 8))
def test_batches_and_their_order_change_nothing(workload, data, order, cut) -> None:
    made = programmed(workload, chip(array=NOISY, mesh=(30, 30)), **data.draw(mappings(workload)) | {"order": "snake"})
    whole = functional(made)
    mixed = np.array(order)
    parts = [outputs(made, workload.inputs[part], part.astype(np.uint32)) for part in (mixed[:cut], mixed[cut:])]
    assert np.array_equal(np.concatenate(parts), whole[mixed])


@pytest.mark.parametrize("options", [{"order": "traffic"}, {"pack": True}, {"tiles": {"fc": (7, 3, 9, 11)}}], ids=str)
def test_where_blocks_lie_changes_no_value(options) -> None:
    workload = residual(side=6)  # fc reads 108 numbers: four row blocks of 32
    machine = chip(array=NOISY, mesh=(5, 5))
    usual, other = (programmed(workload, machine, **o) for o in ({"copies": "none"}, {"copies": "none"} | options))
    assert np.array_equal(functional(usual), functional(other))


@settings(max_examples=10)
@given(capacity=st.floats(0.4, 4.0), bandwidth=st.floats(0.1, 64.0), clock=st.sampled_from(["50 MHz", "1 GHz"]))
def test_how_fast_things_come_changes_no_value(capacity: float, bandwidth: float, clock: str) -> None:
    buffer = {"capacity": f"{capacity:.3f} kb"}
    machine = chip(
        array=NOISY, mesh=(5, 5), tile={"input_buffer": buffer, "output_buffer": buffer},
        network={"clock": clock}, host={"bandwidth": f"{bandwidth:.3f} Gb/s"},
    )  # fmt: skip
    workload = residual(side=4)
    try:
        run = play(workload, machine, stream=2)
    except (InputError, CheckError):
        return
    expected = functional(built(workload, chip(array=NOISY, mesh=(5, 5))).network, range(2))
    assert all(np.array_equal(run.outputs[s], expected[s]) for s in range(2))
