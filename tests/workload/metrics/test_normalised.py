import pytest
from hypothesis import given
from hypothesis import strategies as st

from chipsim.errors import InputError
from chipsim.workload.metrics import ISO, normalised


@given(st.floats(0.3, 1.0), st.floats(0.0, 0.2), st.floats(0.0, 1.0))
def test_the_side_that_is_better_does_not_matter(reference, chance, value):
    found = normalised(value, reference, chance)
    assert found == pytest.approx(normalised(1 - value, 1 - reference, 1 - chance))
    assert normalised(reference, reference, chance) == 1
    assert normalised(chance, reference, chance) == pytest.approx(0)
    assert found == pytest.approx((value - chance) / (reference - chance))


def test_by_hand():
    assert normalised(0.891, 0.9, 0.0) == pytest.approx(ISO)
    assert normalised(3.0, 2.0, 6.0) == 0.75  # perplexities
    with pytest.raises(InputError, match=r"as good as chance, 0\.1"):
        normalised(0.1, 0.1, 0.1)
    with pytest.raises(InputError, match=r"chance is 0\.95, which is better than the float network's 0\.9, as higher is better"):
        normalised(0.8, 0.9, 0.95, higher=True)
    assert normalised(3.0, 2.0, 6.0, higher=False) == 0.75
    with pytest.raises(InputError, match="expected finite numbers"):
        normalised(float("nan"), 0.9, 0.1)
