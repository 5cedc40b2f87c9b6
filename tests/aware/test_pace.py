"""The learning rate of every step is that of PyTorch's own schedulers."""

from __future__ import annotations

import pytest
import torch

from chipsim.aware.pace import share


def rates(make, steps: int) -> list[float]:
    optimiser = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=1.0)
    scheduler, found = make(optimiser), []
    for _ in range(steps):
        found.append(optimiser.param_groups[0]["lr"])
        optimiser.step()
        scheduler.step()
    return found


@pytest.mark.parametrize("steps", [10, 37])
def test_a_cosine_is_that_of_torch(steps):
    theirs = rates(lambda one: torch.optim.lr_scheduler.CosineAnnealingLR(one, steps), steps)
    assert [share("cosine", step, steps) for step in range(steps)] == pytest.approx(theirs, abs=1e-9)


@pytest.mark.parametrize("steps", [10, 37, 200])
def test_one_cycle_is_that_of_torch(steps):
    theirs = rates(lambda one: torch.optim.lr_scheduler.OneCycleLR(one, 1.0, total_steps=steps, cycle_momentum=False), steps - 1)
    assert [share("one_cycle", step, steps) for step in range(steps - 1)] == pytest.approx(theirs, abs=1e-9)


def test_steps_fall_by_ten_in_the_middle_and_at_three_quarters():
    assert [round(share("step", step, 8), 9) for step in range(8)] == [1, 1, 1, 1, 0.1, 0.1, 0.01, 0.01]
    assert {share("constant", step, 5) for step in range(5)} == {1.0}


@pytest.mark.parametrize("steps", [1, 2, 3, 4])
def test_few_steps_have_rates_too(steps):
    for schedule in ("constant", "cosine", "step", "one_cycle"):
        assert all(0 <= share(schedule, step, steps) <= 1 for step in range(steps))
