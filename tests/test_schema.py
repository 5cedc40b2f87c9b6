"""The JSON Schema that editors read, and the rows of `chipsim explain`."""

from __future__ import annotations

import json
import re
from typing import Any, Literal, Self, final

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from spec_strategies import ARCHITECTURES, HOUSE, WORKLOADS, examples, varied

from chipsim.architecture import Architecture
from chipsim.aware.description import AwareQuestion
from chipsim.comparators.comparator import Comparator
from chipsim.comparators.von_neumann import VonNeumann
from chipsim.compose import technology
from chipsim.errors import InputError
from chipsim.insitu.question import TrainingQuestion
from chipsim.kinds import KINDS, schema_of
from chipsim.question import Question
from chipsim.reading import from_plain
from chipsim.responses import Response
from chipsim.schema import blocks, families, holders, json_schema, key_rows, root, summary
from chipsim.spec import Family, Spec, check, key
from chipsim.sweep.description import Sweep
from chipsim.tree import parse, plain_node
from chipsim.units import Energy, Time
from chipsim.validation.figure import Figure, Figures, Recorded
from chipsim.workload.description import WorkloadSpec

examples()  # loads the shipped files with their plugins, whose members belong to the schema then
CLASSES = {name: kind() for name, kind in KINDS.items()}
CONCRETE = sum(1 for cls in blocks(Question).values() if not (issubclass(cls, Family) and not cls.type_name))  # as of now
SCHEMAS = {name: json_schema(cls, name, list(CLASSES.values())) for name, cls in CLASSES.items()}


# --- a small validator, of the words that our schemas use ------------------------------------------------------------

TYPES: dict[str, Any] = {"object": dict, "array": list, "string": str, "boolean": bool, "null": type(None)}
SILENT = {"$schema", "$defs", "title", "description", "examples"}  # these test nothing


def conforms(value: Any, schema: dict[str, Any] | bool, whole: dict[str, Any]) -> bool:
    if isinstance(schema, bool):  # `true` allows everything
        return schema
    return all(_word(word, rule, value, schema, whole) for word, rule in schema.items())


def _word(word: str, rule: Any, value: Any, schema: dict[str, Any], whole: dict[str, Any]) -> bool:
    number = isinstance(value, (int, float)) and not isinstance(value, bool)
    if word in SILENT:
        return True
    if word == "$ref":
        return conforms(value, whole["$defs"][rule.removeprefix("#/$defs/")], whole)
    if word == "anyOf":
        return any(conforms(value, option, whole) for option in rule)
    if word == "type":
        if rule in ("integer", "number"):
            return number and (rule == "number" or value == int(value))
        return isinstance(value, TYPES[rule])
    if word in ("enum", "const"):
        return any(value == item and type(value) is type(item) for item in (rule if word == "enum" else [rule]))
    if word == "properties":
        return not isinstance(value, dict) or all(conforms(v, rule[k], whole) for k, v in value.items() if k in rule)
    if word == "additionalProperties":
        extra = [v for k, v in value.items() if k not in schema.get("properties", {})] if isinstance(value, dict) else []
        return all(rule is not False and conforms(item, rule, whole) for item in extra)
    if word == "items":
        rest = value[len(schema.get("prefixItems", [])) :] if isinstance(value, list) else []
        return all(rule is not False and conforms(item, rule, whole) for item in rest)
    if word == "prefixItems":
        return not isinstance(value, list) or all(conforms(item, part, whole) for item, part in zip(value, rule, strict=False))
    if word == "pattern":
        return not isinstance(value, str) or re.search(rule, value) is not None
    sizes = {"minItems": list, "maxItems": list, "minLength": str}
    if word in sizes:
        return not isinstance(value, sizes[word]) or (len(value) <= rule if word.startswith("max") else len(value) >= rule)
    limits = {"minimum": lambda v: v >= rule, "maximum": lambda v: v <= rule, "exclusiveMinimum": lambda v: v > rule}
    limits["exclusiveMaximum"] = lambda v: v < rule
    assert word in limits, f"the schema uses '{word}', which this test does not know"
    return not number or limits[word](value)


def test_the_validator_itself_can_say_no():
    schema = {"type": "object", "properties": {"a": {"type": "integer", "minimum": 1}}, "additionalProperties": False}
    assert conforms({"a": 1}, schema, schema)
    for wrong in ({"a": 0}, {"a": "1"}, {"a": True}, {"a": 1.5}, {"b": 1}, [], None):
        assert not conforms(wrong, schema, schema)


# --- the schemas -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", SCHEMAS)
def test_a_schema_is_json_and_every_reference_leads_somewhere(kind):
    text = json.dumps(SCHEMAS[kind])
    assert json.loads(text) == SCHEMAS[kind]
    assert SCHEMAS[kind]["$schema"].endswith("2020-12/schema")
    for name in re.findall(r'"\$ref": "#/\$defs/([^"]+)"', text):
        assert SCHEMAS[kind]["$defs"][name]["type"] == "object"


@pytest.mark.parametrize("kind", SCHEMAS)
def test_every_key_has_a_description(kind):
    for name, block in SCHEMAS[kind]["$defs"].items():
        assert block["description"], name
        for key_name, item in block["properties"].items():
            assert key_name == "type" or item["description"], f"{name}.{key_name}"


def test_every_block_and_member_has_its_own_definition():
    assert len(SCHEMAS["experiment"]["$defs"]) == CONCRETE


@pytest.mark.parametrize("file", [*ARCHITECTURES, *WORKLOADS], ids=lambda file: file.stem)
def test_shipped_files_conform(file):
    kind = "architecture" if file in ARCHITECTURES else "workload"
    assert conforms(parse(file).plain(), SCHEMAS[kind], SCHEMAS[kind])


def test_short_ways_to_write_conform():
    schema = SCHEMAS["experiment"]
    for experiment in (
        {"workload": "a.yaml", "architecture": "b.yaml"},
        {"extends": "a.yaml", "seed": 5},
        {"workload": "a.yaml", "architecture": {"extends": "b.yaml", "tile": {"array": {"adc": {"bits": 6}, "dac": "ideal"}}}},
        {"workload": "a.yaml", "architecture": {"tile": {"accumulator": {"component": "puma-shift-add"}}}, "times": ["1 s", 0]},
    ):
        assert conforms(experiment, schema, schema), experiment


def spoilt() -> list[tuple[str, Any]]:
    return [
        ("tile.rowz", 3),
        ("tile.array.rowz", 256),
        ("tile.array.rows", "256"),
        ("tile.array.rows", 0),
        ("tile.array.rows", 1.5),
        ("tile.array.rows", True),
        ("tile.array.adc.type", "scr"),
        ("tile.array.adc.bitz", 6),
        ("tile.array.dac", "idael"),
        ("tile.measured.energy", 12.48),
        ("tile.measured.energy", "a lot"),
        ("tile.measured.energy", None),
        ("tile.array.drift_compensation", "globl"),
        ("network.topology.columns", [8]),
        ("host", "host.yaml"),
        ("tile", "tile.yaml"),
        ("name", ""),
        ("activation_bits", 33),
        ("plugins", [5]),
        ("source", 5),
    ]


@pytest.mark.parametrize(("place", "value"), spoilt(), ids=str)
def test_a_mistake_does_not_conform_and_chipsim_refuses_it_too(place, value):
    tree = parse(ARCHITECTURES[[file.stem for file in ARCHITECTURES].index("pcm-64")]).plain()
    *blocks_above, last = place.split(".")
    block = tree
    for step in blocks_above:
        block = block[step]
    block[last] = value
    assert not conforms(tree, SCHEMAS["architecture"], SCHEMAS["architecture"])
    with pytest.raises(InputError):
        from_plain(Architecture, tree)


def test_a_path_may_stand_for_a_file_of_its_own_only():
    experiment = SCHEMAS["experiment"]
    assert not conforms({"mapping": "m.yaml"}, experiment, experiment)
    assert not conforms({"workload": {"input": "i.yaml"}}, experiment, experiment)


@settings(max_examples=200)
@given(data=st.data())
def test_a_description_that_chipsim_writes_conforms(data):
    cls = data.draw(st.sampled_from(sorted(examples(), key=lambda cls: cls.__name__)))
    spec = varied(data, examples()[cls])
    schema = json_schema(type(spec), "a")
    assert conforms(spec.plain(), schema, schema)


def test_every_component_conforms():
    schemas = [json_schema(Architecture, "a"), json_schema(Response, "r"), json_schema(Comparator, "c"), json_schema(VonNeumann, "v")]
    for name, entry in technology().items():
        values = plain_node({k: item.plain() for k, item in entry["values"].value.items()}).plain()
        fitting = (conforms(values, {"$ref": f"#/$defs/{block}"}, schema) for schema in schemas for block in schema["$defs"])
        assert any(fitting), name


# --- blocks of a user ------------------------------------------------------------------------------------------------


class Colour(Family):
    """Root of the colours.

    More words.
    """


@final
class Red(Colour, type="red"):  # without documentation, as a plugin may be
    depth: Energy | None = key("depth", default=None, ge=0)


@final
class Paint(Spec):
    """Paint."""

    colour: Colour = key("colour")
    time: Time = key("drying", default=60.0, gt=0, source="a tin")
    coats: int = key("coats", default=2, ge=1, le=9)
    other: tuple[Colour, ...] = key("others", default=())
    gloss: Literal["matt", "satin"] = key("gloss", default="matt")
    names: tuple[str, ...] = key("names", default=("a", "b"))
    by_name: dict[str, float] = key("shares", default={})
    thinner: bool = key("thinned", default=False)
    first: Colour = key("first", default=Red())

    @check
    def _fine(self) -> Self:
        return self


def test_a_member_without_documentation_is_no_accident():
    assert summary(Red) == ""
    assert summary(Colour) == "Root of the colours."
    assert root(Red) is Colour
    schema = json_schema(Paint, "paint")
    assert conforms({"colour": {"type": "red"}}, schema, schema)
    assert not conforms({"colour": {"type": "red", "deep": 1}}, schema, schema)


def test_rows_say_meaning_kind_default_range_and_source():
    rows = {row.key: row for row in key_rows(Paint)}
    assert rows["colour"][1:] == ("Colour", "colour", "compulsory", "", "")
    assert rows["time"][1:] == ("time", "drying", "60 s", "> 0 s", "a tin")
    assert rows["coats"][1:] == ("whole number", "coats", "2", ">= 1, <= 9", "")
    assert rows["other"][1:] == ("list of Colour", "others", "[]", "", "")
    assert rows["gloss"][1:] == ("matt | satin", "gloss", "matt", "", "")
    assert rows["names"][1:] == ("list of text", "names", "['a', 'b']", "", "")
    assert rows["by_name"][1:] == ("block of number", "shares", "{}", "", "")
    assert rows["thinner"][1:] == ("true or false", "thinned", "False", "", "")
    assert rows["first"][1:] == ("Colour", "first", "red", "", "")
    assert key_rows(Red)[1][:2] == ("ranges", "block of [low, high]")
    assert key_rows(Red)[2][1:] == ("energy", "depth", "none", ">= 0 J", "")


def test_kinds_are_told_in_words():
    rows = {row.key: row for row in key_rows(Figure)}
    assert (rows["set"].kind, rows["workload"].kind) == ("block of keys", "file")
    assert rows["published"].kind == "text or whole number or number"
    assert {row.key: row.kind for row in key_rows(Recorded)}["file"] == "file"
    for spec in [*blocks(Question).values(), *blocks(Figures).values()]:
        for row in key_rows(spec):
            assert not re.search(r"typing|object at|<|>|Annotated", row.kind), (spec, row)


def test_blocks_that_have_a_key():
    found = dict(holders("columns_per_adc", blocks(Question)))
    assert {"ADC", "ADC.sar", "ADC.ramp"} <= set(found)
    assert found["ADC.sar"].meaning.startswith("columns that share one converter")
    assert holders("colums_per_adc", blocks(Question)) == []


def test_families_and_blocks_are_found_through_keys():
    assert families(Paint) == {"Colour": Colour}
    assert set(blocks(Paint).values()) == {Paint, Colour, Red}
    assert blocks(Paint)["Colour.red"] is Red
    assert {"Device", "ADC", "DAC", "Layer", "Topology", "Programmer"} <= set(families(Question))
    assert {"Tile", "Network", "WorkloadSpec"} <= set(blocks(Question))


@pytest.mark.parametrize("cls", blocks(Question).values(), ids=lambda cls: cls.__name__)
def test_every_key_of_the_package_can_be_explained(cls):
    for row in key_rows(cls):
        assert row.meaning
        assert row.kind
        assert row.default
        assert "typing." not in row.kind
        assert "Undefined" not in " ".join(row)


def test_the_schema_of_a_file_of_any_kind():
    whole = schema_of([])
    for file in (*ARCHITECTURES, *WORKLOADS):
        assert conforms(parse(file).plain(), whole, whole)
    assert not conforms({"layers": [], "tile": {}}, whole, whole)
    workload = json_schema(CLASSES["workload"], "workload", list(CLASSES.values()))  # with the members that other tests have added
    assert schema_of(["workload"]) == {**workload, "title": "chipsim workload"}
    with pytest.raises(InputError, match=r"--schema workloat: unknown kind of file \(did you mean 'workload'\?\)"):
        schema_of(["architecture", "workloat"])


def test_schemas_of_all_kinds_of_file():
    kinds = {"architecture": Architecture, "workload": WorkloadSpec, "experiment": Question, "training": TrainingQuestion}
    kinds |= {"figures": Figures, "sweep": Sweep, "hwa": AwareQuestion}
    assert set(SCHEMAS) == set(kinds)
    assert kinds == CLASSES
    for file in (HOUSE / "architectures" / "figures").glob("*.yaml"):
        assert conforms(parse(file).plain(), SCHEMAS["figures"], SCHEMAS["figures"]), file.name
    for file in (HOUSE / "workloads").glob("train-*.yaml"):
        assert conforms(parse(file).plain(), SCHEMAS["training"], SCHEMAS["training"])
    sweeps = schema_of(["sweep"])
    for file in [*(HOUSE / "workloads").glob("sweep-*.yaml"), *(HOUSE / "workloads").glob("search-*.yaml")]:
        assert conforms(parse(file).plain(), sweeps, sweeps), file.name
    assert not conforms({"experiment": {"workload": "net.yaml", "streem": 5}, "axes": []}, sweeps, sweeps)


def test_comparators_may_be_named():
    whole = schema_of(["experiment"])
    listed = whole["$defs"]["Question"]["properties"]["comparators"]
    for value in (None, [], "all", ["v100-tensor", "mine.yaml", {"component": "tpu-v1", "power": "40 W"}]):
        assert conforms(value, listed, whole)
    for value in (3, [3], [{"power": "much"}]):
        assert not conforms(value, listed, whole)
    machine = whole["$defs"]["Question"]["properties"]["von_neumann"]
    for value in (None, "von-neumann-fp16", {"component": "von-neumann-fp16", "bits": 8}):
        assert conforms(value, machine, whole)
    assert not conforms(["von-neumann-fp16"], machine, whole)
