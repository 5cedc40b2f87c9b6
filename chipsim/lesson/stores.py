"""What the activation stores must hold, and how far ahead inputs may be fetched.

    bits of a sample in a block = inputs of the block, every number once, x activation_bits + columns x vectors x error_bits

Inputs stay from the forward product until the update of their sample; the place of the errors serves, at the home of a column block, what
the derivative is computed from until then. All updates of a mini-batch come after all its errors, so a block needs room for a whole
mini-batch. Inputs of the first layers are fetched ahead, up to a second mini-batch, as far as there is room. Blocks that share a tile
share its store in proportion to what they need.
"""

from __future__ import annotations

from collections import defaultdict

from chipsim.errors import InputError
from chipsim.lesson.costs import Costs
from chipsim.lesson.places import Places
from chipsim.lesson.task import Store
from chipsim.mapping.mapping import Placement
from chipsim.workload.layers.layer import MatrixLayer


def vectors_of(places: Places, name: str) -> int:
    """Steps of a layer with weights in one sample: positions of its output, or of its input where it has a state."""
    layer = places.graph.layers[name]
    return places.count(name) if isinstance(layer, MatrixLayer) else places.read_shape(name)[1]


def inputs_of(places: Places, name: str, block: Placement) -> int:
    """Numbers that drive the rows of a block for one sample, each counted once."""
    _, height, width = places.read_shape(name)
    if vectors_of(places, name) == 1 or not isinstance(places.graph.layers[name], MatrixLayer):
        return block.shape[0] * vectors_of(places, name)
    low, high = places.channels_read(name, block.rows)
    return (high - low) * height * width


def stores_of(places: Places, costs: Costs, samples: int, batches: int) -> dict[tuple[str, int, int], Store]:
    """The store of every block, for mini-batches of `samples`; InputError where one does not fit.

    With `overflow: error` also where inputs that are fetched ahead for the mini-batch after it do not.
    """
    bits: dict[tuple[str, int, int], int] = {}
    tiles: dict[int, int] = defaultdict(int)
    architecture, learning = costs.architecture, costs.learning
    for name, blocks in places.blocks.items():
        for block in blocks:
            errors = block.shape[1] * vectors_of(places, name) * learning.error_bits
            kept = inputs_of(places, name, block) * architecture.activation_bits + errors
            bits[name, block.row_block, block.column_block] = kept
            tiles[block.tile] += kept
    for tile, needed in tiles.items():
        _check_room(places, costs, tile, needed, samples, batches)
    found = {}
    for name, blocks in places.blocks.items():
        for block in blocks:
            key = name, block.row_block, block.column_block
            found[key] = Store(*key, block.tile, bits[key], learning.activations.capacity * bits[key] / tiles[block.tile])
    return found


def ahead(store: Store, samples: int) -> int:
    """How many samples of a block that the host feeds may be in its store at once."""
    return min(2 * samples, int(store.room / store.sample_bits + 1e-9))


def _check_room(places: Places, costs: Costs, tile: int, needed: int, samples: int, batches: int) -> None:
    capacity, learning = costs.learning.activations.capacity, costs.learning
    names = [name for name, blocks in places.blocks.items() if any(block.tile == tile for block in blocks)]
    fed = learning.overflow == "error" and batches > 1 and any(name in places.front for name in names)
    wanted, what = (2 * samples, "two mini-batches, one fetched ahead") if fed else (samples, "a mini-batch, whose updates come last")
    if needed * wanted <= capacity:
        return
    most = int(capacity // needed // (wanted // samples))
    help_texts = [f"a store of {needed * wanted:,} bits"] + ([f"mini-batches of at most {most}"] if most else [])
    if fed and needed * samples <= capacity:
        help_texts.append("overflow: stall")
    raise InputError(
        f"Learning.activations: the store of tile {tile} holds {capacity:,.0f} bits, but layer {' and '.join(names)} needs {needed:,} "
        f"bits a sample there, {needed * wanted:,} for {what}; what would help: {'; '.join(help_texts)}, layers on more tiles"
    )
