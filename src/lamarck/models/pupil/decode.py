"""The forward pass of sampling: keys and values in place, rotation and norms folded into weights.

At one position the rotary embedding is a fixed matrix, so it is multiplied into the query and key
weights once a position and costs nothing a token. Norm weights and the score scale are folded the
same way. The results are those of `llama.py` up to rounding.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor

from lamarck.models.pupil.llama import Block, Llama, Shape, rotate

Cache = list[tuple[Tensor, Tensor]]
"""Keys and values of each layer, (rows, positions, H) each."""
ROWS = 16
"""Rows are computed in multiples of this, so that a row meets the same kernels in any batch."""


@dataclass(frozen=True, kw_only=True)
class Layer:
    """Weights of one block, transposed for `addmm`."""

    qkv: Tensor
    """Before rotation, (D, (heads + 2) * head width)."""
    out: Tensor
    gate_up: Tensor
    down: Tensor


class Decoder:
    """A model made ready to sample from. Holds no state of any text. One key head only."""

    def __init__(self, model: Llama) -> None:
        self.shape: Shape = model.shape
        if self.shape.key_heads != 1:
            raise ValueError(f"the sampler needs one key head, this model has {self.shape.key_heads}")
        with torch.inference_mode():
            self.embed = model.embed.weight.clone()
            self.norm = model.norm.weight.clone()
            self.head = (model.head.weight * model.norm.weight).T.contiguous()
            self.layers = [_layer(block) for block in model.blocks if isinstance(block, Block)]
            self.cos, self.sin = model.cos.clone(), model.sin.clone()
        self._rotated: dict[int, list[Tensor]] = {}

    def rotated(self, position: int) -> list[Tensor]:
        """Each layer's query-key-value weights with the rotation of this position multiplied in."""
        if position not in self._rotated:
            cos, sin = self.cos[position], self.sin[position]
            self._rotated[position] = [self._rotate(layer.qkv, cos, sin) for layer in self.layers]
        return self._rotated[position]

    def _rotate(self, qkv: Tensor, cos: Tensor, sin: Tensor) -> Tensor:
        width = self.shape.head_width
        columns = qkv.view(self.shape.width, -1, width)
        turned = rotate(columns[:, :-1], cos, sin)
        return torch.cat((turned, columns[:, -1:]), 1).view(self.shape.width, -1)

    def cache(self, rows: int, length: int) -> Cache:
        """Room for keys and values of each layer, (rows, length, H) each."""
        size = (rows, length, self.shape.head_width)
        # Zeros, since rows that only fill up a batch are computed too.
        return [(torch.zeros(size), torch.zeros(size)) for _ in self.layers]

    def step(self, ids: Tensor, position: int, cache: Cache) -> Tensor:
        """One token for each row. In: ids (R,), R <= the cache's rows. Out: logits (R,V)."""
        x = self._blocks(ids, position, cache)
        return F.rms_norm(x, (self.shape.width,), None, self.shape.eps) @ self.head

    def look(self, ids: Tensor, position: int, cache: Cache) -> Tensor:
        """The same, but out: the last layer's vectors, normed, (R,D)."""
        return F.rms_norm(self._blocks(ids, position, cache), (self.shape.width,), self.norm, self.shape.eps)

    def listen(self, ids: Tensor, position: int, cache: Cache) -> None:
        """The same for a token of a prompt, whose logits nobody asks for."""
        self._blocks(ids, position, cache, listening=True)

    def _blocks(self, ids: Tensor, position: int, cache: Cache, listening: bool = False) -> Tensor:
        shape, rows = self.shape, len(ids)
        x, width = self.embed[ids], (shape.width,)
        for layer, qkv, (keys, values) in zip(self.layers, self.rotated(position), cache, strict=True):
            mixed = F.rms_norm(x, width, None, shape.eps) @ qkv
            heads = mixed.view(rows, shape.heads + 2, shape.head_width)
            keys[:rows, position] = heads[:, -2]
            values[:rows, position] = heads[:, -1]
            seen_keys, seen_values = keys[:rows, : position + 1], values[:rows, : position + 1]
            if listening and layer is self.layers[-1]:
                return x  # its keys and values are all that later tokens look at
            # torch's own softmax is ten times slower where fewer than 16 numbers stand in a row.
            scores = heads[:, :-2] @ seen_keys.mT
            chances = (scores - scores.amax(-1, keepdim=True)).exp_()
            mixed = (chances @ seen_values).div_(chances.sum(-1, keepdim=True))
            x = torch.addmm(x, mixed.view(rows, -1), layer.out)
            gate, up = (F.rms_norm(x, width, None, shape.eps) @ layer.gate_up).chunk(2, -1)
            x = torch.addmm(x, F.silu(gate).mul_(up), layer.down)
        return x


def _layer(block: Block) -> Layer:
    shape = block.shape
    qkv = (block.qkv.weight * block.before_attention.weight).T.contiguous()
    qkv[:, : shape.width] *= shape.head_width**-0.5
    return Layer(
        qkv=qkv,
        out=block.out.weight.T.contiguous(),
        gate_up=(block.gate_up.weight * block.before_mlp.weight).T.contiguous(),
        down=block.down.weight.T.contiguous(),
    )
