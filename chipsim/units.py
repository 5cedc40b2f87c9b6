"""Physical dimensions at the border: text with a unit in, SI numbers inside, readable text out.

Inside chipsim every number is in SI (seconds, joules, metres, siemens). A dimensioned field of a Spec has one of the types
below (`Time`, `Energy`, ...). In a file it must be written with its unit (`5 ns`, `0.634 mm2`, `0.06 pJ/b`); a missing unit
or a wrong dimension is an error. In Python a plain float is taken as SI.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from decimal import Context, Decimal
from functools import lru_cache
from typing import TYPE_CHECKING, Annotated, Any

from pydantic import GetCoreSchemaHandler, ValidationInfo
from pydantic_core import PydanticCustomError, core_schema

if TYPE_CHECKING:
    import pint

FROM_FILE = "written in a file"  # key of the validation context that makes units compulsory

LONGEST = 100  # characters of a quantity; more is no number with a unit

_QUANTITY = re.compile(r"\s*([-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d{1,4})?)\s*(1 ?/.*?|[^\d\s].*?)?\s*", re.ASCII)
_UNIT = r"[A-Za-zµμΩ°]+(?:(?:\*\*|\^)?-?[1-9])?"
_SYMBOL = re.compile(rf"(?:1 ?/ ?)?{_UNIT}(?:(?: *[*/] *| +){_UNIT})*")  # names, powers, products: pint is not given anything else
_BITS = re.compile(r"(?<![A-Za-zµμΩ°])([afpnumkMGTP]|[KMGT]i)?b(?![A-Za-zµμΩ°])")
_POWER = re.compile(r"([A-Za-zµμΩ°])(-?[1-9])")
_RAISED = str.maketrans("²³", "23")
_EXACT = Context(prec=60)  # digits enough for the product of any float and any factor
_PREFIXES = {-18: "a", -15: "f", -12: "p", -9: "n", -6: "u", -3: "m", 0: "", 3: "k", 6: "M", 9: "G", 12: "T", 15: "P"}


@dataclass(frozen=True)
class Dimension:
    """The dimension of a field: its name for messages, its SI unit as pint writes it, the symbol shown, an example."""

    name: str
    unit: str
    symbol: str
    example: str

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> core_schema.CoreSchema:
        return core_schema.with_info_before_validator_function(self._validate, handler(source))

    def _validate(self, value: object, info: ValidationInfo) -> object:
        if isinstance(value, str):
            try:
                return parse(value, self)
            except ValueError as error:
                raise PydanticCustomError("quantity", "{reason}", {"reason": str(error)}) from None
        if isinstance(value, bool) or not isinstance(value, (int, float)):
            raise PydanticCustomError("quantity", "{reason}", {"reason": f"{value!r:.{LONGEST}} is not {self.expected}"})
        if info.context and info.context.get(FROM_FILE) and value != 0:
            raise PydanticCustomError("quantity", "{reason}", {"reason": f"{value!r:.{LONGEST}} has no unit, expected {self.expected}"})
        return value

    @property
    def expected(self) -> str:
        """What a reader should have written, for messages."""
        article = "an" if self.name[0] in "aeiou" else "a"
        return f"{article} {self.name} such as '{self.example}'"


@lru_cache(maxsize=1)
def _registry() -> pint.UnitRegistry[Any]:
    import pint

    registry: pint.UnitRegistry[Any] = pint.UnitRegistry(cache_folder=":auto:", non_int_type=Decimal)
    registry.define("@alias ohm = Ohm")
    registry.define("@alias year = y")
    registry.define("operation = [operation] = OP = FLOP")
    registry.define("operation_rate = operation / second = OPS = FLOPS")  # 5 TOPS is 5 TOP/s
    return registry


@lru_cache(maxsize=4096)
def _factor(symbol: str) -> tuple[Decimal, str]:
    """Factor from a unit to SI base units, and those base units (a canonical text to compare dimensions by)."""
    if not _SYMBOL.fullmatch(symbol):
        raise ValueError(f"unknown unit '{symbol}'")
    # pint reads `b` as the barn and `mm2` as an unknown name; chip papers mean the bit and the square millimetre
    text = _POWER.sub(r"\1**\2", _BITS.sub(r"\1bit", symbol))
    try:
        unit = _registry().parse_units(text)
        one, zero = (_registry().Quantity(Decimal(number), unit).to_base_units() for number in (1, 0))
    except Exception as error:  # pint raises many kinds, down to tokenizer errors
        raise ValueError(f"unknown unit '{symbol}'") from error
    if zero.magnitude != 0:
        raise ValueError(f"'{symbol}' does not count from zero")
    return Decimal(one.magnitude), str(one.units)


def parse(text: str, dimension: Dimension) -> float:
    """`text` such as '5 ns' as an SI number; ValueError says what is wrong and what was expected."""
    long, text = len(text) > LONGEST, " ".join(text[:LONGEST].split())
    match = None if long else _QUANTITY.fullmatch(text.translate(_RAISED))
    if not match:
        raise ValueError(f"'{text}' is not {dimension.expected}")
    number, symbol = Decimal(match.group(1)), match.group(2)
    if not symbol:
        if number == 0:
            return 0.0
        raise ValueError(f"'{text}' has no unit, expected {dimension.expected}")
    try:
        factor, base = _factor(symbol)
    except ValueError as error:
        raise ValueError(f"'{text}': {error}, expected {dimension.expected}") from None
    if base != _factor(dimension.unit)[1]:
        raise ValueError(f"'{text}' is {_describe(base)}, expected {dimension.expected}")
    value = float(_EXACT.divide(_EXACT.multiply(number, factor), _factor(dimension.unit)[0]))
    if not math.isfinite(value) or (value == 0 and number != 0):
        raise ValueError(f"'{text}' is beyond what a number can hold, expected {dimension.expected}")
    return value


def measured(value: str | float) -> tuple[float, str]:
    """A number, or a text such as '5 ns', in SI with the symbol of its dimension: (5e-9, 's'); ValueError for what is none."""
    if not isinstance(value, str):
        return float(value), ""
    match = _QUANTITY.fullmatch(" ".join(value[:LONGEST].split()).translate(_RAISED))
    if not match:
        raise ValueError(f"'{value:.{LONGEST}}' is no number with a unit")
    if not match.group(2):
        return float(match.group(1)), ""
    base = _factor(match.group(2))[1]
    dimension = next((known for known in DIMENSIONS.values() if _factor(known.unit)[1] == base), None)
    if dimension is None:
        raise ValueError(f"'{value:.{LONGEST}}' is of a kind that no key has")
    return parse(value, dimension), dimension.symbol


def _describe(base: str) -> str:
    for dimension in DIMENSIONS.values():
        if _factor(dimension.unit)[1] == base:
            return f"{'an' if dimension.name[0] in 'aeiou' else 'a'} {dimension.name}"
    return f"in {base}"


def show(value: float, symbol: str, digits: int = 3) -> str:
    """`value` in SI as text with an engineering prefix: show(1.2e-8, 'J') is '12 nJ'; areas are shown in mm2 or um2."""
    if not math.isfinite(value):
        return f"{value} {symbol}"
    if symbol == "m2":
        unit, scale = ("mm2", 1e6) if abs(value) >= 1e-8 else ("um2", 1e12)
        return f"{_digits(value * scale, digits)} {unit}"
    if value == 0:
        return f"0 {symbol}"
    exponent = min(max(3 * math.floor(math.log10(abs(value)) / 3 + 1e-12), -18), 15)
    scaled = _digits(value / 10.0**exponent, digits)
    if scaled == "1000" and exponent < 15:
        scaled, exponent = "1", exponent + 3
    return f"{scaled} {_PREFIXES[exponent]}{symbol}"


def _digits(value: float, digits: int) -> str:
    text = f"{value:.{digits}g}"
    return f"{float(text):.0f}" if "e" in text and abs(value) < 1e6 else text


def exact(value: float, dimension: Dimension) -> str:
    """`value` in SI as text that `parse` reads back to the very same float (for files)."""
    decimal = Decimal(repr(float(value)))
    if dimension.symbol in {"m2"}:
        return f"{_plain(decimal * Decimal('1e12'))} um2" if abs(value) < 1e-8 else f"{_plain(decimal * 10**6)} mm2"
    if value == 0:
        return f"0 {dimension.symbol}"
    if dimension.symbol in _NO_PREFIX:
        return f"{_plain(decimal)} {dimension.symbol}"
    exponent = min(max(3 * math.floor(math.log10(abs(value)) / 3 + 1e-12), -18), 15)
    return f"{_plain(decimal / Decimal(10) ** exponent)} {_PREFIXES[exponent]}{dimension.symbol}"


def _plain(decimal: Decimal) -> str:
    text = format(decimal.normalize(), "f")
    return text if len(text) < 40 else str(decimal)


def quotient(above: str, below: str) -> str:
    """The unit of a quotient of numbers in these SI units (symbols): `OP/s` over `m2` is `OP/s/m2`; empty where they cancel."""
    if not below:
        return above
    first, *rest = re.split(r"([/ ])", below)
    inverse = "".join([first, *(_INVERSE.get(piece, piece) for piece in rest)])
    symbol = f"{above or 1}/{inverse}"
    base = _factor(symbol)[1]
    if base == "dimensionless":
        return ""
    return next((known.symbol for known in DIMENSIONS.values() if _factor(known.unit)[1] == base), symbol)


_INVERSE = {"/": " ", " ": "/"}  # what follows a unit of the denominator, on its other side


def picoseconds(time: float) -> int:
    """A time in seconds as the integer of picoseconds that the simulated clock counts in (rounded to the nearest).

    ValueError for what 64 bits cannot count (106 days).
    """
    if not abs(time) < LONGEST_TIME:
        raise ValueError(f"a time of {show(time, 's')} is beyond what the simulated clock can count ({LONGEST_TIME:.3g} s)")
    return round(time * 1e12)


LONGEST_TIME = 2**63 * 1e-12
_NO_PREFIX = {"K"}

DIMENSIONS = {
    d.name: d
    for d in (
        Dimension("time", "second", "s", "5 ns"),
        Dimension("energy", "joule", "J", "1.2 pJ"),
        Dimension("power", "watt", "W", "3 mW"),
        Dimension("area", "meter**2", "m2", "0.634 mm2"),
        Dimension("length", "meter", "m", "1.5 mm"),
        Dimension("voltage", "volt", "V", "0.2 V"),
        Dimension("current", "ampere", "A", "10 uA"),
        Dimension("conductance", "siemens", "S", "25 uS"),
        Dimension("resistance", "ohm", "Ohm", "0.35 Ohm"),
        Dimension("capacitance", "farad", "F", "50 fF"),
        Dimension("frequency", "hertz", "Hz", "1 GHz"),
        Dimension("temperature", "kelvin", "K", "300 K"),
        Dimension("energy per bit", "joule/bit", "J/b", "0.06 pJ/b"),
        Dimension("energy per bit and length", "joule/bit/meter", "J/b/m", "0.1 nJ/b/m"),
        Dimension("data size", "bit", "b", "64 kb"),
        Dimension("data rate", "bit/second", "b/s", "32 Gb/s"),
        Dimension("time per length", "second/meter", "s/m", "0.1 ns/mm"),
        Dimension("rate of operations", "operation/second", "OP/s", "30 TOP/s"),
        Dimension("efficiency", "operation/second/watt", "OP/s/W", "100 GOP/s/W"),
        Dimension("density of operations", "operation/second/meter**2", "OP/s/m2", "1 TOP/s/mm2"),
    )
}

TECHNOLOGY = Dimension("length", "meter", "m", "7 nm")  # of a technology node: an example that suits it

Time = Annotated[float, DIMENSIONS["time"]]
Energy = Annotated[float, DIMENSIONS["energy"]]
Power = Annotated[float, DIMENSIONS["power"]]
Area = Annotated[float, DIMENSIONS["area"]]
Length = Annotated[float, DIMENSIONS["length"]]
TechnologyNode = Annotated[float, TECHNOLOGY]
Voltage = Annotated[float, DIMENSIONS["voltage"]]
Current = Annotated[float, DIMENSIONS["current"]]
Conductance = Annotated[float, DIMENSIONS["conductance"]]
Resistance = Annotated[float, DIMENSIONS["resistance"]]
Capacitance = Annotated[float, DIMENSIONS["capacitance"]]
Frequency = Annotated[float, DIMENSIONS["frequency"]]
Temperature = Annotated[float, DIMENSIONS["temperature"]]
EnergyPerBit = Annotated[float, DIMENSIONS["energy per bit"]]
EnergyPerBitLength = Annotated[float, DIMENSIONS["energy per bit and length"]]
DataSize = Annotated[float, DIMENSIONS["data size"]]
DataRate = Annotated[float, DIMENSIONS["data rate"]]
TimePerLength = Annotated[float, DIMENSIONS["time per length"]]
OperationRate = Annotated[float, DIMENSIONS["rate of operations"]]
