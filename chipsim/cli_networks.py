"""Verbs about networks: how robust one is, what precision it needs, how it fits. `cli` gives them to the command line."""

from __future__ import annotations
