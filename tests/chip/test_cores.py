"""A small transformer block in simulated time: on the tiles' vector units and on digital cores."""

import itertools

import numpy as np
import pytest
from builders import NOISY, add, built, chip, conv, functional, network

from chipsim.errors import InputError
from chipsim.timing import Timing, bottleneck
from chipsim.workload.graph import Workload

FEATURES, STEPS, HEADS = 12, 8, 2
CORE = {
    "nodes": {"named": [3, 7]},
    "spread": 2,
    "vector_unit": {
        "type": "simd", "lanes": 8, "energy_max": "1 fJ", "energy_add": "2 fJ", "energy_multiply": "3 fJ", "energy_function": "4 fJ",
        "energy_mac": "5 fJ", "macs_per_tick": 64,
    },
    "buffer": {"type": "sram", "capacity": "1 Mb", "width": 1, "read_energy": "1 fJ/b", "write_energy": "2 fJ/b"},
}  # fmt: skip
CORES = {
    "tiles": {},
    "cores": {"cores": {"wide": CORE}},
    "cores alone": {"cores": {"wide": CORE}, "network": {"no_tile": {"named": [3, 7]}}},
}


def block(causal: bool = False, rows: int = STEPS, **keys: object) -> Workload:
    """An encoder block: attention with its projections, addition, layer_norm, two layers, addition, layer_norm; tokens in `rows`."""
    layers = [conv(name, FEATURES, 1, inputs=["input"]) for name in "qkv"]
    return network(
        [FEATURES, rows, STEPS // rows],
        *layers,
        {"type": "attention", "name": "mix", "inputs": list("qkv"), "head_size": FEATURES // HEADS, "causal": causal},
        conv("project", FEATURES, 1),
        add("sum1", "project", "input"),
        {"type": "layer_norm", "name": "norm1"},
        conv("up", 2 * FEATURES, 1, activation="gelu"),
        conv("down", FEATURES, 1),
        add("sum2", "down", "norm1"),
        {"type": "layer_norm", "name": "norm2"},
        **keys,
    )


@pytest.mark.parametrize("where", sorted(CORES))
@pytest.mark.parametrize("causal", [False, True])
@pytest.mark.parametrize(("rows", "token"), [(STEPS, "row"), (STEPS // 4, "row"), (STEPS // 2, "vector")])
def test_timed_run_and_functional_pass_agree_to_the_last_bit(where, causal, rows, token):
    workload = block(causal, rows)
    machine = built(workload, chip(mesh=(4, 3), array=NOISY, **CORES[where]), stream=3, fast_forward=False, token=token)
    run = machine.run()
    found = functional(machine.network, range(3))
    assert len(run.outputs) == 3
    for sample, output in run.outputs.items():
        assert output.tobytes() == found[sample].tobytes()


def test_ideal_arrays_give_what_pytorch_gives():
    torch = pytest.importorskip("torch")
    workload = block()
    x = torch.tensor(workload.inputs[..., 0]).double().transpose(1, 2)  # [N, T, features]

    def linear(name, x):
        matrix, bias = workload.weights[name]
        return x @ torch.tensor(matrix).double() + torch.tensor(bias).double()

    def norm(name, x):
        weight, bias = (torch.tensor(p.ravel()).double() for p in workload.parameters[name])
        return torch.nn.functional.layer_norm(x, (FEATURES,), weight, bias)

    heads = [linear(name, x).reshape(len(x), STEPS, HEADS, -1).transpose(1, 2) for name in "qkv"]
    mixed = torch.nn.functional.scaled_dot_product_attention(*heads).transpose(1, 2).reshape(x.shape)
    first = norm("norm1", linear("project", mixed) + x)
    second = norm("norm2", linear("down", torch.nn.functional.gelu(linear("up", first))) + first)
    wanted = second.transpose(1, 2).numpy()[..., None]
    np.testing.assert_allclose(workload.forward(workload.inputs), wanted, rtol=2e-5, atol=2e-5)
    machine = built(workload, chip(mesh=(4, 3), **CORES["cores"]))
    np.testing.assert_allclose(functional(machine.network), wanted, rtol=1e-4, atol=1e-4)


def test_energy_is_booked_where_it_is_spent():
    """All digital work of a sample on cores: operations by hand."""
    run = built(block(), chip(mesh=(4, 3), **CORES["cores"])).run()
    spent = {}
    for entry, energy in run.energy.items():
        spent[entry.part] = spent.get(entry.part, 0.0) + energy
    assert "vector unit" not in spent
    macs = 2 * STEPS * FEATURES + 2 * FEATURES  # for each step: scores and weighted values, squares of two layer_norms
    functions = HEADS * STEPS + HEADS + 2
    adds = HEADS * (2 * STEPS - 1) + 2 * FEATURES + 2 * 3 * FEATURES
    multiplies = 2 * FEATURES + 2 * (2 * FEATURES + 2)
    maxima = HEADS * (STEPS - 1)
    wanted = STEPS * (5 * macs + 4 * functions + 2 * adds + 3 * multiplies + maxima) * 1e-15
    assert spent["wide vector unit"] == pytest.approx(wanted)
    written, read = 3 + 2 * 2 + 2, 1 + 2 * STEPS + 2 * 2 + 2  # numbers of a step and channel: attention, sums, norms
    results = 5 + 1  # norm1 hands on all channels to `up` and halves to the parts of `sum2`
    numbers = 8 * STEPS * FEATURES * 1e-15
    assert spent["wide buffer"] == pytest.approx(numbers * (2 * written + read + 3 * results))


def test_layers_on_one_core_take_turns():
    slow = CORE | {"nodes": {"named": [3]}, "spread": 1, "vector_unit": {"type": "simd", "lanes": 1}}
    run = built(block(), chip(mesh=(4, 3), cores={"wide": slow}), stream=4, fast_forward=False).run()
    spans = sorted((s.start, s.end) for s in run.recorder.spans if s.track.startswith("wide[3]"))
    assert len(spans) == 4 * STEPS * 5
    assert all(end <= start for (_, end), (start, _) in itertools.pairwise(spans))
    work = sum(run.work(station) for station in run.stations if station.stage.core)
    assert run.interval >= work * (1 - 1e-9)
    told = bottleneck(Timing(run, run), [])
    assert str(told["stage"]).startswith("wide[3], shared by layers mix, sum1, ")
    assert told["utilisation"] == pytest.approx(work / run.interval)
    assert "more of these cores" in str(told["advice"])


def test_a_core_whose_buffer_cannot_hold_keys_and_values_is_refused():
    small = CORE | {"buffer": {"type": "sram", "capacity": "1 kb"}}
    with pytest.raises(InputError, match=r"cores.wide.buffer: wide\[.\].mix.* must hold 8 units of [qkv]"):
        built(block(), chip(mesh=(4, 3), cores={"wide": small}))


@pytest.mark.parametrize("token", ["row", "vector"])
def test_pooling_and_sums_of_images_on_cores_keep_their_values_and_their_pace(token):
    """Channels cut over three cores; a stream that is shortened ends when the whole one does."""
    workload = network(
        [2, 6, 6],
        conv("stem", 5, padding=1, activation="relu"),
        conv("branch", 5, padding=1),
        add("sum", "branch", "stem"),
        {"type": "batch_norm", "name": "norm"},
        {"type": "max_pool", "name": "pool", "kernel": 3, "stride": 2},
        {"type": "linear", "name": "fc", "out_features": 3},
    )
    small = {"input_buffer": {"capacity": "6 kb"}, "output_buffer": {"capacity": "6 kb"}}
    core = CORE | {"nodes": {"every": 3}, "spread": 3, "buffer": {"type": "sram", "capacity": "8 kb"}}
    machine = chip(mesh=(4, 3), tile=small, cores={"wide": core})
    whole = built(workload, machine, token=token, stream=40, fast_forward=False)
    run, short = whole.run(), built(workload, machine, token=token, stream=40).run()
    found = functional(whole.network, range(40))
    assert all(run.outputs[sample].tobytes() == found[sample].tobytes() for sample in range(40))
    assert short.simulated < 40
    assert [short.completion(sample) for sample in range(40)] == [run.finished[sample] for sample in range(40)]
