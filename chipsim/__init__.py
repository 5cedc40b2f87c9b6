"""chipsim: values, time, energy and drift of analog in-memory-computing chips in one discrete-event run."""

from chipsim.version import VERSION as __version__

__all__ = ["__version__"]
