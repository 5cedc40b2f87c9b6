"""Failures whose messages differ in a number are one line."""

from chipsim.report.sweep_failures import failures_of


def failed(*messages):
    return [{"point": number, "status": "failed", "message": message} for number, message in enumerate(messages)]


def test_messages_that_differ_in_a_number_or_two_are_one():
    rows = failed("needs 17 tiles, the chip has 16", "needs 40 tiles, the chip has 16", "clock: must be above 0")
    assert failures_of(rows) == [("needs 17 ... 40 tiles, the chip has 16", [0, 1]), ("clock: must be above 0", [2])]
    rows = failed("needs 17 tiles, the chip has 16", "needs 40 tiles, the chip has 9")
    assert failures_of(rows) == [("needs 17 ... 40 tiles, the chip has 9 ... 16", [0, 1])]


def test_messages_that_differ_in_more_or_in_places_of_code_are_not():
    assert len(failures_of(failed("1 of 2 in 3", "2 of 3 in 4"))) == 2
    assert len(failures_of(failed("ValueError (cell.py:12)", "ValueError (cell.py:13)"))) == 2
    assert len(failures_of(failed("fc1: too large", "fc2: too large"))) == 2


def test_equal_messages_and_no_message():
    assert failures_of([*failed("no", "no", ""), {"point": 3, "status": "done"}]) == [("no", [0, 1]), ("no message", [2])]
