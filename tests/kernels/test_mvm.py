"""The fused product against the readable one, against itself in other batches, and against closed forms."""

import math
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chipsim.kernels import reference
from chipsim.kernels.mvm import MVMResult, analog_mvm, position_weighted
from chipsim.kernels.settings import Encoding, InputEnergy, MVMSettings, RoundingOrder, Scaling, planes_of, steps_of

KEY = (0x1234ABCD, 77)
CONVERTERS = MVMSettings(
    scaling=Scaling.ABSOLUTE_MAXIMUM, input_steps=steps_of(8), input_bound=1.0, output_steps=steps_of(9), output_bound=10.0
)


def vectors(seed, batch, rows):
    return np.random.default_rng(seed).standard_normal((batch, rows), dtype=np.float32)


def cells(seed, rows, columns):
    return np.random.default_rng(seed).uniform(-1, 1, (rows, columns)).astype(np.float32)


def identity(batch, first=0):
    return {"sample": np.full(batch, 5, np.uint32), "vector": np.arange(first, first + batch, dtype=np.uint32)}


def mvm(x, weights, chain, **extra) -> MVMResult:
    extra = {"key": KEY, **identity(len(x)), **extra}
    return analog_mvm(x, weights, chain, **extra)


def oracle(x, weights, chain, noise=None, **extra):
    names = identity(len(x))
    return reference.analog_mvm(x, weights, chain, noise=noise or reference.philox_noise(KEY, names["sample"], names["vector"]), **extra)


chains = st.builds(
    MVMSettings,
    encoding=st.sampled_from(Encoding),
    scaling=st.sampled_from(Scaling),
    input_range=st.sampled_from([0.7, 3.0]),
    input_steps=st.sampled_from([steps_of(4), steps_of(8), steps_of(12)]),
    input_bound=st.sampled_from([1.0, 0.6]),
    input_order=st.sampled_from(RoundingOrder),
    input_noise=st.sampled_from([0.0, 0.02]),
    selectivity=st.sampled_from([0.0, 0.0, 0.5, 6.0]),
    ir_drop=st.sampled_from([0.0, 0.0, 1.0]),
    conductance_ratio=st.just(2e3),
    cell_noise=st.sampled_from([0.0, 0.03]),
    nonlinearity=st.sampled_from([0.0, 0.01]),
    slope=st.sampled_from([1.0, 1.2]),
    output_noise=st.sampled_from([0.0, 0.05]),
    output_steps=st.sampled_from([0, steps_of(6), steps_of(10)]),
    plane_bits=st.sampled_from([1, 1, 2, 3, 5]),
    twos_complement=st.booleans(),
    output_bound=st.sampled_from([3.0, 12.0]),
    max_retries=st.sampled_from([0, 0, 3]),
    energy=st.sampled_from(InputEnergy),
)


def away_from_ties(x, chain):
    """Vectors none of whose inputs is so close to a rounding boundary of the DAC that float32 may decide otherwise."""
    if chain.input_steps == 0:
        return np.ones(len(x), bool)
    alpha = {0: np.ones(len(x)), 1: abs(x).max(axis=1), 2: np.full(len(x), chain.input_range)}[int(chain.scaling)]
    codes = x.astype(float) / alpha[:, None] / (2 * chain.input_bound / chain.input_steps)
    clear = [abs(codes / 2.0**b % 1.0 - 0.5).min(axis=1) > 2e-7 * chain.input_steps for b in range(chain.max_retries + 1)]
    return np.logical_and.reduce(clear)


@settings(max_examples=150, deadline=None)
@given(
    chain=chains,
    rows=st.integers(1, 90),
    columns=st.integers(1, 90),
    seed=st.integers(0, 999),
    read_noise=st.booleans(),
    per_column=st.booleans(),
    rounding=st.booleans(),
    mismatch=st.sampled_from([(), ("gain",), ("offset", "correction"), ("gain", "offset", "correction")]),
)
def test_every_option_agrees_with_the_reference(chain, rows, columns, seed, read_noise, per_column, rounding, mismatch):
    if not rounding and chain.encoding == Encoding.AMPLITUDE and chain.energy != InputEnergy.SET_BITS:
        chain = chain._replace(input_steps=0)
    x, weights = vectors(seed, 40, rows), cells(seed, rows, columns)
    extra = {"magnitude": abs(weights), "droop": position_weighted(weights)}
    extra["row_conductance"] = abs(weights).sum(axis=1)
    extra["variance"] = 0.01 * abs(weights) if read_noise else None
    if per_column:
        extra["column_scale"] = np.linspace(0.5, 2, columns, dtype=np.float32)
        extra["nonlinearity"] = np.linspace(0.0, 0.02, columns, dtype=np.float32)
    spread = {"gain": (1.0, 0.1), "offset": (0.1, 0.5), "correction": (0.0, 0.5)}
    extra |= {name: np.float32(spread[name][0]) + np.float32(spread[name][1]) * cells(seed, 1, columns)[0] for name in mismatch}
    ours, expected = mvm(x, weights, chain, **extra), oracle(x, weights, chain, **extra)
    same, clear = (ours.retries == expected.retries) & (ours.saturated == expected.saturated), away_from_ties(x, chain)
    # An output within float32 precision of the ADC's limit may or may not be clipped.
    assert (clear & ~same).sum() <= 1
    same &= clear
    assert np.allclose(ours.energy_sum[same], expected.energy_sum[same], rtol=1e-6)
    difference = abs(ours.y - expected.y)[same]
    tolerance = 2e-5 * (1 + abs(expected.y[same]).max(initial=0))
    scale = 2.0 * (2.0 ** expected.retries[same]) * (chain.input_range if chain.scaling == 2 else abs(x[same]).max(axis=1) + 1)
    lsb = 2 * chain.output_bound / chain.output_steps if chain.output_steps else 0.0
    assert (difference <= tolerance + lsb * scale[:, None]).all()
    assert (difference > tolerance).sum() <= 1 + 1e-4 * difference.size * 13


def test_ideal_settings_give_the_exact_product():
    x, weights = vectors(1, 70, 130), cells(2, 130, 60)
    result = mvm(x, weights, MVMSettings())
    assert np.allclose(result.y, x.astype(float) @ weights, atol=2e-5)
    whole = np.round(x * 4).astype(np.float32), np.round(weights * 8).astype(np.float32)
    assert np.array_equal(mvm(*whole, MVMSettings()).y, whole[0] @ whole[1])


def test_rounding_ties_are_rare_and_one_step():
    x, weights = vectors(3, 512, 256), cells(4, 256, 256)
    chain = CONVERTERS._replace(output_bound=30.0)
    ours, expected = mvm(x, weights, chain), oracle(x, weights, chain)
    clear = away_from_ties(x, chain)
    steps = (ours.y - expected.y)[clear] / (abs(x[clear]).max(axis=1)[:, None] * 60 / chain.output_steps)
    assert abs(steps).max() < 1.001
    assert (abs(steps) > 0.5).mean() < 1e-4


@settings(max_examples=60, deadline=None)
@given(
    rows=st.integers(1, 600),
    columns=st.integers(1, 600),
    batch=st.integers(1, 600),
    cuts=st.lists(st.integers(0, 600), max_size=4),
    seed=st.integers(0, 99),
    encoding=st.sampled_from(Encoding),
)
def test_a_vector_does_not_depend_on_its_batch(rows, columns, batch, cuts, seed, encoding):
    x, weights = vectors(seed, batch, rows), cells(seed, rows, columns)
    chain = MVMSettings(encoding=encoding, input_steps=6, input_bound=2.0, output_noise=0.01, max_retries=2, output_bound=9.0)
    extra = {"variance": (weights * weights * np.float32(0.01))}
    whole = mvm(x, weights, chain, **extra)
    order = np.random.default_rng(seed).permutation(batch)
    names = identity(batch)
    for part in np.split(order, sorted(min(cut, batch) for cut in cuts)):
        chosen = {name: words[part] for name, words in names.items()}
        result = mvm(x[part], weights, chain, **extra, **chosen)
        for field, expected in zip(result, whole, strict=True):
            assert np.array_equal(field, expected[part])


@settings(max_examples=60, deadline=None)
@given(
    rows=st.integers(1, 600),
    columns=st.integers(1, 600),
    batch=st.integers(1, 600),
    seed=st.integers(0, 99),
    sizes=st.lists(st.integers(1, 300), min_size=1, max_size=6),
)
def test_the_bare_product_does_not_depend_on_the_batch(rows, columns, batch, seed, sizes):
    # Without rounding the last bit shows.
    x, weights = vectors(seed, batch, rows), cells(seed, rows, columns)
    whole = mvm(x, weights, MVMSettings()).y
    generator = np.random.default_rng(seed)
    for size in sizes:
        part = generator.integers(0, batch, size)
        assert np.array_equal(mvm(x[part], weights, MVMSettings()).y, whole[part])


def test_threads_give_the_same_bits():
    jobs = [(vectors(i, 90 + i, 64 + 8 * i), cells(i, 64 + 8 * i, 100 - i)) for i in range(12)]
    chain = CONVERTERS._replace(output_noise=0.05, max_retries=3, output_bound=5.0)
    alone = [mvm(x, weights, chain, variance=weights**2) for x, weights in jobs]
    with ThreadPoolExecutor(4) as pool:
        for _ in range(5):
            together = pool.map(lambda job: mvm(*job, chain, variance=job[1] ** 2), jobs)
            for ours, expected in zip(together, alone, strict=True):
                assert all(np.array_equal(a, b) for a, b in zip(ours, expected, strict=True))


def test_a_column_slice_is_read_in_place():
    big = vectors(5, 50, 300)
    weights = cells(6, 100, 40)
    chain = CONVERTERS._replace(output_noise=0.05)
    part = big[:, 120:220]
    assert np.array_equal(mvm(part, weights, chain).y, mvm(part.copy(), weights, chain).y)
    frozen = part.copy()
    frozen.flags.writeable = False
    assert np.array_equal(mvm(frozen, weights, chain).y, mvm(part, weights, chain).y)
    strided = np.ascontiguousarray(part.T).T
    assert np.array_equal(mvm(strided, weights, chain).y, mvm(part, weights, chain).y)


def test_transposed_product_with_a_cached_transpose():
    weights = cells(7, 90, 33)
    backward = np.ascontiguousarray(weights.T)
    errors = vectors(8, 20, 33)
    result = mvm(errors, backward, MVMSettings())
    assert np.allclose(result.y, errors @ weights.T, atol=1e-5)


def test_identity_of_a_vector_chooses_its_noise():
    x, weights = np.zeros((6, 16), np.float32), cells(9, 16, 50)
    names = {"sample": np.array([0, 0, 1, 1, 0, 0], np.uint32), "vector": np.array([0, 1, 0, 1, 0, 1], np.uint32)}
    chain = MVMSettings(output_noise=1.0)
    y = mvm(x, weights, chain, **names).y
    assert np.array_equal(y[:2], y[4:])
    assert len({row.tobytes() for row in y}) == 4
    assert not np.array_equal(mvm(x, weights, chain, **names, key=(1, 2)).y, y)
    narrower = mvm(x, np.ascontiguousarray(weights[:, :11]), chain, **names).y
    assert np.array_equal(narrower, y[:, :11])


def test_output_noise_has_the_given_moments():
    weights = cells(10, 8, 512)
    y = mvm(np.zeros((4000, 8), np.float32), weights, MVMSettings(output_noise=0.3)).y.astype(float) / 0.3
    assert abs(y.mean()) < 4 / math.sqrt(y.size)
    assert abs(y.var() - 1) < 4 * math.sqrt(2 / y.size)
    products = np.corrcoef(y[:, :60].T)[np.triu_indices(60, 1)]
    assert abs(products).max() < 5 / math.sqrt(len(y))


def test_folded_read_noise_equals_cells_drawn_again_for_each_vector():
    rows, columns, draws = 24, 12, 40_000
    generator = np.random.default_rng(11)
    weights, x = cells(12, rows, columns), vectors(13, 1, rows)
    sigma = 0.05 + 0.1 * abs(weights)
    folded = mvm(np.repeat(x, draws, axis=0), weights, MVMSettings(), variance=sigma**2).y.astype(float)
    drawn = np.stack([x[0] @ (weights + sigma * generator.standard_normal((rows, columns))) for _ in range(draws)])
    spread = math.sqrt(2 / draws)
    exact = x[0].astype(float) ** 2 @ sigma.astype(float) ** 2
    assert abs(folded.var(axis=0) / exact - 1).max() < 4.5 * spread
    assert abs(folded.var(axis=0) / drawn.var(axis=0) - 1).max() < 4.5 * math.sqrt(2) * spread
    assert (abs(folded.mean(axis=0) - drawn.mean(axis=0)) / np.sqrt(exact)).max() < 4.5 * math.sqrt(2 / draws)


def test_bound_management_halves_the_input_until_the_output_fits():
    weights = np.ones((10, 4), np.float32)
    x = np.array([[0.1] * 10, [1.0] * 10, [3.0] * 10, [100.0] * 10], np.float32)
    chain = MVMSettings(output_bound=4.0, max_retries=4, energy=InputEnergy.MAGNITUDE)
    result = mvm(x, weights, chain, row_conductance=np.ones(10, np.float32))
    assert result.retries.tolist() == [0, 2, 3, 4]
    assert result.saturated.tolist() == [False, False, False, True]
    assert np.allclose(result.y[:, 0], [1.0, 10.0, 30.0, 4.0 * 16])
    assert np.allclose(result.energy_sum, [1.0, 10 + 5 + 2.5, 30 * 1.875, 1000 * 1.9375])


def test_a_retry_draws_new_noise():
    weights, x = np.ones((4, 8), np.float32), np.ones((1, 4), np.float32)
    chain = MVMSettings(output_bound=3.0, output_noise=0.01, max_retries=1)
    retried = mvm(x, weights, chain).y / 2
    direct = mvm(x / 2, weights, chain).y
    assert not np.array_equal(retried, direct)
    assert abs(retried - 2).max() < 0.06


@pytest.mark.parametrize("bits", [2, 3, 8, 12])
def test_bit_serial_equals_amplitude_without_noise_and_adc(bits):
    x, weights = vectors(14, 60, 70), cells(15, 70, 30)
    chain = CONVERTERS._replace(input_steps=steps_of(bits), output_steps=0, output_bound=math.inf)
    serial = chain._replace(encoding=Encoding.BIT_SERIAL)
    assert np.array_equal(mvm(x, weights, serial).y, mvm(x, weights, chain).y)
    # Through real bit planes: a curve of zero forces them; weights on a grid make every sum exact.
    grid = np.round(weights * 16) / np.float32(16)
    flat = {"nonlinearity": np.zeros(30, np.float32)}
    chain = chain._replace(scaling=Scaling.NONE, input_bound=float(chain.input_steps // 2))
    planes = mvm(x, grid, serial._replace(scaling=Scaling.NONE, input_bound=chain.input_bound), **flat).y
    assert np.allclose(planes, mvm(x, grid, chain).y, rtol=1e-6, atol=1e-5)


@pytest.mark.parametrize("digits", [{"plane_bits": 3}, {"twos_complement": True}, {"plane_bits": 2, "twos_complement": True}], ids=str)
@pytest.mark.parametrize("bits", [2, 3, 8, 12])
def test_digits_and_twos_complement_add_up_to_the_same_product(bits, digits):
    x, weights = vectors(14, 60, 70), np.round(cells(15, 70, 30) * 16) / np.float32(16)
    chain = CONVERTERS._replace(input_steps=steps_of(bits), output_steps=0, output_bound=math.inf)
    serial = chain._replace(encoding=Encoding.BIT_SERIAL, **digits)
    assert np.allclose(mvm(x, weights, serial).y, mvm(x, weights, chain).y, rtol=1e-5, atol=2e-5)


def test_planes_of_twos_complement_are_converted_by_themselves():
    """-1 of 4 bits is 111 and a sign that counts -8: converted with a limit of 2 on 4 rows, 2 (1 + 2 + 4) - 2 x 8 = -2 steps of 1/7."""
    x, weights = np.full((1, 4), -1 / 7, np.float32), np.ones((4, 2), np.float32)
    chain = MVMSettings(
        encoding=Encoding.BIT_SERIAL, input_steps=14, input_bound=1.0, output_steps=4, output_bound=2.0, twos_complement=True,
    )  # fmt: skip
    assert planes_of(chain) == 4
    assert np.allclose(mvm(x, weights, chain).y, -2 / 7)
    assert mvm(x, weights, chain).saturated.all()
    plain = mvm(x, weights, chain._replace(twos_complement=False)).y  # one plane holds it, four rows are clipped to two
    assert np.allclose(plain, -2 / 7)
    wide = chain._replace(output_bound=8.0, output_steps=16)
    assert np.allclose(mvm(x, weights, wide).y, -4 / 7)


def test_a_digit_of_several_bits_is_a_share_of_the_largest():
    """5 = 101b in digits of two bits: 01 and 01, each a third of full scale; a converter of steps of 1/3 reads them exactly."""
    x, weights = np.full((1, 1), 5 / 7, np.float32), np.ones((1, 1), np.float32)
    chain = MVMSettings(
        encoding=Encoding.BIT_SERIAL, input_steps=14, input_bound=1.0, output_steps=6, output_bound=1.0, plane_bits=2,
        energy=InputEnergy.SQUARE,
    )  # fmt: skip
    result = mvm(x, weights, chain, row_conductance=np.ones(1, np.float32))
    assert result.y == pytest.approx(5 / 7)
    assert result.energy_sum == pytest.approx(2 / 9)
    coarse = mvm(x, weights, chain._replace(output_steps=2, energy=InputEnergy.NONE)).y  # a third is rounded to nothing in both planes
    assert coarse == pytest.approx(0.0)


@pytest.mark.parametrize("digits", [{"plane_bits": 2}, {"twos_complement": True}, {"plane_bits": 3, "twos_complement": True}], ids=str)
def test_offsets_of_all_planes_are_corrected_in_digital(digits):
    x, weights = vectors(3, 20, 12), cells(4, 12, 5)
    chain = MVMSettings(encoding=Encoding.BIT_SERIAL, input_steps=steps_of(7), input_bound=1.0, **digits)
    offset = np.linspace(-1, 1, 5, dtype=np.float32)
    plain, back = mvm(x, weights, chain).y, mvm(x, weights, chain, offset=offset, correction=offset).y
    assert np.allclose(plain, back, atol=1e-4)


def test_one_step_is_a_comparator():
    x, weights = np.eye(3, dtype=np.float32), np.array([[0.2, -0.2], [9.0, -9.0], [0.0, -1e-6]], np.float32)
    chain = MVMSettings(output_steps=1, output_bound=4.0)
    result = mvm(x, weights, chain)
    assert np.array_equal(result.y, [[4, -4], [4, -4], [4, -4]])
    assert not result.saturated.any()
    with pytest.raises(ValueError, match="output of vector 0"), np.errstate(all="ignore"):
        mvm(x * np.float32(1e30), weights * np.float32(1e30), chain)


def test_bit_serial_converts_each_plane():
    # 3 = 11b: two planes; every plane sum of 4 is clipped to 1, so the result is 1 + 2 units of the lowest plane.
    x, weights = np.full((1, 4), 1.0, np.float32), np.ones((4, 2), np.float32)
    chain = MVMSettings(encoding=Encoding.BIT_SERIAL, input_steps=steps_of(3), input_bound=1.0, output_steps=2, output_bound=1.0)
    assert np.allclose(mvm(x, weights, chain).y, 1.0)
    assert mvm(x, weights, chain).saturated.all()


def test_set_bits_count_the_ones_of_the_code():
    codes = np.arange(-127, 128, dtype=np.float32)
    x = (codes / 127).reshape(-1, 1)
    chain = MVMSettings(input_steps=254, input_bound=1.0, energy=InputEnergy.SET_BITS)
    expected = [bin(abs(int(code))).count("1") * 2.0 for code in codes]
    for encoding in Encoding:
        result = mvm(x, np.ones((1, 3), np.float32), chain._replace(encoding=encoding), row_conductance=np.array([2.0]))
        assert result.energy_sum.tolist() == expected


def test_clip_then_round_differs_only_with_odd_steps():
    x = np.linspace(-2, 2, 101, dtype=np.float32).reshape(-1, 1)
    one = np.ones((1, 2), np.float32)
    first, second = (MVMSettings(input_steps=6, input_bound=1.0, input_order=order) for order in RoundingOrder)
    assert np.array_equal(mvm(x, one, first).y, mvm(x, one, second).y)
    odd = mvm(x, one, first._replace(input_steps=5)).y, mvm(x, one, second._replace(input_steps=5)).y
    assert abs(odd[0]).max() == pytest.approx(1.0)
    assert abs(odd[1]).max() == pytest.approx(0.8)


def test_zero_vectors_return_zero():
    x = np.zeros((3, 20), np.float32)
    x[1] = 1e-35
    result = mvm(x, cells(16, 20, 8), CONVERTERS._replace(output_noise=0.1))
    assert np.array_equal(result.y, np.zeros((3, 8)))


def test_empty_batch():
    result = mvm(np.empty((0, 20), np.float32), cells(16, 20, 8), CONVERTERS)
    assert result.y.shape == (0, 8)


def test_ir_drop_weakens_the_far_rows():
    weights = np.ones((100, 3), np.float32)
    chain = MVMSettings(ir_drop=1.0, conductance_ratio=1e5)
    extra = {"magnitude": weights, "droop": position_weighted(weights)}
    y = mvm(np.eye(100, dtype=np.float32), weights, chain, **extra).y[:, 0]
    a = 100 / 1e5
    drop = 0.5 * a - 0.2 * a**2 + 0.05 * a**3
    assert y[0] == 1.0
    assert y[99] == pytest.approx(1 - drop * (1 - (1 - 99 / 100) ** 2), rel=1e-6)
    assert (np.diff(y) < 0).all()


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
def test_values_that_are_not_finite_are_refused(value):
    x = vectors(17, 5, 20)
    x[3, 7] = value
    with pytest.raises(ValueError, match=r"x\[3\]"):
        mvm(x, cells(18, 20, 8), CONVERTERS)


def test_cells_that_are_not_finite_are_refused():
    weights = cells(18, 20, 8)
    weights[4, 3] = math.nan
    for chain in (MVMSettings(), CONVERTERS):
        with pytest.raises(ValueError, match="output of vector 0"):
            mvm(vectors(17, 5, 20), weights, chain)
    with pytest.raises(ValueError, match="negative"):
        mvm(vectors(17, 5, 20), cells(18, 20, 8), MVMSettings(), variance=np.full((20, 8), -1.0, np.float32))


def test_noise_common_to_all_cells_equals_a_constant_variance():
    x, weights = vectors(21, 30, 40), cells(22, 40, 16)
    common = mvm(x, weights, MVMSettings(cell_noise=0.1)).y
    matrix = mvm(x, weights, MVMSettings(), variance=np.full((40, 16), 0.01, np.float32)).y
    assert np.allclose(common, matrix, atol=1e-4)
    assert abs(common - mvm(x, weights, MVMSettings()).y).mean() > 0.1


def test_gain_and_offset_act_before_the_converter_clips():
    """Ten cells of 1 give y = +-10; a gain of 0.5 and an offset of 1 make 6 and -4 of it, held within +-5."""
    x, weights = np.array([[1.0] * 10, [-1.0] * 10], np.float32), np.ones((10, 2), np.float32)
    result = mvm(x, weights, MVMSettings(output_bound=5.0), gain=np.array([0.5, 1.0]), offset=np.array([1.0, 0.0]))
    assert result.y.tolist() == [[5.0, 5.0], [-4.0, -5.0]]
    assert result.saturated.all()
    alone = mvm(x, np.ascontiguousarray(weights[:, :1]), MVMSettings(output_bound=5.0), gain=np.array([0.5]), offset=np.array([1.0]))
    assert alone.saturated.tolist() == [True, False]


def test_the_correction_is_digital_and_undone_with_the_scale_of_the_vector():
    x, weights = vectors(23, 40, 30), cells(24, 30, 9)
    chain = MVMSettings(scaling=Scaling.ABSOLUTE_MAXIMUM)
    offset = np.linspace(-1, 1, 9, dtype=np.float32)
    plain, shifted = mvm(x, weights, chain).y, mvm(x, weights, chain, offset=offset).y
    assert np.allclose(shifted - plain, abs(x).max(axis=1)[:, None] * offset, atol=1e-5)
    assert np.allclose(mvm(x, weights, chain, offset=offset, correction=offset).y, plain, atol=1e-5)


@pytest.mark.parametrize("steps", [steps_of(2), steps_of(5), 6, 10])
def test_each_bit_plane_brings_its_offset(steps):
    """A zero input reads the offset in every plane: the lowest counts 2 / steps, the next twice that, and so on."""
    chain = MVMSettings(encoding=Encoding.BIT_SERIAL, input_steps=steps, input_bound=1.0)
    offset, planes = np.array([0.25, -0.5]), (steps // 2).bit_length()
    y = mvm(np.zeros((1, 4), np.float32), np.ones((4, 2), np.float32), chain, offset=offset).y[0]
    assert y == pytest.approx(offset * (2**planes - 1) * 2 / steps)
    back = mvm(np.zeros((1, 4), np.float32), np.ones((4, 2), np.float32), chain, offset=offset, correction=offset).y[0]
    assert back == pytest.approx(0.0, abs=1e-6)


@pytest.mark.parametrize("share", [0.25, 0.5, 1.0])
def test_the_slope_of_the_curve_is_one_where_it_was_calibrated(share):
    n, bound, step = 0.1, 10.0, 0.01
    chain = MVMSettings(nonlinearity=n, slope=(1 + n * share * bound) ** 2)
    around = np.array([[share * bound - step], [share * bound + step]], np.float32)
    low, high = mvm(around, np.ones((1, 1), np.float32), chain).y[:, 0]
    assert (high - low) / (2 * step) == pytest.approx(1.0, rel=1e-3)


@pytest.mark.parametrize("selectivity", [0.01, 1.0, 8.0, 40.0])
def test_a_selector_bends_the_inputs(selectivity):
    x = np.linspace(-1, 1, 401, dtype=np.float32).reshape(-1, 1)
    chain = MVMSettings(selectivity=selectivity, energy=InputEnergy.SQUARE)
    result = mvm(x, np.ones((1, 1), np.float32), chain, row_conductance=np.array([2.0]))
    expected = np.sinh(selectivity * x[:, 0].astype(float)) / np.sinh(selectivity)
    assert np.allclose(result.y[:, 0], expected, rtol=1e-5, atol=1e-12)
    assert result.y[[0, -1], 0] == pytest.approx([-1, 1], rel=1e-6)
    assert result.energy_sum == pytest.approx(2 * expected * x[:, 0], rel=1e-5, abs=1e-12)


def test_without_a_selector_nothing_is_bent():
    x, weights = vectors(25, 20, 30), cells(26, 30, 8)
    near = mvm(x, weights, MVMSettings(selectivity=1e-3, scaling=Scaling.ABSOLUTE_MAXIMUM)).y
    assert np.allclose(near, mvm(x, weights, MVMSettings(scaling=Scaling.ABSOLUTE_MAXIMUM)).y, atol=1e-5)
