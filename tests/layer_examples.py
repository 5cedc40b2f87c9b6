"""Small stacks of layers with one of every digital kind, for images of 4 channels, 6 x 6."""

from builders import add, conv, linear, pool


def layer(kind, *inputs, **keys):
    return {"type": kind, "name": kind} | ({"inputs": list(inputs)} if inputs else {}) | keys


ONE = {
    "add": [conv("a", 3), conv("b", 3, inputs=["input"]), add("add", "a", "b")],
    "subtract": [conv("a", 3), conv("b", 3, inputs=["input"]), layer("subtract", "a", "b")],
    "multiply": [conv("a", 3), conv("b", 3, 6, inputs=["input"]), layer("multiply", "a", "b")],
    "concat": [conv("a", 3), conv("b", 2, inputs=["input"]), layer("concat", "b", "a")],
    "maximum": [conv("a", 3), conv("b", 3, inputs=["input"]), layer("maximum", "a", "b")],
    "minimum": [conv("a", 3), conv("b", 3, inputs=["input"]), layer("minimum", "a", "b")],
    "scale": [conv("a", 3), layer("scale")],
    "offset": [conv("a", 3), layer("offset")],
    "gain": [conv("a", 3), layer("gain")],
    "prelu": [conv("a", 3), layer("prelu")],
    "prelu of places": [conv("a", 3), layer("prelu", each_place=True)],
    "local_response_norm": [conv("a", 7), layer("local_response_norm", size=4, alpha=0.5, bias=2.0)],
    "slice": [conv("a", 5), layer("slice", channels=[1, 4], rows=[0, 4, 2], columns=[1, 3])],
    "pad": [conv("a", 3), layer("pad", padding=[1, 0, 2, 3], value=0.7)],
    "clip": [conv("a", 3), layer("clip", low=-0.5)],
    "softmax": [conv("a", 3), layer("softmax")],
    "log softmax": [conv("a", 3), layer("softmax", log=True)],
    **{name: [conv("a", 3), layer("reduce", function=name)] for name in ("mean", "sum", "max", "min", "product")},
    "layer_norm": [conv("a", 5), layer("layer_norm")],
    "layer_norm without": [conv("a", 5), layer("layer_norm", affine=False)],
    "batch_norm": [conv("a", 5), layer("batch_norm")],
    "max_pool": [conv("a", 3), pool("p", 2)],
    "max_pool with all": [conv("a", 3, 1), pool("p", [3, 2], stride=[2, 1], padding=[1, 0, 1, 1], ceil=True)],
    "max_pool with holes": [conv("a", 3, 1), pool("p", 2, stride=1, dilation=3)],
    "average_pool": [conv("a", 3, 1), layer("average_pool", kernel=3, stride=2, padding=1)],
    "average_pool without its margin": [conv("a", 3, 1), layer("average_pool", kernel=3, stride=2, padding=1, count_padding=False)],
    "average_pool with more": [conv("a", 3, 1), layer("average_pool", kernel=3, stride=2, ceil=True)],
    "flatten": [conv("a", 3), layer("flatten"), linear("fc", 4)],
    "product along channels": [conv("a", 4), conv("b", 4, inputs=["input"]), layer("product", "a", "b", groups=2, factor=0.5)],
    "product along positions": [
        conv("a", 32), conv("b", 6, inputs=["input"]), layer("product", "a", "b", groups=2, along="positions")],
    "rearrange": [conv("a", 4), layer("rearrange", sizes=[2, 2, 4, 4], order=[2, 0, 3, 1, 4], shape=[1, 8, 16], repeats=[2])],
    "conv with all": [conv("a", 6, [3, 2], stride=[2, 1], padding=[1, 0, 2, 1], dilation=[1, 2], groups=2, activation="relu")],
    "depthwise": [conv("a", 8, 3, groups=4, padding=1, bias=False)],
}  # fmt: skip
