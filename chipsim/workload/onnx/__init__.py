"""Trained networks from ONNX files, as the layers and weights of a workload."""

from chipsim.workload.onnx.bound import Bind
from chipsim.workload.onnx.digital import Digital
from chipsim.workload.onnx.read import Imported, read_onnx

__all__ = ["Bind", "Digital", "Imported", "read_onnx"]
