"""Both directions of one array: settings, noise, scale, converters."""

import math

import numpy as np
import pytest

from chipsim.circuits.array import Array
from chipsim.circuits.crossbar import Crossbar
from chipsim.circuits.transposed import TransposedRead
from chipsim.errors import InputError
from chipsim.kernels.settings import InputEnergy, Scaling
from chipsim.reading import from_plain
from chipsim.streams import Stream
from chipsim.training.reads import Reads

ARRAY = {
    "rows": 64,
    "columns": 64,
    "cell": {"device": {"type": "ideal"}, "area": "1 um2"},
    "dac": {"type": "pulse_width", "bits": 7},
    "adc": {"type": "sar", "bits": 9, "bound": 12},
}
WHO = np.zeros(300, np.uint32), np.arange(300, dtype=np.uint32)


def array(**changes):
    return from_plain(Array, ARRAY | changes)


def numbers(rows=10, columns=7, count=300):
    random = np.random.default_rng(1)
    return random.normal(size=(count, rows)).astype(np.float32), random.uniform(-1, 1, (rows, columns)).astype(np.float32)


def test_exact_reads_are_products():
    x, weights = numbers()
    reads = Reads()
    for port in (reads.forward(7, Stream(), Stream()), reads.backward(7, Stream(), Stream())):
        assert port.product(x, weights, 0.5, *WHO).y == pytest.approx(0.5 * (x @ weights), abs=1e-5)


def test_the_forward_chain_is_that_of_the_array():
    whole = array(output_noise=0.06, bound_management=3, ir_drop=1.0, nonlinearity=0.01)
    port = Reads(whole).forward(7, Stream(), Stream())
    assert port.settings == whole.settings._replace(energy=InputEnergy.NONE)
    fixed = array(input_scaling={"type": "fixed", "range": 1})
    assert Reads(fixed).forward(7, Stream(), Stream(), 2.5).settings.input_range == 2.5


def test_what_is_not_given_is_as_in_the_forward_chain():
    whole = array(output_noise=0.06, bound_management=3, ir_drop=1.0, input_scaling={"type": "fixed", "range": 1})
    chain = Reads(whole).backward(10, Stream(), Stream()).settings
    assert chain._replace(scaling=Scaling.FIXED_RANGE, ir_drop=1.0, max_retries=3) == whole.settings._replace(energy=InputEnergy.NONE)
    assert (chain.scaling, chain.ir_drop, chain.max_retries) == (Scaling.ABSOLUTE_MAXIMUM, 0, 0)


def test_the_backward_chain_has_keys_of_its_own():
    noise = {"input_noise": 0.1, "output_noise": 0.2, "short_term_noise": 0.3}
    converters = {"dac": {"type": "pulse_width", "bits": 5}, "adc": {"type": "sar", "bits": 6, "bound": 3}}
    own = from_plain(TransposedRead, converters | noise | {"bound_management": 2})
    port = Reads(array(), own).backward(10, Stream(), Stream())
    chain = port.settings
    assert (chain.input_steps, chain.output_steps, chain.output_bound) == (30, 62, 3)
    assert (chain.input_noise, chain.output_noise, chain.max_retries, port.short_term_noise) == (0.1, 0.2, 2, 0.3)
    assert Reads(array(), own).forward(7, Stream(), Stream()).settings.input_steps == 126


def test_noise_of_outputs_and_of_cells():
    x, weights = np.ones((300, 10), np.float32), numbers()[1]
    quiet = Reads(array(adc={"type": "ideal"})).forward(7, Stream(), Stream())
    exact = quiet.product(x, weights, 2.0, *WHO).y
    assert exact == pytest.approx(2 * (x @ weights), abs=1e-5)
    for changes, sigma in (({"output_noise": 0.3}, 0.3), ({"short_term_noise": 0.2}, 0.2 * np.sqrt(np.abs(weights).sum(axis=0)))):
        port = Reads(array(adc={"type": "ideal"}, **changes)).forward(7, Stream(), Stream())
        error = port.product(x, weights, 2.0, *WHO).y - exact
        assert error.std(axis=0) == pytest.approx(2 * sigma * np.ones(7), rel=0.2)


def test_converters_are_those_of_a_crossbar():
    spreads = {"gain_spread": 0.1, "offset_spread": 0.2, "calibration": "none"}
    mismatched = array(adc={"type": "sar", "bits": 9, "bound": 12} | spreads, output_noise=0.06)
    x, weights = numbers()
    stream, chip = Stream(3).child("a"), Stream(3).child("b")
    crossbar = Crossbar(mismatched.having(weight_scaling="array", drift_compensation="none"), stream, chip=chip)
    crossbar.program(weights)
    own = Reads(mismatched).forward(7, stream.child("products"), chip)
    scale = float(crossbar.scale.reshape(-1)[0])
    assert own.product(x, crossbar.weights, scale, *WHO).y == pytest.approx(crossbar.multiply(x, *WHO).y, rel=1e-5, abs=1e-5)
    errors = np.random.default_rng(2).normal(size=(300, 7)).astype(np.float32)
    back = Reads(mismatched).backward(10, stream.child("transposed products"), chip)
    turned = np.ascontiguousarray(crossbar.weights.T)
    assert back.product(errors, turned, scale, *WHO).y == pytest.approx(crossbar.backward(errors, *WHO).y, rel=1e-3, abs=1e-3)


def test_a_drop_along_the_columns_lowers_large_results():
    x, weights = np.ones((300, 60), np.float32), np.ones((60, 7), np.float32)
    plain, dropping = (Reads(array(ir_drop=drop, adc={"type": "ideal"}, wire_resistance="20 Ohm")) for drop in (0.0, 1.0))
    assert (dropping.forward(7, Stream(), Stream()).product(x, weights, 1, *WHO).y < 59.5).all()
    assert plain.forward(7, Stream(), Stream()).product(x, weights, 1, *WHO).y == pytest.approx(60)


def test_what_makes_no_sense_is_refused():
    with pytest.raises(InputError, match="exact wires"):
        Reads(array(ir_drop=1.0, ir_drop_model="exact"))
    assert math.isinf(array(adc={"type": "ideal"}).settings.output_bound)


def test_layers_and_faults_that_are_not_modelled_are_refused():
    reads = Reads(array())
    reads.check_room("fc", (64, 64))
    Reads().check_room("fc", (9999, 9999))
    for shape in ((65, 3), (3, 65)):
        with pytest.raises(InputError, match="layer 'fc' has weights"):
            reads.check_room("fc", shape)
    with pytest.raises(InputError, match="stuck devices from the response"):
        Reads(array(faults={"high": 0.01}))


def test_digests_tell_reads_apart():
    others = Reads(array(output_noise=0.1)), Reads(array(), TransposedRead(output_noise=0.2))
    assert len({reads.digest for reads in (Reads(), Reads(array()), *others)}) == 4
    assert Reads(array()).digest == Reads(array()).digest
