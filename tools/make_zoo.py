"""Writes the larger shapes of workloads/: ResNet-18 and -50, MobileNetV2, VGG-8, GPT-2 small, layer by layer from their papers.

    python tools/make_zoo.py [FOLDER]

A shape has no weights: `random:` draws them. Batch normalisation is folded into the convolution before it, as it costs nothing there, so
a convolution has a bias in place of the four numbers of each channel. Nothing but the standard library is needed.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from pathlib import Path

HOME = Path(__file__).parents[1] / "workloads"

RESNET = """{title} for images of 224 x 224 in 1,000 classes: {what} (He et al., CVPR 2016,
doi:10.1109/CVPR.2016.90, table 1; shortcuts of type B: a projection where the shape changes). {count}
Batch normalisation folded. Shape only: weights and inputs are drawn, so that time, energy and tiles can be told, and no accuracy."""

MOBILENET = """MobileNetV2 1.0 for images of 224 x 224 in 1,000 classes (Sandler et al., CVPR 2018, doi:10.1109/CVPR.2018.00474,
table 2): 3,469,760 weights, 300,774,272 MACs. A depthwise convolution multiplies each channel by itself, so on an array its weights lie
along the diagonal and nearly all cells stay empty. Batch normalisation folded. Shape only: weights and inputs are drawn, no accuracy."""

VGG8 = """VGG-8 for images of 32 x 32 in ten classes, the network that DNN+NeuroSim is shown with (Peng et al., IEDM 2019,
doi:10.1109/IEDM19573.2019.8993491): six convolutions of 128, 128, 256, 256, 512, 512 and layers of 1,024 and 10; 12,973,440 weights,
615,917,568 MACs. Batch normalisation folded. Shape only: weights and inputs are drawn, so that time, energy and tiles can be told."""

GPT2 = """The blocks of GPT-2 small (Radford et al., "Language models are unsupervised multitask learners", OpenAI 2019, table 2: 12
blocks of 768 features, 12 heads; hidden features 3,072): 84,934,656 weights in matrices. 128 tokens, in rows of 8; for the context of
1,024, say --set workload.input.shape=[768,128,8]. Left out: the embedding of 50,257 words (a table that is looked up, 38,597,376
numbers, with 786,432 for the positions) and the read-out with the same table (another 768 x 50,257 weights on tiles for each word).
Shape only: weights and inputs are drawn, so that time, energy and tiles can be told, and no accuracy."""


def item(**keys: object) -> str:
    """A layer as one line of YAML."""
    return "{" + ", ".join(f"{name}: {value}" for name, value in keys.items()) + "}"


def conv(name: str, out: int, kernel: int = 1, stride: int = 1, groups: int = 1, activation: str = "relu", source: str = "") -> str:
    """A convolution that keeps the size of the image, or divides it by the stride."""
    given = {"stride": (stride, 1), "padding": (kernel // 2, 0), "groups": (groups, 1), "activation": (activation, "")}
    keys = {key: value for key, (value, usual) in given.items() if value != usual}
    return item(type="conv2d", name=name, **({"inputs": f"[{source}]"} if source else {}), out_channels=out, kernel=kernel, **keys)


def resnet(blocks: tuple[int, ...], bottleneck: bool) -> Iterator[str]:
    """The stem, four stages of residual blocks, the read-out."""
    yield conv("conv1", 64, 7, 2)
    yield item(type="max_pool", name="pool1", kernel=3, stride=2, padding=1)
    source, channels = "pool1", 64
    for stage, count in enumerate(blocks):
        width = 64 << stage
        out = 4 * width if bottleneck else width
        for number in range(count):
            name, stride = f"layer{stage + 1}.{number}", 2 if stage and not number else 1
            yield f"# {name}"
            yield from residual(name, source, width, out, stride, bottleneck)
            shortcut = source
            if channels != out or stride > 1:
                shortcut = f"{name}.shortcut"
                yield conv(shortcut, out, 1, stride, activation="", source=source)
            last = f"{name}.conv{3 if bottleneck else 2}"
            yield item(type="add", name=f"{name}.sum", inputs=f"[{last}, {shortcut}]")
            yield item(type="activation", name=f"{name}.relu", function="relu")
            source, channels = f"{name}.relu", out
    yield item(type="average_pool", name="pool2", kernel=7)
    yield item(type="linear", name="fc", out_features=1000)


def residual(name: str, source: str, width: int, out: int, stride: int, bottleneck: bool) -> Iterator[str]:
    """The convolutions of a block; in a bottleneck the one of 3 x 3 has the stride, as in later implementations (4.1 GMAC)."""
    if not bottleneck:
        yield conv(f"{name}.conv1", width, 3, stride, source=source)
        yield conv(f"{name}.conv2", out, 3, activation="")
        return
    yield conv(f"{name}.conv1", width, source=source)
    yield conv(f"{name}.conv2", width, 3, stride)
    yield conv(f"{name}.conv3", out, activation="")


TABLE = ((1, 16, 1, 1), (6, 24, 2, 2), (6, 32, 3, 2), (6, 64, 4, 2), (6, 96, 3, 1), (6, 160, 3, 2), (6, 320, 1, 1))


def mobilenet() -> Iterator[str]:
    """Inverted residual blocks: expand, depthwise, project; t, c, n, s of table 2."""
    yield conv("conv1", 32, 3, 2, activation="relu6")
    source, channels, number = "conv1", 32, 0
    for factor, out, count, first in TABLE:
        for place in range(count):
            name, wide, stride = f"block{number}", factor * channels, 1 if place else first
            yield f"# {name}"
            if factor > 1:
                yield conv(f"{name}.expand", wide, activation="relu6", source=source)
            yield conv(f"{name}.depthwise", wide, 3, stride, groups=wide, activation="relu6", source="" if factor > 1 else source)
            yield conv(f"{name}.project", out, activation="")
            inner, source = source, f"{name}.project"
            if stride == 1 and channels == out:
                yield item(type="add", name=f"{name}.sum", inputs=f"[{source}, {inner}]")
                source = f"{name}.sum"
            channels, number = out, number + 1
    yield conv("conv2", 1280, activation="relu6")
    yield item(type="average_pool", name="pool", kernel=7)
    yield item(type="linear", name="fc", out_features=1000)


def vgg8() -> Iterator[str]:
    """Three pairs of convolutions with a pool behind each."""
    for pair, out in enumerate((128, 256, 512), start=1):
        for number in (1, 2):
            yield conv(f"conv{pair}.{number}", out, 3)
        yield item(type="max_pool", name=f"pool{pair}", kernel=2)
    yield item(type="linear", name="fc1", out_features=1024, activation="relu")
    yield item(type="linear", name="fc2", out_features=10)


def gpt2() -> Iterator[str]:
    """Blocks with normalisation before attention and before the hidden layer, and one at the end."""
    source = "input"
    for block in range(12):
        yield f"# block {block}"
        yield item(type="layer_norm", name=f"{block}.norm1", inputs=f"[{source}]")
        for part in ("query", "key", "value"):
            yield conv(f"{block}.{part}", 768, activation="", source=f"{block}.norm1")
        heads = f"[{block}.query, {block}.key, {block}.value]"
        yield item(type="attention", name=f"{block}.attention", head_size=64, causal="true", inputs=heads)
        yield conv(f"{block}.output", 768, activation="")
        yield item(type="add", name=f"{block}.sum1", inputs=f"[{block}.output, {source}]")
        yield item(type="layer_norm", name=f"{block}.norm2")
        yield conv(f"{block}.up", 3072, activation="gelu_tanh")
        yield conv(f"{block}.down", 768, activation="")
        yield item(type="add", name=f"{block}.sum2", inputs=f"[{block}.down, {block}.sum1]")
        source = f"{block}.sum2"
    yield item(type="layer_norm", name="norm")


Shape = tuple[str, str, str, Callable[[], Iterator[str]]]  # title, input, what is drawn, layers
IMAGE, SMALL = "{shape: [3, 224, 224]}", "{shape: [3, 32, 32]}"
ZOO: dict[str, Shape] = {
    "resnet18-imagenet": (
        RESNET.format(title="ResNet-18", what="eight blocks of two convolutions", count="11,678,912 weights, 1,814,073,344 MACs."),
        IMAGE, "{seed: 0, samples: 2}", lambda: resnet((2, 2, 2, 2), False),
    ),
    "resnet50-imagenet": (
        RESNET.format(title="ResNet-50", what="sixteen bottlenecks of three layers", count="25,502,912 weights, 4,089,184,256 MACs."),
        IMAGE, "{seed: 0, samples: 2}", lambda: resnet((3, 4, 6, 3), True),
    ),
    "mobilenetv2-imagenet": (MOBILENET, IMAGE, "{seed: 0, samples: 2}", mobilenet),
    "vgg8-cifar10": (VGG8, SMALL, "{seed: 0, samples: 4}", vgg8),
    "gpt2-small": (GPT2, "{shape: [768, 16, 8]}       # features; 128 tokens", "{seed: 0, samples: 2, inputs: normal}", gpt2),
}  # fmt: skip


def text(name: str) -> str:
    """The file of a shape."""
    title, shape, drawn, layers = ZOO[name]
    head = "".join(f"# {line}\n" for line in title.splitlines()) + f"\nname: {name}\ninput: {shape}\nrandom: {drawn}\nlayers:\n"
    return head + "".join(f"  {line if line.startswith('#') else '- ' + line}\n" for line in layers())


def main() -> None:
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else HOME
    for name in ZOO:
        (folder / f"{name}.yaml").write_text(text(name), encoding="utf-8")


if __name__ == "__main__":
    main()
