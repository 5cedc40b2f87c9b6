"""The work of a network, counted by hand."""

from builders import add, conv, linear, network, pool

from chipsim.comparators.work import Work, work_of


def test_a_convolution_pooling_and_a_fully_connected_layer():
    workload = network([2, 6, 6], conv("conv", 3, activation="relu"), pool("pool"), linear("fc", 5))
    assert work_of(workload) == (
        Work("conv", macs=3 * 18 * 16, weights=3 * 18 + 3, inputs=72, outputs=48, entering=72),
        Work("pool", macs=0),
        Work("fc", macs=60, weights=65, inputs=12, outputs=5, leaving=5),
    )


def test_what_a_digital_layer_gives_last_leaves_the_network():
    first, last = work_of(network([2, 6, 6], conv("conv", 3), pool("pool")))
    assert (first.outputs, first.leaving) == (48, 0)
    assert (last.outputs, last.leaving, last.written, last.outside) == (0, 12, 12, 12)


def test_a_layer_that_reads_twice_and_one_without_bias():
    workload = network([4, 1, 1], linear("a", 3, inputs=["input"]), linear("b", 3, inputs=["input"], bias=False), add("sum", "a", "b"))
    works = {work.layer: work for work in work_of(workload)}
    assert works["a"].weights - works["b"].weights == 3
    assert [works[name].entering for name in ("a", "b", "sum")] == [4, 4, 0]
    assert works["sum"].leaving == 3


def test_the_steps_of_a_recurrent_layer_read_the_same_weights():
    (work,) = work_of(network([3, 5, 1], {"type": "lstm", "name": "lstm", "hidden_size": 4}))
    assert work == Work("lstm", macs=5 * 7 * 16, weights=7 * 16 + 16, inputs=15, outputs=20, entering=15, leaving=20)


def test_multiplications_of_activations_have_no_weights():
    layers = [linear(name, 4, inputs=["input"]) for name in ("q", "k", "v")]
    workload = network([4, 1, 1], *layers, {"type": "attention", "name": "attention", "inputs": ["q", "k", "v"]})
    work = work_of(workload)[-1]
    assert (work.layer, work.macs, work.weights, work.inputs, work.outputs) == ("attention", 8, 0, 12, 4)


def test_multiplications_are_those_of_the_workload():
    workload = network([2, 6, 6], conv("conv", 3, activation="relu"), pool("pool"), linear("fc", 5))
    assert sum(work.macs for work in work_of(workload)) == workload.macs
