"""Which points of a sweep are run: all, some at random, those that a search proposes. Importing this package registers all methods."""

from chipsim.sweep.search.draws import Random
from chipsim.sweep.search.grid import Grid
from chipsim.sweep.search.method import Proposer, Prune, Search
from chipsim.sweep.search.nsga2 import NSGA2
from chipsim.sweep.search.tpe import TPE

__all__ = ["NSGA2", "TPE", "Grid", "Proposer", "Prune", "Random", "Search"]
