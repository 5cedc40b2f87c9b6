"""Which kind of file is this, and is it all right? All kinds are told by their keys."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from chipsim.comparators.comparator import Comparator
from chipsim.comparators.von_neumann import VonNeumann
from chipsim.compose import changed
from chipsim.errors import InputError, did_you_mean
from chipsim.loaded import opened
from chipsim.reading import build, place_of
from chipsim.schema import json_schema
from chipsim.spec import Spec
from chipsim.tree import Node


def _architecture() -> type[Spec]:
    from chipsim.architecture import Architecture

    return Architecture


def _workload() -> type[Spec]:
    from chipsim.workload.description import WorkloadSpec

    return WorkloadSpec


def _experiment() -> type[Spec]:
    from chipsim.question import Question

    return Question


def _training() -> type[Spec]:
    from chipsim.insitu.question import TrainingQuestion

    return TrainingQuestion


def _hwa() -> type[Spec]:
    from chipsim.aware.description import AwareQuestion

    return AwareQuestion


def _sweep() -> type[Spec]:
    from chipsim.sweep.description import Sweep

    return Sweep


def _figures() -> type[Spec]:
    from chipsim.validation.figure import Figures

    return Figures


KINDS: dict[str, Callable[[], type[Spec]]] = {
    "architecture": _architecture,
    "workload": _workload,
    "experiment": _experiment,
    "training": _training,
    "hwa": _hwa,
    "sweep": _sweep,
    "figures": _figures,
}


def kind_of(node: Node) -> str:
    """`architecture`, `workload`, `experiment`, `training`, `hwa`, `sweep` or `figures`; InputError when a tree is none of them."""
    keys = set(node.value) if isinstance(node.value, dict) else set()
    if "figures" in keys:
        return "figures"
    if "axes" in keys:
        return "sweep"
    if "tile" in keys:
        return "architecture"
    if {"layers", "onnx"} & keys:
        return "workload"
    if "experiment" in keys:
        return "hwa"
    if "workload" in keys:
        return "training" if "rule" in keys else "experiment"
    raise InputError(
        node.problem(
            "is no architecture (with 'tile'), workload ('layers' or 'onnx'), experiment ('workload'), sweep ('axes'), "
            "hardware-aware training ('experiment') or file of figures ('figures')"
        )
    )


def asked(node: Node, changes: Sequence[str]) -> Node:
    """A tree with `key.sub=value` applied; in a workload the keys may begin with `workload.`, as where it is run."""
    of_run = "workload." if kind_of(node) == "workload" else ""
    for change in changes:
        node = changed(node, change.strip().removeprefix(of_run))
    return node


def check_file(file: Path, changes: Sequence[str] = ()) -> str:
    """What is right with a file, in a few words; InputError lists what is wrong, weights, data, mapping and buffers included.

    `changes` are `key.sub=value`, as the verb that takes the file has them.
    """
    _check_no_folder(Path(file))
    node = opened(file)
    kind = kind_of(node)
    if kind in ("architecture", "workload"):
        node = asked(node, changes)
    elif kind == "figures" and changes:
        raise InputError(f"{file}: published figures cannot be changed; leave out --set and --data")
    if kind == "architecture":
        from chipsim.architecture import Architecture

        chip = build(Architecture, node)
        _check_network(node, chip)
        chip.tile.array.settings  # noqa: B018  # converters that contradict each other say so here
        arrays = f" of {chip.tile.arrays} arrays" if chip.tile.arrays > 1 else ""
        return f"an architecture, {_tiles(chip)} tiles{arrays}"
    if kind == "workload":
        if not {"weights", "random", "onnx"} & set(node.value):  # type: ignore[arg-type]  # a workload is a mapping
            return _untrained(node)
        from chipsim.workload.load import placed, workload_of

        workload = workload_of(node)
        with placed(node):
            workload.try_metrics()
        drawn = f", {workload.spec.drawn} drawn" if workload.spec.drawn else ""
        return f"a workload, {len(workload.steps)} layers, {workload.macs} MACs, {len(workload.inputs)} samples{drawn}"
    if kind == "training":
        from chipsim.insitu.experiment import load_training

        trained = load_training(file, changes=changes)
        return f"a training, {trained.question.schedule.epochs} epochs of {len(trained.train.x)} samples, rule '{trained.rule.type_name}'"
    if kind == "hwa":
        from chipsim.aware.experiment import load_aware

        aware = load_aware(file, changes=changes)
        learned, held = len(aware.train.x), len(aware.validation.x)
        return f"a hardware-aware training, {aware.question.epochs} epochs of {learned} samples, {held} held out"
    if kind == "sweep":
        from chipsim.sweep.plan import load_plan

        plan = load_plan(file, changes)
        axes = len(plan.sweep.axes)
        return f"a sweep, {plan.counted} along {axes} ax{'es' if axes > 1 else 'is'}"
    if kind == "figures":
        from chipsim.validation.bench import Bench, checked

        return f"published figures, {len(checked(file, Bench())[1])} of them"
    from chipsim.chip import Chip
    from chipsim.experiment import load_experiment

    experiment = load_experiment(file, changes=changes)
    experiment.workload.try_metrics()
    mapping = experiment.map()
    Chip(experiment.question.architecture, experiment.lay_out(mapping), experiment.network(mapping), experiment.workload.inputs)
    return f"an experiment, {len(mapping.used)} of {mapping.tiles} tiles used"


def _check_no_folder(file: Path) -> None:
    """InputError for a folder, which names what in it can be checked."""
    if file.is_dir():
        inside = [str(file / name) for name in ("workload.yaml", "experiment.yaml") if (file / name).is_file()]
        way = f"check {' or '.join(inside)}" if inside else "it holds neither workload.yaml nor experiment.yaml; name a file in it"
        raise InputError(f"{file}: is a folder, expected a file; {way}")


def _untrained(node: Node) -> str:
    """What is right with a workload that names no weights."""
    from chipsim.training.samples import samples_of
    from chipsim.workload.description import WorkloadSpec
    from chipsim.workload.graph import Graph
    from chipsim.workload.load import output_shapes, placed

    spec = build(WorkloadSpec, node)
    with placed(node):
        graph = Graph(spec.layers)
        output = output_shapes(spec, graph)[graph.output]
    train, test = samples_of(spec, output)
    return f"a workload to be trained, {len(graph.steps)} layers, {len(train.x)} samples for training, {len(test.x)} for testing"


def _check_network(node: Node, chip: Any) -> None:
    """InputError, at its place in the file, when there is no network or a tile or the host interface cannot reach another."""
    assert isinstance(node.value, dict)
    place, name = node.value["network"], "network"
    try:
        graph = chip.network.graph()
        if chip.host.node not in graph:
            place, name = place_of(node, "host.node"), "host.node"
            raise InputError(f"the host interface is at node {chip.host.node}, but there are only 0 to {len(graph) - 1}")
        routes = chip.network.routes([chip.host.node])
        for source in routes.ends:
            routes.tree(source, routes.ends)
    except InputError as error:
        raise InputError([place.problem(problem.message, name) for problem in error.problems]) from None


def _tiles(chip: object) -> int:
    graph = chip.network.graph()  # type: ignore[attr-defined]
    return sum(1 for _, tile in graph.nodes(data="tile") if tile)


def schema_of(names: list[str]) -> dict[str, Any]:
    """JSON Schema of one kind of file, or of a file that may be any of several kinds (no names: of all)."""
    wanted = names or list(KINDS)
    for name in wanted:
        if name not in KINDS:
            raise InputError(f"--schema {name}: unknown kind of file ({did_you_mean(name, KINDS)})")
    kinds = {name: kind() for name, kind in KINDS.items()}
    schemas = [_schema(name, kinds) for name in wanted]
    if len(schemas) == 1:
        return schemas[0]
    own = [{key: value for key, value in schema.items() if key not in ("$schema", "$defs")} for schema in schemas]
    definitions = {name: block for schema in schemas for name, block in schema["$defs"].items()}
    return {"$schema": schemas[0]["$schema"], "title": "a file of chipsim", "anyOf": own, "$defs": definitions}


def _schema(name: str, kinds: dict[str, type[Spec]]) -> dict[str, Any]:
    files: list[type[Spec]] = [*kinds.values(), Comparator, VonNeumann]
    schema = json_schema(kinds[name], f"chipsim {name}", files)
    if name == "hwa":  # its experiment is a block of the keys of a run, or the path of one or of a workload
        properties = schema["$defs"]["AwareQuestion"]["properties"]
        block = {key: value for key, value in properties["experiment"].items() if key != "description"}
        properties["experiment"] = {"anyOf": [block, {"type": "string", "description": "path of a YAML file"}]}
    if name == "sweep":  # its experiment is a block of the keys of a run or of a training, or the path of a file
        inner = [json_schema(kinds[kind], "", files) for kind in ("experiment", "training")]
        definitions = {title: block for one in inner for title, block in one["$defs"].items()}
        path = {"type": "string", "description": "path of a YAML file"}
        schema["$defs"] = definitions | schema["$defs"]
        properties = schema["$defs"]["Sweep"]["properties"]
        properties["experiment"] = properties["experiment"] | {"anyOf": [*({"$ref": one["$ref"]} for one in inner), path]}
    return schema
