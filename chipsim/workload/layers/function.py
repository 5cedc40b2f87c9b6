"""A function of each value on the vector unit, out = f(in), [C, H, W] -> [C, H, W]: those that no neuron circuit has.

    elu           x where x >= 0, a (exp(x) - 1) elsewhere             selu    g elu(x)
    celu          x where x >= 0, a (exp(x / a) - 1) elsewhere         mish    x tanh(log(1 + exp(x)))
    thresholded   x where x > a, 0 elsewhere                           power   x^a
    shrink        x - g where x > a, x + g where x < -a, else 0        softsign   x / (1 + |x|)

    sign floor ceil round (to even) abs square sqrt reciprocal exp log erf
    sin cos tan asin acos atan sinh cosh asinh acosh atanh

a: `alpha`, g: `gamma`. Activations of neuron circuits are in `nonlinearity.py`. Computed in 64 bits and rounded to 32, so that the bits
of a result depend on its own argument only. Outside its domain (a logarithm of 0) a function gives what IEEE 754 says, an infinity or
NaN. Cost: one multiplication for square, one maximum for abs, sign and thresholded, for all others one function.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Literal, final

import numpy as np
from numpy.typing import NDArray

from chipsim.spec import check, key
from chipsim.workload.layers.layer import Floats
from chipsim.workload.layers.pointwise import Pointwise

Doubles = NDArray[np.float64]
FunctionName = Literal[
    "elu", "selu", "celu", "thresholded", "shrink", "softsign", "mish", "power", "square", "sqrt", "reciprocal", "exp", "log", "erf",
    "abs", "sign", "floor", "ceil", "round", "sin", "cos", "tan", "asin", "acos", "atan", "sinh", "cosh", "asinh", "acosh", "atanh",
]  # fmt: skip
WITH_ALPHA = frozenset({"elu", "selu", "celu", "thresholded", "shrink", "power"})
WITH_GAMMA = frozenset({"selu", "shrink"})
KINDS = MappingProxyType({"square": "multiply", "abs": "max", "sign": "max", "thresholded": "max", "reciprocal": "reciprocal"})


@final
class Function(Pointwise, type="function"):
    """One function of each value."""

    function: FunctionName = key("which function")
    alpha: float = key("the number a of the function", default=1.0)
    gamma: float = key("the number g of the function", default=1.0)

    @check
    def _numbers_are_used(self) -> Function:
        for name, known, value in (("alpha", WITH_ALPHA, self.alpha), ("gamma", WITH_GAMMA, self.gamma)):
            if value != 1 and self.function not in known:
                raise ValueError(f"{name} {value:g} is given, but {self.function} has none; {', '.join(sorted(known))} have one")
        if self.function == "celu" and self.alpha <= 0:
            raise ValueError(f"alpha {self.alpha:g} of celu, which it divides by; expected more than 0")
        return self

    def values(self, x: Floats, *parameters: Floats) -> Floats:
        with np.errstate(all="ignore"):  # infinities and NaN are what the function gives there
            found: Floats = FUNCTIONS[self.function](x.astype(np.float64), self.alpha, self.gamma).astype(np.float32)
        return found

    def operations(self, channels: int) -> Mapping[str, int]:
        return {KINDS.get(self.function, "function"): channels}


def _erf(x: Doubles) -> Doubles:
    from scipy.special import erf  # here, because most networks do without and it takes a while to import

    found: Doubles = erf(x)
    return found


def _below(x: Doubles, slow: float = 1.0) -> Doubles:
    """exp(x / slow) - 1 for what is below 0, else 0."""
    found: Doubles = np.expm1(np.minimum(x / slow, 0.0))
    return found


FUNCTIONS: Mapping[str, Callable[[Doubles, float, float], Doubles]] = MappingProxyType(
    {
        "elu": lambda x, a, g: np.maximum(x, 0) + a * _below(x),
        "selu": lambda x, a, g: g * (np.maximum(x, 0) + a * _below(x)),
        "celu": lambda x, a, g: np.maximum(x, 0) + a * _below(x, a),
        "thresholded": lambda x, a, g: np.where(x > a, x, 0),
        "shrink": lambda x, a, g: np.where(x > a, x - g, np.where(x < -a, x + g, 0)),
        "softsign": lambda x, a, g: x / (1 + np.abs(x)),
        "mish": lambda x, a, g: x * np.tanh(np.logaddexp(0, x)),
        "power": lambda x, a, g: np.power(x, a),
        "square": lambda x, a, g: x * x,
        "sqrt": lambda x, a, g: np.sqrt(x),
        "reciprocal": lambda x, a, g: 1 / x,
        "exp": lambda x, a, g: np.exp(x),
        "log": lambda x, a, g: np.log(x),
        "erf": lambda x, a, g: _erf(x),
        "abs": lambda x, a, g: np.abs(x),
        "sign": lambda x, a, g: np.sign(x),
        "floor": lambda x, a, g: np.floor(x),
        "ceil": lambda x, a, g: np.ceil(x),
        "round": lambda x, a, g: np.rint(x),
        "sin": lambda x, a, g: np.sin(x),
        "cos": lambda x, a, g: np.cos(x),
        "tan": lambda x, a, g: np.tan(x),
        "asin": lambda x, a, g: np.arcsin(x),
        "acos": lambda x, a, g: np.arccos(x),
        "atan": lambda x, a, g: np.arctan(x),
        "sinh": lambda x, a, g: np.sinh(x),
        "cosh": lambda x, a, g: np.cosh(x),
        "asinh": lambda x, a, g: np.arcsinh(x),
        "acosh": lambda x, a, g: np.arccosh(x),
        "atanh": lambda x, a, g: np.arctanh(x),
    }
)
