"""A trained module of PyTorch as a workload: `chipsim.from_torch(module, example)`.

The module is put into evaluation mode (and back afterwards), traced once with the example into an ONNX file in a temporary folder, and
that file is read as any other. What was read is then computed beside the module itself, on the example and on some of the samples: of
a module whose way depends on its numbers only one way was traced, and the difference is told.
"""

from chipsim.workload.from_torch.call import from_torch

__all__ = ["from_torch"]
