"""Networks that others trained and published inside packages, on a chip, judged by their own task; writes tests/published/third-party.md.

    pip download --no-deps -d MODELS swift-f0==0.3.0 magika==1.0.3     # and unpack each wheel: unzip NAME.whl -d MODELS/NAME
    python tools/study_third_party.py MODELS [--arch architectures/pcm-64.yaml] [--only swift-f0] [--work FOLDER]

Nothing of the packages lies in this repository. Each network is cut out of its ONNX file where the part begins that lies on arrays,
as told in the class of the model; labelled data are made here. Needs onnx and onnxruntime.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import platform
import random
from abc import ABC, abstractmethod
from datetime import date
from itertools import islice
from pathlib import Path
from time import perf_counter
from typing import ClassVar

import numpy as np
import onnx
import onnxruntime
from onnx import TensorProto, helper, numpy_helper
from onnx.utils import Extractor

from chipsim.experiment import load_experiment
from chipsim.report.judged import Judged
from chipsim.report.wording import duration
from chipsim.result import Result
from chipsim.units import show

HOUSE = Path(__file__).parents[1]
TIMES = "times=[1 s, 1 h, 1 d, 1 month, 1 y]"
SEED = 0
BUFFER = "architecture.tile.{}_buffer.capacity={}"


REMARKS = (
    "The pitch network bears the chip: a point is lost in a year. Of the file kinds one file is two points, so accuracy tells little; "
    "the cross entropy, a tenth to a third worse than in floating point, tells what the chip does. Magika's variances are differences of "
    "two means in 32 bits, so sums in another order differ more than elsewhere: it is held to 1e-3 of the largest output, the pitch "
    "network to 1e-4."
)


class Model(ABC):
    """A published network: where it comes from, and how it becomes a workload."""

    name: str
    package: str
    licence: str
    file: str
    digest: str
    cut: str
    data: str
    metric: str
    repeats = 3
    buffer = "4 MiB"  # of a tile: rows of sequences wait in it
    tolerance = 1e-4  # of the largest output

    def __init__(self, models: Path, folder: Path) -> None:
        self.path, self.folder = models / self.file, folder
        found = hashlib.sha256(self.path.read_bytes()).hexdigest()
        if found != self.digest:
            raise SystemExit(f"{self.path}: sha256 is {found}, expected {self.digest}")

    @abstractmethod
    def prepare(self) -> None:
        """Write model.onnx, data.npz (x_test, y_test) and what else the workload names into the folder."""

    def workload(self) -> Path:
        """The workload file, with all that it names."""
        self.prepare()
        shape = list(self.shape)
        lines = [f"name: {self.name}", "onnx: model.onnx", "data: {file: data.npz}", f"input: {{shape: {shape}}}", self.metric]
        file = self.folder / "workload.yaml"
        file.write_text("\n".join(lines) + "\n", encoding="utf-8")
        return file

    @property
    @abstractmethod
    def shape(self) -> tuple[int, int, int]:
        """The shape of the network's input [C, H, W]."""

    def ran(self, images: np.ndarray) -> np.ndarray:
        """The outputs of onnxruntime for stored images, one after the other."""
        session = onnxruntime.InferenceSession(self.folder / "model.onnx", providers=["CPUExecutionProvider"])
        name = session.get_inputs()[0].name
        return np.concatenate([session.run(None, {name: self.as_fed(image[None])})[0] for image in images])

    def as_fed(self, image: np.ndarray) -> np.ndarray:
        """A stored image [1, ...] as the cut network takes it."""
        return image.astype(np.float32)


class SwiftF0(Model):
    """The pitch of a tone from its spectrogram: 15 convolutions."""

    name, package, licence = "swift-f0", "swift-f0 0.3.0", "MIT"
    file, digest = "swift_f0/swift_f0/model.onnx", "6385e8c2ebc3872e82c9ff5946228de44cd3be77a750ea53698b7dbfe94b0a22"
    cut = "from the spectrogram (tensor v352, computed outside the chip) to the 95 pitches of every frame (v427)"
    data = "200 tones of 60 Hz to 1,500 Hz, eight harmonics, white noise at 10 dB, 16 frames of each; the frames 4 to 11 are judged"
    metric = "metric: {type: function, file: metric.py, name: within_50_cents, better: higher}"
    frames, samples = 16, 200

    @property
    def shape(self) -> tuple[int, int, int]:
        return 3, 128, self.frames

    def prepare(self) -> None:
        whole = onnx.shape_inference.infer_shapes(onnx.load(self.path))
        cutter = Extractor(whole)
        front, net = cutter.extract_model(["audio"], ["v352"]), cutter.extract_model(["v352"], ["v427"])
        for value, shape in ((net.graph.input[0], [1, *self.shape]), (net.graph.output[0], [1, 1, 95, self.frames])):
            value.CopyFrom(helper.make_tensor_value_info(value.name, TensorProto.FLOAT, shape))
        onnx.save(net, self.folder / "model.onnx")
        steps = next(numpy_helper.to_array(item) for item in whole.graph.initializer if item.name == "v455")
        drawn = np.random.default_rng(SEED)
        pitches = np.exp(drawn.uniform(np.log(60), np.log(1500), self.samples))
        session = onnxruntime.InferenceSession(front.SerializeToString(), providers=["CPUExecutionProvider"])
        images = [session.run(None, {"audio": self._tone(pitch, drawn)[None]})[0][0, :, :, 20 : 20 + self.frames] for pitch in pitches]
        np.savez(self.folder / "data.npz", x_test=np.stack(images), y_test=pitches.astype(np.float32))
        lines = (
            "import numpy as np",
            f"START, STEP = {float(steps[0])!r}, {float(steps[1] - steps[0])!r}  # ln of the first pitch (Hz), and from one to the next",
            "",
            "def within_50_cents(outputs, labels):",
            "    scores = outputs[:, 0, :, 4:12]",
            "    best = scores.argmax(axis=1)",
            "    near = np.clip(best[:, None] + np.array([-1, 0, 1])[None, :, None], 0, 94)",
            "    shares = np.exp(np.take_along_axis(scores, near, axis=1) - scores.max(axis=1, keepdims=True))",
            "    told = START + STEP * (shares * near).sum(axis=1) / shares.sum(axis=1)",
            "    return np.mean(np.abs(told - np.log(labels)[:, None]) <= np.log(2) / 24)",
        )
        (self.folder / "metric.py").write_text("\n".join(lines) + "\n", encoding="utf-8")

    @staticmethod
    def _tone(pitch: float, drawn: np.random.Generator) -> np.ndarray:
        time = np.arange(16_000) / 16_000
        tone = np.zeros_like(time)
        for harmonic in range(1, 9):
            if harmonic * pitch < 8000:
                tone += np.sin(2 * np.pi * harmonic * pitch * time + drawn.uniform(0, 2 * np.pi)) / harmonic
        noise = drawn.normal(size=len(time)) * np.sqrt(np.mean(tone**2) / 10)
        return (0.2 * (tone + noise) / np.abs(tone).max()).astype(np.float32)


class Magika(Model):
    """The kind of a file from its first and last kilobyte: 2 products of all positions, a convolution, layer normalisations."""

    name, package, licence = "magika", "magika 1.0.3, model standard_v3_3", "Apache-2.0"
    file = "magika/magika/models/standard_v3_3/model.onnx"
    digest = "fe2d2eb49c5f88a9e0a6c048e15d6ffdf86235519c2afc535044de433169ec8c"
    cut = (
        "from the one-hot bytes [2048, 257] (written outside the chip) to the probabilities of 214 kinds; a Max with minus infinity, "
        "which does nothing, is taken out"
    )
    data = "{count} files of this machine of {kinds} kinds, at most 2 of each, the kind by their extension"
    metric = "metric: {type: accuracy, outputs: probabilities}\nalso: [top_5, {type: cross_entropy, outputs: probabilities}]"
    repeats = 1
    buffer = "256 MiB"
    tolerance = 1e-3  # its variances are differences of two means in 32 bits, so sums in another order differ more
    kinds: ClassVar[dict[str, str]] = {
        ".py": "python", ".c": "c", ".cpp": "cpp", ".js": "javascript", ".json": "json", ".html": "html", ".css": "css",
        ".md": "markdown", ".xml": "xml", ".sh": "shell", ".png": "png", ".svg": "svg", ".ttf": "ttf", ".pdf": "pdf", ".so": "elf",
        ".pyc": "pythonbytecode", ".rst": "rst", ".toml": "toml", ".gz": "gzip", ".zip": "zip", ".yaml": "yaml", ".java": "java",
        ".go": "go", ".rs": "rust", ".gif": "gif", ".ipynb": "ipynb", ".tex": "latex", ".csv": "csv",
    }  # fmt: skip
    most = 2

    @property
    def shape(self) -> tuple[int, int, int]:
        return 257, 2048, 1

    def as_fed(self, image: np.ndarray) -> np.ndarray:
        return np.ascontiguousarray(image.astype(np.float32)[..., 0].transpose(0, 2, 1))

    def prepare(self) -> None:
        self._cut_out()
        target = (self.path.parent / "config.min.json").read_text(encoding="utf-8")
        names = json.loads(target)["target_labels_space"]
        found = [(file, names.index(self.kinds[suffix])) for suffix, files in self._files().items() for file in files]
        images = np.zeros((len(found), 257, 2048, 1), np.uint8)
        for number, (file, _) in enumerate(found):
            images[number, self._bytes(file.read_bytes()), np.arange(2048), 0] = 1
        np.savez_compressed(self.folder / "data.npz", x_test=images, y_test=np.array([label for _, label in found]))
        self.data = self.data.format(count=len(found), kinds=len({label for _, label in found}))

    def _cut_out(self) -> None:
        whole = onnx.shape_inference.infer_shapes(onnx.load(self.path))
        graph = whole.graph
        shape = next(node for node in graph.node if node.op_type == "Shape")
        hot = next(node for node in graph.node if node.op_type == "Cast" and "one_hot_/Cast_1" in node.output[0])
        graph.initializer.append(numpy_helper.from_array(np.array([1, 2048], np.int64), shape.output[0]))
        entry = hot.output[0]
        graph.node.remove(shape)
        graph.node.remove(hot)
        graph.input.append(helper.make_tensor_value_info(entry, TensorProto.FLOAT, ["N", 2048, 257]))
        net = Extractor(whole).extract_model([entry], ["target_label"])
        constants = {item.name: numpy_helper.to_array(item) for item in net.graph.initializer}
        for node in [node for node in net.graph.node if node.op_type == "Max"]:
            bound = next((name for name in node.input if name in constants), "")
            if bound and np.all(np.isneginf(constants[bound])):
                other = next(name for name in node.input if name != bound)
                for reader in net.graph.node:
                    reader.input[:] = [other if name == node.output[0] else name for name in reader.input]
                net.graph.node.remove(node)
        onnx.save(net, self.folder / "model.onnx")

    def _files(self) -> dict[str, list[Path]]:
        """Files of this machine by extension, drawn with the seed; a short file says nothing."""
        found: dict[str, list[Path]] = {suffix: [] for suffix in self.kinds}
        for place in ("/usr/share", "/usr/lib", "/usr/local", str(Path(np.__file__).parents[1])):
            for folder, folders, names in os.walk(place):
                folders.sort()
                for name in sorted(names):
                    if (suffix := os.path.splitext(name)[1]) in found:
                        found[suffix].append(Path(folder, name))
        for files in found.values():
            random.Random(SEED).shuffle(files)
            files[:] = islice((file for file in files if file.is_file() and len(_start(file).strip()) >= 64), self.most)
        return found

    @staticmethod
    def _bytes(content: bytes) -> np.ndarray:
        """The first and the last 1,024 bytes without white space at the ends, 256 where there are fewer."""
        first, last = content[:4096].lstrip()[:1024], content[-4096:].rstrip()[-1024:]
        numbers = np.full(2048, 256)
        numbers[: len(first)] = list(first)
        numbers[2048 - len(last) :] = list(last)
        return numbers


def _start(file: Path) -> bytes:
    with file.open("rb") as stream:
        return stream.read(4096)


MODELS: tuple[type[Model], ...] = (SwiftF0, Magika)


def told(model: Model, architecture: Path) -> list[str]:
    """The section of one model: checked against onnxruntime, then run on the chip."""
    file = model.workload()
    start, buffers = perf_counter(), [BUFFER.format(name, model.buffer) for name in ("input", "output")]
    changes = [TIMES, f"repeats={model.repeats}", f"seed={SEED}", "stream=4", "comparators=[]", *buffers]
    experiment = load_experiment(file, architecture, changes)
    workload = experiment.workload
    count = min(len(workload.inputs), 20)
    ours = workload.forward(workload.inputs[:count]).reshape(count, -1)
    theirs = model.ran(np.load(model.folder / "data.npz")["x_test"][:count]).reshape(count, -1)
    np.testing.assert_allclose(ours, theirs, rtol=1e-4, atol=model.tolerance * float(np.abs(theirs).max()))
    error = float(np.abs(ours - theirs).max() / np.abs(theirs).max())
    result = experiment.run()
    wall = perf_counter() - start
    metrics = result.metrics
    weights = sum(item.matrix.size for item in workload.weights.values())
    return [
        f"## {model.name}", "",
        f"`{model.package}`, {model.licence}, `{Path(model.file).name}` with sha256 `{model.digest}`.", "",
        f"* **Cut**: {model.cut}.",
        f"* **Network**: {len(workload.layers)} layers, {len(workload.weights)} of them with {weights:,} weights on arrays, "
        f"{show(workload.macs, 'MAC')}.",
        f"* **Data**: {model.data}.",
        f"* **Float outputs** against onnxruntime {onnxruntime.__version__}, {count} samples: largest difference {error:.1e} of the "
        "largest output.",
        f"* **Chip**: {metrics['tiles_used']:.0f} of {metrics['tiles']:.0f} tiles, latency {show(metrics['latency'], 's')}, energy "
        f"{show(metrics['energy'], 'J')} per inference; buffers of {model.buffer}.", "",
        *_table(result), "",
        f"{model.repeats} programming{'s' if model.repeats > 1 else ''}, {len(workload.inputs)} samples, {wall:.0f} s.", "",
    ]  # fmt: skip


def _table(result: Result) -> list[str]:
    judged = Judged.of(result)
    others = [Judged.told(facts) for facts in result.metric["also"]]
    heads = [judged.called, "spread", *(other.called for other in others)]
    rows = [f"| after | {' | '.join(heads)} |", "|" + " --- |" * (len(heads) + 1)]
    beside = [other.value(facts["float"]) for other, facts in zip(others, result.metric["also"], strict=True)]
    floats = [judged.value(result.metrics["float_accuracy"]), "-", *beside]
    rows.append(f"| float network | {' | '.join(floats)} |")
    for row in result.accuracy:
        values = [judged.value(row["mean"]), judged.value(row["spread"]) if len(row["values"]) > 1 else "-"]
        rows.append(f"| {duration(row['time'])} | {' | '.join([*values, *(other.value(row[other.name]) for other in others)])} |")
    return rows


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("models", type=Path)
    parser.add_argument("--arch", type=Path, default=HOUSE / "architectures" / "pcm-64.yaml")
    parser.add_argument("--only", default="")
    parser.add_argument("--work", type=Path, default=Path("/tmp/third-party"))
    parser.add_argument("--out", type=Path, default=HOUSE / "tests" / "published" / "third-party.md")
    asked = parser.parse_args()
    lines = [
        "# Networks from packages, judged by their own task", "",
        f"    OPENBLAS_NUM_THREADS=1 python tools/study_third_party.py MODELS --arch architectures/{asked.arch.name}", "",
        f"{date.today():%d %B %Y}, Python {platform.python_version()}, NumPy {np.__version__}, onnx {onnx.__version__}, seed {SEED}.", "",
        "Buffers of the tiles are larger than described, as whole sequences wait in them; their energy per bit is left as described, too "
        "little for such sizes. All else is as in the file of the chip.", "",
        "Trained by others, not for analog chips, and not trained again. Nothing of the packages lies in this repository.", "",
    ]  # fmt: skip
    for cls in MODELS:
        if asked.only in ("", cls.name):
            folder = asked.work / cls.name
            folder.mkdir(parents=True, exist_ok=True)
            lines += told(cls(asked.models, folder), asked.arch)
            print("\n".join(lines), flush=True)
    asked.out.write_text("\n".join([*lines, REMARKS, ""] if not asked.only else lines), encoding="utf-8")


if __name__ == "__main__":
    main()
