"""Counter-based random numbers: Philox 4x32-10 with a polynomial Box-Muller transform.

Element i of a fill is a pure function of (key, i, c1, c2, c3): block i // 4 encrypts the counter (i // 4, c1, c2, c3) under
the key (key0, key1) into four 32-bit words, and lane i % 4 uses them. No state, so numbers do not depend on threads, batches
or order.

Two words (a, b) give two standard normals, with u = (a // 2 + 1/2) / 2**31 in (0, 1]:

    r = sqrt(-2 ln u),    (r cos p, r sin p)   with p uniform on the circle from the 32 bits of b

ln, sin and cos are minimax polynomials (relative error at most 1.2e-6), because library calls keep a loop from being
vectorised. The largest normal is sqrt(-2 ln 2**-32) = 6.66.

Reference: J. Salmon et al., "Parallel random numbers: as easy as 1, 2, 3", SC11, DOI 10.1145/2063384.2063405.
Not modelled: more than 2**34 elements per (key, c1, c2, c3).
"""

from typing import Any

import numpy as np
import numpy.typing as npt
from numba import njit

Row = npt.NDArray[np.float32]
Words = npt.NDArray[np.uint32]

_u32, _i32, _f32, _u64 = np.uint32, np.int32, np.float32, np.uint64

# Multipliers and Weyl constants of the published generator.
_MULTIPLIER_0 = _u64(0xD2511F53)
_MULTIPLIER_1 = _u64(0xCD9E8D57)
_WEYL_0 = _u32(0x9E3779B9)
_WEYL_1 = _u32(0xBB67AE85)
_LOW_WORD = _u64(0xFFFFFFFF)
_WORD = _u64(32)

# ln(1 + f) = f * (L0 + L1 f + ... + L6 f**6) for 1 + f in [sqrt(1/2), sqrt(2)]: relative error 1.1e-6.
_L0, _L1, _L2, _L3 = _f32(1.000000877393801), _f32(-0.5000139832268088), _f32(0.3331602935660411), _f32(-0.24896792157568065)
_L4, _L5, _L6 = _f32(0.20454756293444287), _f32(-0.18782735146284268), _f32(0.1221098322746503)
_LN2 = _f32(0.6931471805599453)
# sin(pi t / 4) = t (S0 + S1 t**2 + S2 t**4), relative error 1.4e-6; cos likewise, error 2.8e-8; t in [-1, 1).
_S0, _S1, _S2 = _f32(0.7853970398345997), _f32(-0.0807252297630232), _f32(0.002436094677831777)
_C0, _C1, _C2, _C3 = _f32(0.9999999724239562), _f32(-0.3084242535653714), _f32(0.015849915260381965), _f32(-0.0003188805084626798)

_HALF_RANGE = _f32(2.0**-31)
_HALF_STEP = _f32(2.0**-32)
_SQRT_HALF_BITS = _i32(0x3F3504F3)
_SIGN_BIT = _u32(0x80000000)
_SWAP_BIT = _u32(0x40000000)

_FILL = "void(float32[::1], uint32, uint32, uint32, uint32, uint32)"


@njit(inline="always")
def _philox(c0: Any, c1: Any, c2: Any, c3: Any, key0: Any, key1: Any) -> Any:
    # Words stay in 64-bit lanes with arbitrary upper halves: the multiplication reads lower halves only, which spares the
    # shuffles between 32 and 64 bits and makes the loop 2.5 times faster.
    w0, w1, w2, w3 = _u64(c0), _u64(c1), _u64(c2), _u64(c3)
    k0, k1 = _u32(key0), _u32(key1)
    for _ in range(10):
        p0 = _u64((w0 & _LOW_WORD) * _MULTIPLIER_0)
        p1 = _u64((w2 & _LOW_WORD) * _MULTIPLIER_1)
        w0 = _u64(_u64(p1 >> _WORD) ^ w1 ^ _u64(k0))
        w2 = _u64(_u64(p0 >> _WORD) ^ w3 ^ _u64(k1))
        w1 = p1
        w3 = p0
        k0 = _u32(k0 + _WEYL_0)
        k1 = _u32(k1 + _WEYL_1)
    return _u32(w0), _u32(w1), _u32(w2), _u32(w3)


@njit(inline="always", fastmath={"contract"})
def _logarithm(u: Any) -> Any:
    bits = _f32(u).view(np.int32)
    exponent = _i32(_i32(bits - _SQRT_HALF_BITS) >> _i32(23))
    f = _f32(_i32(bits - _i32(exponent << _i32(23))).view(np.float32) - _f32(1))
    p = _f32(_f32(_L6 * f + _L5) * f + _L4)
    p = _f32(_f32(p * f + _L3) * f + _L2)
    p = _f32(_f32(p * f + _L1) * f + _L0)
    return _f32(_f32(_f32(exponent) * _LN2) + _f32(p * f))


@njit(inline="always", fastmath={"contract"})
def _normal_pair(a: Any, b: Any) -> Any:
    u = _f32(_f32(_i32(a >> _u32(1))) * _HALF_RANGE + _HALF_STEP)
    radius = _f32(np.sqrt(_f32(_f32(-2) * _logarithm(u))))
    # An angle within a quarter of the circle from 30 bits; one bit mirrors it, one bit swaps the axes.
    t = _f32(_f32(_i32(_u32(b << _u32(2)))) * _HALF_RANGE)
    z = _f32(t * t)
    sine = _f32(_f32(_f32(_S2 * z + _S1) * z + _S0) * t)
    cosine = _f32(_f32(_f32(_C3 * z + _C2) * z + _C1) * z + _C0)
    cosine = _i32(cosine.view(np.int32) ^ _i32(_u32(b & _SIGN_BIT))).view(np.float32)
    swap = _u32(b & _SWAP_BIT) != _u32(0)
    first = sine if swap else cosine
    second = cosine if swap else sine
    return _f32(radius * first), _f32(radius * second)


@njit(_FILL, nogil=True, cache=True, fastmath={"contract"}, error_model="numpy")
def fill_normal(out: Row, key0: Any, key1: Any, c1: Any, c2: Any, c3: Any) -> None:
    """Fill a contiguous float32 vector with standard normals of the stream (key0, key1, c1, c2, c3)."""
    blocks = out.size // 4
    for i in range(blocks):
        a, b, c, d = _philox(_u32(i), c1, c2, c3, key0, key1)
        n0, n1 = _normal_pair(a, b)
        n2, n3 = _normal_pair(c, d)
        out[4 * i] = n0
        out[4 * i + 1] = n1
        out[4 * i + 2] = n2
        out[4 * i + 3] = n3
    left = out.size - 4 * blocks
    if left > 0:
        a, b, c, d = _philox(_u32(blocks), c1, c2, c3, key0, key1)
        n0, n1 = _normal_pair(a, b)
        n2, n3 = _normal_pair(c, d)
        out[4 * blocks] = n0
        if left > 1:
            out[4 * blocks + 1] = n1
        if left > 2:
            out[4 * blocks + 2] = n2


@njit("void(uint32[::1], uint32, uint32, uint32, uint32, uint32)", nogil=True, cache=True)
def fill_words(out: Words, key0: Any, key1: Any, c1: Any, c2: Any, c3: Any) -> None:
    """Fill a contiguous uint32 vector with the raw words of the stream (key0, key1, c1, c2, c3)."""
    blocks = out.size // 4
    for i in range(blocks):
        a, b, c, d = _philox(_u32(i), c1, c2, c3, key0, key1)
        out[4 * i] = a
        out[4 * i + 1] = b
        out[4 * i + 2] = c
        out[4 * i + 3] = d
    words = _philox(_u32(blocks), c1, c2, c3, key0, key1)
    for lane in range(out.size - 4 * blocks):
        out[4 * blocks + lane] = words[lane]


@njit(_FILL, nogil=True, cache=True)
def fill_uniform(out: Row, key0: Any, key1: Any, c1: Any, c2: Any, c3: Any) -> None:
    """Fill a contiguous float32 vector with uniforms in [0, 1), multiples of 2**-24, of the stream (key0, key1, c1, c2, c3)."""
    scale = _f32(2.0**-24)
    blocks = out.size // 4
    for i in range(blocks):
        a, b, c, d = _philox(_u32(i), c1, c2, c3, key0, key1)
        out[4 * i] = _f32(_i32(a >> _u32(8))) * scale
        out[4 * i + 1] = _f32(_i32(b >> _u32(8))) * scale
        out[4 * i + 2] = _f32(_i32(c >> _u32(8))) * scale
        out[4 * i + 3] = _f32(_i32(d >> _u32(8))) * scale
    words = _philox(_u32(blocks), c1, c2, c3, key0, key1)
    for lane in range(out.size - 4 * blocks):
        out[4 * blocks + lane] = _f32(_i32(words[lane] >> _u32(8))) * scale


def normal(shape: int | tuple[int, ...], key: tuple[int, int], c1: int = 0, c2: int = 0, c3: int = 0) -> npt.NDArray[np.float32]:
    """Standard normals, float32, in C order of `shape`; key and counters are integers in [0, 2**32).

    Raises ValueError when a key or counter does not fit into 32 bits or the array is longer than the stream.
    """
    out = _empty(shape, (*key, c1, c2, c3))
    fill_normal(out.reshape(-1), key[0], key[1], c1, c2, c3)
    return out


def uniform(shape: int | tuple[int, ...], key: tuple[int, int], c1: int = 0, c2: int = 0, c3: int = 0) -> npt.NDArray[np.float32]:
    """Uniforms in [0, 1), float32, in C order of `shape`; key and counters are integers in [0, 2**32).

    Raises ValueError when a key or counter does not fit into 32 bits or the array is longer than the stream.
    """
    out = _empty(shape, (*key, c1, c2, c3))
    fill_uniform(out.reshape(-1), key[0], key[1], c1, c2, c3)
    return out


def _empty(shape: int | tuple[int, ...], words: tuple[int, ...]) -> npt.NDArray[np.float32]:
    for word in words:
        if not 0 <= word < 2**32:
            raise ValueError(f"philox: {word} is not an integer in [0, 2**32); keys and counters are 32-bit words")
    out = np.empty(shape, np.float32)
    if out.size > 2**34:
        raise ValueError(f"philox: {out.size} elements exceed the 2**34 of one stream; split them over counters c1, c2 or c3")
    return out
