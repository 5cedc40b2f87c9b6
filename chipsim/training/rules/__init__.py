"""How weights learn on the chip. Importing this package registers every rule."""

from chipsim.training.rules.agad import AGAD
from chipsim.training.rules.chopped import Chopped
from chipsim.training.rules.closed_loop_transfer import ClosedLoopTransfer
from chipsim.training.rules.mixed_precision import MixedPrecision
from chipsim.training.rules.pcm_capacitor import PCMCapacitor
from chipsim.training.rules.pcm_pair import PCMPair
from chipsim.training.rules.rule import Activity, Footprint, Learner, Rule
from chipsim.training.rules.sgd import SGD
from chipsim.training.rules.tiki_taka import TikiTaka
from chipsim.training.rules.tiki_taka_v2 import TikiTakaV2

__all__ = [
    "AGAD",
    "SGD",
    "Activity",
    "Chopped",
    "ClosedLoopTransfer",
    "Footprint",
    "Learner",
    "MixedPrecision",
    "PCMCapacitor",
    "PCMPair",
    "Rule",
    "TikiTaka",
    "TikiTakaV2",
]
