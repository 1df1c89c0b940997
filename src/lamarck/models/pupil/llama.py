"""The small model as a torch module: the same function as `LlamaForCausalLM`, in fewer kernels.

Query, key and value are one matrix, gate and up another. With one key head (multi-query) all
query heads of a row meet its keys in a single product. See `folder.py` for files.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor, nn


@dataclass(frozen=True, kw_only=True)
class Shape:
    """Sizes of a model, in words of `config.json`'s meaning."""

    vocabulary: int = 280
    width: int = 128
    layers: int = 4
    heads: int = 4
    key_heads: int = 1
    feed_forward: int = 448
    positions: int = 256
    theta: float = 10000.0
    eps: float = 1e-6
    rates: bool = False
    """The head gives one number at each place instead of a chance for each token."""

    @property
    def head_width(self) -> int:
        """Numbers a head works on."""
        return self.width // self.heads


class Norm(nn.Module):
    """Root-mean-square norm."""

    def __init__(self, width: int, eps: float) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.ones(width))
        self.eps = eps

    def forward(self, x: Tensor) -> Tensor:
        """Scale each vector to length 1 a dimension, then by the weight."""
        return F.rms_norm(x, self.weight.shape, self.weight, self.eps)


def rotate(x: Tensor, cos: Tensor, sin: Tensor) -> Tensor:
    """Rotary position embedding over the last dimension, in the half-split layout of Llama."""
    low, high = x.chunk(2, -1)
    return x * cos + torch.cat((-high, low), -1) * sin


class Block(nn.Module):
    """Attention, then a gated feed-forward layer, each added to what came in."""

    def __init__(self, shape: Shape) -> None:
        super().__init__()
        self.shape = shape
        width, kept = shape.width, shape.key_heads * shape.head_width
        self.before_attention = Norm(width, shape.eps)
        self.qkv = nn.Linear(width, width + 2 * kept, bias=False)
        self.out = nn.Linear(width, width, bias=False)
        self.before_mlp = Norm(width, shape.eps)
        self.gate_up = nn.Linear(width, 2 * shape.feed_forward, bias=False)
        self.down = nn.Linear(shape.feed_forward, width, bias=False)

    def forward(self, x: Tensor, cos: Tensor, sin: Tensor, mask: Tensor) -> Tensor:
        """In and out: (B,T,D)."""
        return self.feed(x + self.attend(x, cos, sin, mask)[0])

    def attend(self, x: Tensor, cos: Tensor, sin: Tensor, mask: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """In: x (B,T,D), mask (T,T) added to the scores. Out: (B,T,D), keys and values (B,K,T,H)."""
        shape, (rows, length, width) = self.shape, x.shape
        group = shape.heads // shape.key_heads
        kept = shape.key_heads * shape.head_width
        q, k, v = self.qkv(self.before_attention(x)).split((width, kept, kept), -1)
        q = rotate(q.view(rows, length, shape.heads, -1).transpose(1, 2), cos, sin)
        k = rotate(k.view(rows, length, shape.key_heads, -1).transpose(1, 2), cos, sin)
        v = v.view(rows, length, shape.key_heads, -1).transpose(1, 2)
        scores = q.reshape(rows, shape.key_heads, group * length, -1) @ k.transpose(-1, -2)
        scores = scores.view(rows, shape.heads, length, length) * shape.head_width**-0.5
        chances = (scores + mask).softmax(-1)
        mixed = chances.view(rows, shape.key_heads, group * length, length) @ v
        mixed = mixed.view(rows, shape.heads, length, -1).transpose(1, 2)
        return self.out(mixed.reshape(rows, length, width)), k, v

    def feed(self, x: Tensor) -> Tensor:
        """The second half of the block."""
        gate, up = self.gate_up(self.before_mlp(x)).chunk(2, -1)
        return x + self.down(F.silu(gate) * up)


class Llama(nn.Module):
    """In: token ids (B,T), right-padded if at all. Out: logits (B,T,V), or of a model that rates numbers (B,T,1)."""

    cos: Tensor
    sin: Tensor
    mask: Tensor

    def __init__(self, shape: Shape) -> None:
        super().__init__()
        self.shape = shape
        self.embed = nn.Embedding(shape.vocabulary, shape.width)
        self.blocks = nn.ModuleList(Block(shape) for _ in range(shape.layers))
        self.norm = Norm(shape.width, shape.eps)
        self.head = nn.Linear(shape.width, 1 if shape.rates else shape.vocabulary, bias=False)
        half = torch.arange(0, shape.head_width, 2).float() / shape.head_width
        angles = torch.outer(torch.arange(shape.positions).float(), 1.0 / shape.theta**half)
        angles = torch.cat((angles, angles), -1)
        mask = torch.full((shape.positions, shape.positions), float("-inf")).triu(1)
        self.register_buffer("cos", angles.cos(), persistent=False)
        self.register_buffer("sin", angles.sin(), persistent=False)
        self.register_buffer("mask", mask, persistent=False)

    def forward(self, ids: Tensor) -> Tensor:
        """In: ids (B,T). Out: what the head gives. Raises: ValueError for more tokens than positions."""
        if ids.shape[1] > self.shape.positions:
            raise ValueError(f"{ids.shape[1]} tokens, but the model has {self.shape.positions} positions")
        length, x = ids.shape[1], self.embed(ids)
        cos, sin, mask = self.cos[:length], self.sin[:length], self.mask[:length, :length]
        for block in self.blocks:
            x = block(x, cos, sin, mask)
        return self.head(self.norm(x))


def initialise(model: Llama, seed: int) -> None:
    """Fresh weights: normal, .02 (.05 for embeddings), residual outputs smaller by depth."""
    source = torch.Generator().manual_seed(seed)
    small = 0.02 / (2 * model.shape.layers) ** 0.5
    with torch.no_grad():
        for name, weight in model.named_parameters():
            if weight.dim() < 2:
                continue
            residual = name.endswith(("out.weight", "down.weight"))
            std = 0.05 if name.startswith("embed") else small if residual else 0.02
            weight.normal_(0.0, std, generator=source)
