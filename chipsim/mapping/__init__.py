"""Decisions taken before the clock starts: which block lies where, and who sends what to whom."""
