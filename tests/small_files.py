"""A network, its weights and data, and a chip as files of a folder: what a command line can be tried on in a second."""

from __future__ import annotations

from pathlib import Path

import numpy as np

NET = """
name: small
weights: weights.npz
input: {shape: [6, 1, 1]}
data: {file: data.npz}
layers:
  - {type: linear, name: fc1, out_features: 5, activation: relu}
  - {type: linear, name: fc2, out_features: 3}
"""

CHIP = """
name: chip
tile:
  array:
    rows: 8
    columns: 8
    cell: {device: {type: pcm}, area: 1 um2}
    dac: {type: pulse_width, bits: 6, step: 1 ns, energy: 1 fJ, read_voltage: 0.2 V}
    adc: {type: cco, bits: 8, bound: 8, lsb_time: 1 ns, energy: 10 fJ}
    output_noise: 0.02
  input_buffer: {type: sram, capacity: 64 kb, read_energy: 1 fJ/b, leakage: 1 uW}
  output_buffer: {type: sram, capacity: 64 kb, read_energy: 1 fJ/b}
  accumulator: {type: digital, lanes: 4, energy: 5 fJ}
  neuron: {type: digital, lanes: 4, energy: 6 fJ}
  vector_unit: {type: simd, lanes: 4}
network:
  topology: {type: mesh, columns: 2, rows: 2}
  clock: 1 GHz
  flit_width: 32 b
  payload: 256 b
  link_energy: 0.1 pJ/b/mm
host: {bandwidth: 8 Gb/s}
source: assumed
"""

EXPERIMENT = """
workload: net.yaml
architecture: chip.yaml
times: [1 s, 1 h]
repeats: 2
stream: 20
"""


def arrays() -> dict[str, np.ndarray]:
    """The weights, as PyTorch stores them."""
    random = np.random.default_rng(3)
    shapes = {"fc1.weight": (5, 6), "fc1.bias": (5,), "fc2.weight": (3, 5), "fc2.bias": (3,)}
    return {name: random.normal(size=shape).astype(np.float32) for name, shape in shapes.items()}


def write_small(folder: Path) -> Path:
    """Writes net.yaml, chip.yaml, experiment.yaml, weights.npz and data.npz; returns the folder."""
    random = np.random.default_rng(4)
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in {"net": NET, "chip": CHIP, "experiment": EXPERIMENT}.items():
        (folder / f"{name}.yaml").write_text(text)
    np.savez(folder / "weights.npz", **arrays())
    np.savez(folder / "data.npz", x_test=random.random((12, 6), np.float32), y_test=random.integers(0, 3, 12))
    return folder
