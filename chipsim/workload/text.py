r"""A text as samples: windows of its characters, each with the character that follows it as its label.

    x[n, k, t, 0] = 1 where character n T + t is number k of the vocabulary, else 0        [N, vocabulary, T, 1]
    label[n, t]   = number of character n T + t + 1                                        [N, T], or [N] where T = 1

For an input of tokens the number itself is the sample, x[n, 0, t, 0] = k                  [N, 1, T, 1]

The file is UTF-8. Its first 90 % (whole characters, rounded down) are the training part, the rest the test part; each is cut into
N = (characters - 1) // T windows one after the other, what is left at its end is not used. The vocabulary is that of the training
part, sorted by code point. A window of the test part that holds a character outside it is left out: such a character has no label.

Nothing is changed in the text (no lower case, no markers); line ends become \n.
"""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from chipsim.errors import InputError, Problem

SHARE = 0.9  # of the text that is for training
SUFFIX = ".txt"


def read_text(
    path: Path, split: Literal["train", "test"], shape: tuple[int, int, int], tokens: int | None = None
) -> tuple[NDArray[Any], NDArray[np.int64]]:
    """Windows [N, vocabulary, T, 1] and labels [N, T] for an input of `shape` [vocabulary, T, 1], or [1, T, 1] of so many `tokens`.

    InputError where the text does not fit it, is too short, or cannot be read.
    """
    text = _content(path)
    if not text:
        raise InputError(Problem("is empty; expected a text", file=str(path)))
    cut = int(SHARE * len(text))
    vocabulary = sorted(set(text[:cut]))
    _check_shape(shape, len(vocabulary), tokens, path)
    numbers = _numbers(text[:cut] if split == "train" else text[cut:], vocabulary)
    steps = shape[1]
    windows = max(len(numbers) - 1, 0) // steps
    x, labels = (numbers[i : i + windows * steps].reshape(windows, steps) for i in (0, 1))
    known = (x >= 0).all(axis=1) & (labels >= 0).all(axis=1)
    if not known.any():
        message = f"the {split} part of the text, {len(numbers)} characters, has no window of {steps + 1} characters of its vocabulary"
        raise InputError(Problem(f"{message}; take a longer text or fewer steps", "data.file", str(path)))
    samples = x[known][:, None, :, None] if tokens else one_hot(x[known], len(vocabulary))
    return samples, labels[known, 0] if steps == 1 else labels[known]


def one_hot(numbers: NDArray[np.int64], size: int) -> NDArray[np.uint8]:
    """Numbers [N, T] below `size` -> [N, size, T, 1], 1 where it is that number."""
    return np.ascontiguousarray(np.eye(size, dtype=np.uint8)[numbers].transpose(0, 2, 1))[..., None]


def bits_per_character(loss: float) -> float:
    """The mean loss of a character in bits, from -log of its probability in natural units."""
    return loss / math.log(2)


def _content(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise InputError(Problem("there is no such file; expected a text", file=str(path))) from None
    except OSError as error:
        raise InputError(Problem(f"cannot be read ({error.strerror})", file=str(path))) from None
    except UnicodeDecodeError as error:
        message = f"is no UTF-8 text: byte {error.start} is 0x{error.object[error.start]:02x}; expected a text, convert it to UTF-8"
        raise InputError(Problem(message, file=str(path))) from None


def _check_shape(shape: tuple[int, int, int], found: int, tokens: int | None, path: Path) -> None:
    if tokens and (tokens < found or shape[2] != 1):
        message = f"the training part of the text has {found} different characters, the input is {list(shape)} of {tokens} tokens"
        raise InputError(Problem(f"{message}; expected [1, steps, 1] of at least {found} tokens", "input.tokens", str(path)))
    if not tokens and (shape[0] != found or shape[2] != 1):
        message = f"the training part of the text has {found} different characters, the input is {list(shape)}"
        raise InputError(Problem(f"{message}; expected [{found}, steps, 1]", "input.shape", str(path)))


def _numbers(text: str, vocabulary: list[str]) -> NDArray[np.int64]:
    """The place of each character in the vocabulary, -1 for one that is not in it."""
    place = {character: number for number, character in enumerate(vocabulary)}
    return np.array([place.get(character, -1) for character in text], np.int64)
