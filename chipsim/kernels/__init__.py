"""Arithmetic that must be fast: arrays in, arrays out, no knowledge of devices or chips.

Importing this package only chooses where Numba keeps compiled kernels; Numba and NumPy are loaded by the modules inside.

Numba notices an edit of the file a kernel stands in, but not of a function the kernel calls in another file, and then returns
results of the old code. Therefore the folder is named after a hash of every kernel source: any edit opens a new folder.
"""

import hashlib
import os
import sys
import tempfile
from pathlib import Path

_PREFIX = "kernels-"


def source_hash() -> str:
    """Hash of all kernel sources of this package."""
    digest = hashlib.sha256()
    for path in sorted(Path(__file__).parent.glob("*.py")):
        digest.update(path.name.encode())
        digest.update(path.read_bytes())
    return digest.hexdigest()[:16]


def cache_root() -> Path:
    """The folder that holds the cache folders: the one the user gave to Numba, else the user's cache."""
    chosen = os.environ.get("NUMBA_CACHE_DIR")
    if chosen:
        # A parent process of ours may have set it already.
        return Path(chosen).parent if Path(chosen).name.startswith(_PREFIX) else Path(chosen)
    home = os.environ.get("XDG_CACHE_HOME") or os.path.join(os.path.expanduser("~"), ".cache")
    return Path(home) / "chipsim"


def choose_cache_folder() -> Path:
    """A writable folder for the compiled kernels of exactly these sources; a new temporary one if the usual one is refused."""
    try:
        folder = cache_root() / (_PREFIX + source_hash())
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            return folder
    except (OSError, RuntimeError):
        return Path(tempfile.mkdtemp(prefix="chipsim-" + _PREFIX))


def _tell_numba(folder: Path) -> None:
    os.environ["NUMBA_CACHE_DIR"] = str(folder)
    if "numba" in sys.modules:
        # Numba has read its environment already; it looks up this attribute whenever a kernel is declared.
        sys.modules["numba"].config.CACHE_DIR = str(folder)


_tell_numba(choose_cache_folder())
