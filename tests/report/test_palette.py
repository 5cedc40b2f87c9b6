"""Colours: order, range, contrast."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chipsim.report.palette import CATEGORIES, category, ember, ink, places_of, shade, viridis


def luminance(colour: str) -> float:
    channels = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def test_ends_of_the_scales() -> None:
    assert (viridis(0), viridis(1)) == ("#440154", "#FDE725")
    assert viridis(-3) == viridis(0)
    assert ember(7) == ember(1)


@given(st.floats(0, 0.97))
def test_lightness_tells_amounts_apart_without_hue(share: float) -> None:
    assert luminance(viridis(share + 0.03)) > luminance(viridis(share))
    assert luminance(ember(share + 0.03)) < luminance(ember(share))


@given(st.floats(0, 1))
def test_labels_on_tiles_have_contrast(share: float) -> None:
    lights = sorted([luminance(viridis(share)), {"black": 0.0, "white": 1.0}[ink(viridis(share))]])
    assert (lights[1] + 0.05) / (lights[0] + 0.05) >= 4.5  # WCAG's least for text


def test_categories_are_distinct_and_begin_anew() -> None:
    assert len(set(CATEGORIES)) == 8
    assert category(8) == category(0)


@pytest.mark.parametrize("colour", CATEGORIES)
def test_categories_are_colours(colour: str) -> None:
    assert len(colour) == 7
    assert int(colour[1:], 16) >= 0


def test_shades_stay_apart_for_sixteen_parts() -> None:
    shades = [shade(index) for index in range(16)]
    assert shades[:8] == list(CATEGORIES)
    assert len(set(shades)) == 16
    assert shade(16) == CATEGORIES[0]
    assert all(luminance(pale) > luminance(full) for full, pale in zip(shades[:8], shades[8:], strict=True))


def test_a_part_has_one_colour_in_every_picture() -> None:
    one, other = places_of(["adc", "array", "heavy buffer"]), places_of(["leakage", "array", "adc"])
    assert (one["adc"], one["array"]) == (other["adc"], other["array"])
    assert len(set(one.values())) == 3
    assert len(set(places_of([f"part {index}" for index in range(16)]).values())) == 16
