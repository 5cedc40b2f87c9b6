"""Learning rates against their closed forms, torch's schedulers, and the end that comes early."""

import math
from itertools import pairwise

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from chipsim.errors import InputError
from chipsim.reading import from_plain
from chipsim.training.schedule import Constant, Cosine, Decay, Plateau, Schedule, Step

LOSSES = st.lists(st.floats(0, 10), max_size=40)


def rates(schedule, losses):
    return [schedule.rate_in(losses[:epoch]) for epoch in range(len(losses) + 1)]


def torch_rates(scheduler, losses, **keys):
    weight = torch.zeros(1, requires_grad=True)
    optimiser = torch.optim.SGD([weight], lr=0.1)
    follower = scheduler(optimiser, **keys)
    found = [optimiser.param_groups[0]["lr"]]
    for loss in losses:
        optimiser.step()
        follower.step(*([loss] if scheduler is torch.optim.lr_scheduler.ReduceLROnPlateau else []))
        found.append(optimiser.param_groups[0]["lr"])
    return found


def test_constant_and_step():
    assert rates(Schedule(rate=0.1, decay=Constant()), [1.0] * 3) == [0.1] * 4
    assert rates(Schedule(rate=0.08, decay=Step(factor=0.5, every=3)), [1.0] * 6) == pytest.approx([0.08] * 3 + [0.04] * 3 + [0.02])
    ours = rates(Schedule(rate=0.1, decay=Step(factor=0.3, every=4)), [1.0] * 10)
    assert ours == pytest.approx(torch_rates(torch.optim.lr_scheduler.StepLR, [1.0] * 10, step_size=4, gamma=0.3))


def test_cosine_is_torchs():
    ours = rates(Schedule(epochs=8, rate=0.1, decay=Cosine(end=0.2)), [1.0] * 8)
    assert ours == pytest.approx(torch_rates(torch.optim.lr_scheduler.CosineAnnealingLR, [1.0] * 8, T_max=8, eta_min=0.02))
    assert ours[4] == pytest.approx(0.1 * (0.2 + 0.8 / 2))


def test_a_plateau_lowers_the_rate():
    losses = [2.0, 1.0, 1.0, 0.995, 0.5, 0.5, 0.5, 0.5, 0.5]
    shares = rates(Schedule(rate=1.0, decay=Plateau(factor=0.1, patience=2, least=0.01)), losses)
    assert shares == pytest.approx([1, 1, 1, 1, 0.1, 0.1, 0.1, 0.01, 0.01, 0.001])


@given(st.lists(st.floats(0.01, 10), max_size=30), st.integers(1, 4))
def test_a_plateau_without_a_threshold_is_torchs(losses, patience):
    ours = rates(Schedule(rate=0.1, decay=Plateau(factor=0.5, patience=patience, least=0)), losses)
    theirs = torch_rates(
        torch.optim.lr_scheduler.ReduceLROnPlateau, losses, factor=0.5, patience=patience - 1, threshold=0.0, eps=0.0
    )
    assert ours == pytest.approx(theirs)


@given(LOSSES, st.sampled_from(sorted(Decay.members)))
def test_rates_never_rise_and_never_leave_their_range(losses, name):
    schedule = Schedule(epochs=40, rate=0.5, decay=Decay.members[name]())
    found = rates(schedule, losses)
    assert found[0] == 0.5
    assert all(0 <= later <= earlier for earlier, later in pairwise(found))


def test_training_ends_when_the_accuracy_no_longer_rises():
    schedule = Schedule(patience=2)
    assert not schedule.stalled([])
    assert not schedule.stalled([0.5, 0.6, 0.6])
    assert schedule.stalled([0.5, 0.6, 0.6, 0.6])
    assert not schedule.stalled([0.5, 0.6, 0.6, 0.61])
    assert not Schedule().stalled([0.5] * 100)


def test_the_end_may_be_moved_where_the_rate_does_not_know_of_it():
    assert Schedule(epochs=3).fixed == Schedule(epochs=9, patience=4).fixed
    assert Schedule(epochs=3, decay=Cosine()).fixed != Schedule(epochs=9, decay=Cosine()).fixed
    assert Schedule(rate=0.1).fixed != Schedule(rate=0.2).fixed


def test_files_say_which_decay():
    assert from_plain(Schedule, {"epochs": 4, "decay": {"type": "cosine", "end": 0.1}}).decay == Cosine(end=0.1)
    assert from_plain(Schedule, {"decay": "constant"}).decay == Constant()
    assert from_plain(Schedule, {"decay": {"factor": 0.1}}).decay == Step(factor=0.1)
    with pytest.raises(InputError, match="did you mean 'cosine'"):
        from_plain(Schedule, {"decay": "cosinus"})
    for keys in ({"rate": 0}, {"epochs": 0}, {"batch": 0}, {"patience": 0}, {"rate": math.inf}):
        with pytest.raises(InputError):
            Schedule(**keys)
