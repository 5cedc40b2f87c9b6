"""Widths of columns, and where their cells break."""

from hypothesis import given
from hypothesis import strategies as st

from chipsim.report.columns import Column, broken, widths

TEXT = st.text(alphabet="ab1._-/ ", max_size=30)


def lines(text: str, width: int) -> list[str]:
    return [text[start:end] for start, end in broken(text, width)]


@given(TEXT, st.integers(1, 40))
def test_no_line_is_too_long_and_no_letter_is_lost(text, width) -> None:
    found = lines(text, width)
    assert all(len(line) <= width for line in found)
    assert "".join(found).replace(" ", "") == text.replace(" ", "")


@given(st.lists(st.tuples(st.lists(TEXT, min_size=1, max_size=4), st.booleans()), min_size=1, max_size=6), st.integers(1, 120))
def test_columns_fit_or_are_as_narrow_as_they_can_be(given_columns, room) -> None:
    columns = [Column(texts, number) for texts, number in given_columns]
    found = widths(columns, room)
    least = [column.limits[3] for column in columns]
    assert sum(found) <= room or found == least
    assert all(low <= width <= column.limits[0] for low, width, column in zip(least, found, columns, strict=True))


def test_what_fits_stays_whole() -> None:
    columns = [Column(["key", "tile.input_buffer"]), Column(["value", "5 nJ"], True), Column(["source", "assumed"])]
    assert widths(columns, 100) == [17, 5, 7]


def test_texts_give_way_before_the_key_and_before_numbers() -> None:
    columns = [Column(["key", "tile.input_buffer.area"]), Column(["value", "123.4 nJ"], True), Column(["source", "a long text " * 5])]
    assert widths(columns, 50) == [22, 8, 20]


def test_headings_of_numbers_break_before_anything_else() -> None:
    columns = [Column(["part", "adc of a tile"]), Column(["energy of one product", "8 nJ"], True)]
    assert widths(columns, 24) == [13, 11]
    assert lines("energy of one product", 11) == ["energy of", "one product"]


def test_names_break_behind_their_parts_and_numbers_do_not() -> None:
    assert lines("tile.input_buffer.read_energy", 12) == ["tile.input_", "buffer.read_", "energy"]
    assert lines("stillmaker-baas", 12) == ["stillmaker-", "baas"]
    assert lines("0.000226636 W", 11) == ["0.000226636", "W"]
    assert lines("12.5-12.6", 9) == ["12.5-12.6"]


def test_line_ends_stay() -> None:
    assert lines("x180\nx11.8", 10) == ["x180", "x11.8"]
