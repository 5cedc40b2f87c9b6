"""Amounts by part, ready to be stacked: which parts have a colour of their own, what the others add up to."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence

from chipsim.report.palette import CATEGORIES

Amounts = Mapping[str, float]
COLOURED = len(CATEGORIES) - 1  # parts with a colour of their own; what is smaller is drawn together
OTHERS = "other parts"


def largest(stacks: Sequence[tuple[str, Amounts]]) -> list[str]:
    """The parts with a colour of their own, the largest over all bars first, then what holds the others."""
    sums: dict[str, float] = defaultdict(float)
    for _, amounts in stacks:
        for part, amount in amounts.items():
            sums[part] += amount
    order = [part for part in sorted(sums, key=lambda part: (-sums[part], part)) if sums[part] > 0]
    return [*order[:COLOURED], OTHERS] if len(order) > COLOURED + 1 else order


def amount_of(amounts: Amounts, part: str, parts: Sequence[str]) -> float:
    """What one of the parts is in a bar; `other parts` are all that are not named."""
    if part == OTHERS and part not in amounts:
        return sum(amount for name, amount in amounts.items() if name not in parts)
    return amounts.get(part, 0.0)


def fewer(found: Mapping[str, Amounts], most: int) -> dict[str, Amounts]:
    """Of many bars those that hold the most, in their order, and one for all others together."""
    kept = set(sorted(found, key=lambda name: -sum(found[name].values()))[: most - 1] if len(found) > most else found)
    rows: dict[str, Amounts] = {name: amounts for name, amounts in found.items() if name in kept}
    rest: dict[str, float] = defaultdict(float)
    for name, amounts in found.items():
        for part, amount in amounts.items() if name not in kept else ():
            rest[part] += amount
    return rows | ({f"{len(found) - len(kept)} others": rest} if rest else {})
