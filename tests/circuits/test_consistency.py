"""What does not go together is refused with a sentence; the sentences on selectors, devices and wires are tested with the array."""

import pytest

from chipsim.circuits.array import Array
from chipsim.circuits.consistency import conduction_problem, duration_problem, wires_problem
from chipsim.errors import InputError
from chipsim.reading import from_plain

PLAIN = {"rows": 32, "columns": 32, "cell": {"device": "ideal"}, "adc": "duration", "input_scaling": "none"}
SERIAL = {"type": "bit_serial", "bits": 4}


@pytest.mark.parametrize(
    "dac", ["duration", "pulse_width", "voltage", {"type": "pulse_width", "phases": 2}, SERIAL | {"digit_bits": 3}], ids=str
)
def test_one_conversion_may_be_a_duration(dac: object) -> None:
    array = from_plain(Array, PLAIN | {"dac": dac})
    assert (duration_problem(array), conduction_problem(array), wires_problem(array)) == (None, None, None)


@pytest.mark.parametrize(
    ("keys", "message"),
    [
        ({"dac": SERIAL}, "a column is converted 3 times"),
        ({"dac": "duration", "cell": {"type": "sliced", "device": "ideal"}}, "1 times for each of 4 part"),
        ({"dac": {"type": "pulse_width", "phases": 2}, "adc": {"type": "duration", "each_phase": True}}, "a column is converted 2 times"),
    ],
    ids=str,
)
def test_durations_are_not_shifted_and_added(keys: dict[str, object], message: str) -> None:
    with pytest.raises(InputError, match=f"durations are no numbers.*{message}.*take a dac of one plane"):
        from_plain(Array, PLAIN | keys)


@pytest.mark.parametrize("adc", [{"type": "cco", "lsb_time": "50 ns"}, {"type": "integrate_fire", "spike_time": "50 ns"}], ids=str)
def test_a_read_too_short_to_count_is_told_before_anything_runs(adc: dict[str, object]) -> None:
    dac = {"type": "voltage", "read_time": "80 ns"}
    with pytest.raises(InputError, match=r"adc: .*a read of 80 ns has room for 1 counts of 50 ns; .*lengthen the read"):
        from_plain(Array, PLAIN | {"dac": dac, "adc": adc})
    assert from_plain(Array, PLAIN | {"dac": dac | {"read_time": "200 ns"}, "adc": adc}).settings.output_steps == 4


def test_durations_have_one_range_for_all_vectors() -> None:
    with pytest.raises(InputError, match=r"durations are taken as they come, .*set input_scaling: \{type: fixed"):
        from_plain(Array, PLAIN | {"dac": "duration", "input_scaling": "absolute_maximum"})
    assert from_plain(Array, PLAIN | {"dac": "duration", "input_scaling": {"type": "fixed", "range": 2}}).settings.input_range == 2
