"""What stages of one node share."""

from builders import chip, conv, linear, mapped, network, pool

from chipsim.mapping.lay_out import lay_out
from chipsim.mapping.sharing import circuit_of, memory_of, readers

WORK = network([3, 6, 6], conv("a", 40, padding=1), pool("p"), linear("fc", 40))


def stages(arrays: int, **options):
    tile = chip(tile={"arrays": arrays}, mesh=(1, 1) if arrays > 1 else (6, 5))
    return lay_out(WORK, tile, mapped(WORK, tile, copies="none", **options)).stages


def test_on_tiles_of_one_array_only_arrays_are_shared() -> None:
    places = [circuit_of(stage, 1) for stage in stages(1)]
    assert {place[1] for place in places if place} == {"array"}
    assert len(set(places) - {None}) == len([place for place in places if place])  # and here every block has its own


def test_on_tiles_of_several_arrays_the_digital_circuits_are_shared() -> None:
    made = stages(40)
    kinds = {stage.kind: {circuit_of(stage, 40) for stage in made if stage.kind == stage_kind} for stage_kind in {s.kind for s in made}
             for stage in made if stage.kind == stage_kind}  # fmt: skip
    assert kinds["neuron"] == {(0, "neuron", 0)}
    assert kinds["vector"] == {(0, "vector", 0)}
    assert kinds["source"] == kinds["sink"] == {None}
    assert len(kinds["array"]) == sum(stage.kind == "array" for stage in made)


def test_column_blocks_share_what_they_read_and_row_blocks_do_not() -> None:
    made = stages(40)
    arrays = [stage for stage in made if stage.kind == "array"]
    read = {(stage.layer, stage.feeds[0].channels) for stage in arrays}
    assert len(readers(made, 40)[0, "", True]) == len(read) < len(arrays)
    assert len(readers(made, 1)[0, "", True]) == len(arrays)  # one array a tile: a share for every block, as always
    assert all(memory_of(stage) == (0, "", True) for stage in arrays)


def test_copies_read_rows_of_their_own() -> None:
    tile = chip(tile={"arrays": 60}, mesh=(1, 1))
    made = lay_out(WORK, tile, mapped(WORK, tile, copies={"a": 3})).stages
    first = {stage.copy for stage in made if stage.kind == "array" and stage.layer == "a"}
    assert len(first) == 3
    alone = len(readers(stages(40), 40)[0, "", True])
    cuts = {s.feeds[0].channels for s in made if s.kind == "array" and s.layer == "a"}
    assert len(readers(made, 60)[0, "", True]) == alone + 2 * len(cuts)
