"""An encoder of text with three inputs, as libraries of transformers write it: tokens, a mask that is added to the scores, types."""

import pytest

torch = pytest.importorskip("torch")
from torch import nn  # noqa: E402

INPUTS = ["input_ids", "attention_mask", "token_type_ids"]


class TextEncoder(nn.Module):
    def __init__(self):
        super().__init__()
        self.words, self.places, self.types = nn.Embedding(11, 8), nn.Embedding(6, 8), nn.Embedding(2, 8)
        self.norm, self.qkv, self.out, self.after = nn.LayerNorm(8), nn.Linear(8, 24), nn.Linear(8, 8), nn.LayerNorm(8)
        self.inner, self.last = nn.Sequential(nn.Linear(8, 16), nn.GELU(), nn.Linear(16, 8)), nn.LayerNorm(8)
        self.head = nn.Linear(8, 3)
        self.register_buffer("ids", torch.arange(6)[None])

    def forward(self, input_ids, attention_mask, token_type_ids):
        batch, steps = input_ids.shape
        x = self.norm(self.words(input_ids) + self.types(token_type_ids) + self.places(self.ids[:, :steps]))
        mask = (1.0 - attention_mask[:, None, None, :].to(x.dtype)) * torch.finfo(torch.float32).min
        q, k, v = (part.view(batch, steps, 2, 4).transpose(1, 2) for part in self.qkv(x).split(8, -1))
        heads = (q @ k.transpose(-1, -2) / 2 + mask).softmax(-1) @ v
        x = self.after(x + self.out(heads.transpose(1, 2).reshape(batch, steps, 8)))
        return self.head(self.last(x + self.inner(x))[:, 0])
