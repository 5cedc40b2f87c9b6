"""Small networks of the kinds that are in use, in PyTorch."""

import math

import pytest

torch = pytest.importorskip("torch")
from torch import nn  # noqa: E402

F = nn.functional


class Inverted(nn.Module):
    """A block of MobileNetV2."""

    def __init__(self, inputs, outputs, stride):
        super().__init__()
        wide, self.same = 3 * inputs, stride == 1 and inputs == outputs
        self.parts = nn.Sequential(
            nn.Conv2d(inputs, wide, 1, bias=False), nn.BatchNorm2d(wide), nn.ReLU6(),
            nn.Conv2d(wide, wide, 3, stride, 1, groups=wide, bias=False), nn.BatchNorm2d(wide), nn.ReLU6(),
            nn.Conv2d(wide, outputs, 1, bias=False), nn.BatchNorm2d(outputs),
        )  # fmt: skip

    def forward(self, x):
        return x + self.parts(x) if self.same else self.parts(x)


class Squeeze(nn.Module):
    """Squeeze and excitation with linear layers."""

    def __init__(self, channels):
        super().__init__()
        self.down, self.up = nn.Linear(channels, 2), nn.Linear(2, channels)

    def forward(self, x):
        batch, channels, _, _ = x.shape
        gates = torch.sigmoid(self.up(F.silu(self.down(x.mean((2, 3))))))
        return x * gates.view(batch, channels, 1, 1).expand_as(x)


class Dense(nn.Module):
    """A layer of DenseNet."""

    def __init__(self, channels, growth):
        super().__init__()
        self.parts = nn.Sequential(nn.BatchNorm2d(channels), nn.ReLU(), nn.Conv2d(channels, growth, 3, padding=1, bias=False))

    def forward(self, x):
        return torch.cat([x, self.parts(x)], 1)


class UNet(nn.Module):
    def __init__(self):
        super().__init__()
        self.a, self.b, self.c, self.d = (nn.Conv2d(*size, 3, padding=1) for size in ((2, 4), (4, 8), (12, 4), (4, 2)))
        self.groups, self.instances = nn.GroupNorm(2, 8), nn.InstanceNorm2d(4, affine=True)

    def forward(self, x):
        fine = F.relu(self.a(x))
        coarse = F.relu(self.groups(self.b(F.max_pool2d(fine, 2))))
        both = torch.cat([fine, F.interpolate(coarse, scale_factor=2, mode="nearest")], 1)
        return self.d(F.relu(self.instances(self.c(both))))


class Inception(nn.Module):
    def __init__(self):
        super().__init__()
        self.a = nn.Conv2d(3, 2, 1)
        self.b = nn.Sequential(nn.Conv2d(3, 2, 1), nn.Conv2d(2, 3, (1, 7), padding=(0, 3)), nn.Conv2d(3, 3, (7, 1), padding=(3, 0)))
        self.c = nn.Sequential(nn.AvgPool2d(3, 1, 1, count_include_pad=False), nn.Conv2d(3, 2, 1))
        self.last = nn.Linear(7, 3)

    def forward(self, x):
        return self.last(F.adaptive_avg_pool2d(torch.cat([self.a(x), self.b(x), self.c(x)], 1), 1).flatten(1))


class Causal(nn.Module):
    """A block of a temporal convolutional network."""

    def __init__(self, inputs, outputs, dilation):
        super().__init__()
        self.far = 2 * dilation
        self.conv, self.past = nn.Conv1d(inputs, outputs, 3, padding=self.far, dilation=dilation), nn.Conv1d(inputs, outputs, 1)

    def forward(self, x):
        return torch.relu(self.conv(x)[:, :, : -self.far]) + self.past(x)


class Last(nn.Module):
    def forward(self, x):
        return x[:, :, -1]


class ViT(nn.Module):
    def __init__(self):
        super().__init__()
        self.patches, self.token = nn.Conv2d(3, 8, 4, 4), nn.Parameter(torch.randn(1, 1, 8))
        self.places = nn.Parameter(torch.randn(1, 5, 8))
        self.block = nn.TransformerEncoderLayer(8, 2, 16, batch_first=True, activation="gelu", norm_first=True)
        self.norm, self.head = nn.LayerNorm(8), nn.Linear(8, 3)

    def forward(self, x):
        tokens = self.patches(x).flatten(2).transpose(1, 2)
        tokens = torch.cat([self.token.expand(x.shape[0], -1, -1), tokens], 1) + self.places
        return self.head(self.norm(self.block(tokens))[:, 0])


class Bert(nn.Module):
    """An encoder that does not look at the last two tokens."""

    def __init__(self):
        super().__init__()
        self.table, self.places, self.norm = nn.Embedding(11, 8), nn.Embedding(6, 8), nn.LayerNorm(8)
        self.block = nn.TransformerEncoderLayer(8, 2, 16, batch_first=True, activation="gelu")
        self.pooler, self.head = nn.Linear(8, 8), nn.Linear(8, 2)
        self.register_buffer("hidden", torch.tensor([[0, 0, 0, 0, 1, 1]]).bool())

    def forward(self, x):
        tokens = self.norm(self.table(x) + self.places(torch.arange(x.shape[1])[None]))
        return self.head(torch.tanh(self.pooler(self.block(tokens, src_key_padding_mask=self.hidden)[:, 0])))


class Padded(nn.Module):
    """An encoder that does not look at tokens of number 0, wherever they are."""

    def __init__(self):
        super().__init__()
        self.table, self.head = nn.Embedding(5, 8), nn.Linear(8, 2)
        self.block = nn.TransformerEncoderLayer(8, 2, 16, batch_first=True)

    def forward(self, x):
        seen = (x != 0)[..., None].float()
        return self.head((self.block(self.table(x), src_key_padding_mask=x == 0) * seen).sum(1))


class Decoder(nn.Module):
    """A block of GPT-2."""

    def __init__(self):
        super().__init__()
        self.first, self.second, self.qkv, self.out = nn.LayerNorm(8), nn.LayerNorm(8), nn.Linear(8, 24), nn.Linear(8, 8)
        self.inner = nn.Sequential(nn.Linear(8, 16), nn.GELU(approximate="tanh"), nn.Linear(16, 8))
        self.register_buffer("mask", torch.tril(torch.ones(6, 6))[None, None])

    def forward(self, x):
        batch, steps, size = x.shape
        q, k, v = (part.view(batch, steps, 2, 4).transpose(1, 2) for part in self.qkv(self.first(x)).split(size, 2))
        scores = (q @ k.transpose(-2, -1)) * (1 / math.sqrt(4))
        shares = scores.masked_fill(self.mask[:, :, :steps, :steps] == 0, float("-inf")).softmax(-1)
        x = x + self.out((shares @ v).transpose(1, 2).contiguous().view(batch, steps, size))
        return x + self.inner(self.second(x))


class GPT(nn.Module):
    def __init__(self):
        super().__init__()
        self.table, self.places, self.blocks = nn.Embedding(13, 8), nn.Embedding(6, 8), nn.Sequential(Decoder(), Decoder())
        self.norm, self.head = nn.LayerNorm(8), nn.Linear(8, 13, bias=False)

    def forward(self, x):
        return self.head(self.norm(self.blocks(self.table(x) + self.places(torch.arange(x.shape[1])))))


class Rotary(nn.Module):
    """A block with rotated positions, fewer keys than queries, root mean squares and a gated inner layer, as in Llama."""

    def __init__(self):
        super().__init__()
        self.scale = nn.Parameter(torch.rand(8) + 0.5)
        self.q, self.k, self.v, self.out = (nn.Linear(8, size, bias=False) for size in (8, 4, 4, 8))
        self.gate, self.up, self.down = nn.Linear(8, 16, bias=False), nn.Linear(8, 16, bias=False), nn.Linear(16, 8, bias=False)
        angles = torch.outer(torch.arange(6.0), 1 / 100 ** (torch.arange(0, 4, 2) / 4))
        self.register_buffer("angles", torch.cat([angles, angles], -1))

    def normal(self, x):
        return x * torch.rsqrt(x.pow(2).mean(-1, keepdim=True) + 1e-6) * self.scale

    def turned(self, x):
        return x * self.angles.cos() + torch.cat([-x[..., 2:], x[..., :2]], -1) * self.angles.sin()

    def forward(self, x):
        y = self.normal(x)
        q = self.turned(self.q(y).view(1, 6, 2, 4).transpose(1, 2))
        k, v = (part(y).view(1, 6, 1, 4).transpose(1, 2) for part in (self.k, self.v))
        k, v = self.turned(k).repeat_interleave(2, 1), v.repeat_interleave(2, 1)
        heads = F.scaled_dot_product_attention(q, k, v, is_causal=True)
        x = x + self.out(heads.transpose(1, 2).reshape(1, 6, 8))
        y = self.normal(x)
        return x + self.down(F.silu(self.gate(y)) * self.up(y))


class Windows(nn.Module):
    """Attention in windows that are shifted, with a bias of the distance, as in Swin."""

    def __init__(self):
        super().__init__()
        self.patches, self.norm, self.qkv, self.out = nn.Conv2d(3, 8, 2, 2), nn.LayerNorm(8), nn.Linear(8, 24), nn.Linear(8, 8)
        self.bias = nn.Parameter(torch.randn(2, 4, 4))

    def forward(self, x):
        x = self.patches(x).permute(0, 2, 3, 1)
        batch, height, width, size = x.shape
        y = torch.roll(self.norm(x), (-1, -1), (1, 2)).view(batch, 2, 2, 2, 2, size).permute(0, 1, 3, 2, 4, 5).reshape(-1, 4, size)
        q, k, v = self.qkv(y).reshape(-1, 4, 3, 2, 4).permute(2, 0, 3, 1, 4)
        y = self.out((((q * 0.5) @ k.transpose(-2, -1) + self.bias).softmax(-1) @ v).transpose(1, 2).reshape(-1, 4, size))
        y = y.view(batch, 2, 2, 2, 2, size).permute(0, 1, 3, 2, 4, 5).reshape(batch, height, width, size)
        return x + torch.roll(y, (1, 1), (1, 2))


class Queries(nn.Module):
    """Attention of learned queries."""

    def __init__(self):
        super().__init__()
        self.inner, self.queries = nn.Linear(6, 8), nn.Parameter(torch.randn(1, 3, 8))
        self.heads = nn.MultiheadAttention(8, 2, batch_first=True)

    def forward(self, x):
        x = self.inner(x)
        return self.heads(self.queries, x, x, need_weights=False)[0]


class Places(nn.Module):
    """A gate for every position."""

    def __init__(self):
        super().__init__()
        self.first, self.gate = nn.Conv2d(3, 4, 3, padding=1), nn.Conv2d(2, 1, 3, padding=1)

    def forward(self, x):
        x = self.first(x)
        return x * torch.sigmoid(self.gate(torch.cat([x.mean(1, keepdim=True), x.max(1, keepdim=True)[0]], 1)))


def mobile():
    return nn.Sequential(nn.Conv2d(3, 8, 3, 2, 1, bias=False), nn.BatchNorm2d(8), nn.ReLU6(), Inverted(8, 8, 1), Inverted(8, 12, 2),
                         nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Dropout(), nn.Linear(12, 5))  # fmt: skip


def efficient():
    return nn.Sequential(nn.Conv2d(3, 6, 3, 2, 1, bias=False), nn.BatchNorm2d(6), nn.SiLU(), Squeeze(6), Inverted(6, 6, 1),
                         nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(6, 4))  # fmt: skip


def dense():
    return nn.Sequential(nn.Conv2d(3, 4, 3, padding=1), Dense(4, 3), Dense(7, 3), nn.BatchNorm2d(10), nn.ReLU(), nn.Conv2d(10, 5, 1),
                         nn.AvgPool2d(2), Dense(5, 3), nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(8, 3))  # fmt: skip


def temporal():
    return nn.Sequential(Causal(3, 4, 1), Causal(4, 4, 2), Causal(4, 4, 4), Last(), nn.Linear(4, 3))


# name: how it is made, shape of a sample, number of tokens where it reads these
NETWORKS = {
    "mobile": (mobile, (3, 16, 16), 0), "efficient": (efficient, (3, 12, 12), 0), "dense": (dense, (3, 8, 8), 0),
    "unet": (UNet, (2, 8, 8), 0), "inception": (Inception, (3, 9, 9), 0), "temporal": (temporal, (3, 12), 0), "vit": (ViT, (3, 8, 8), 0),
    "bert": (Bert, (6,), 11), "padded": (Padded, (6,), 5), "gpt": (GPT, (6,), 13), "rotary": (Rotary, (6, 8), 0),
    "windows": (Windows, (3, 8, 8), 0),
    "queries": (Queries, (5, 6), 0), "places": (Places, (3, 6, 6), 0),
}  # fmt: skip
