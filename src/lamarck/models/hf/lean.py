"""The passes of small Llama-like models in few kernels: at their size, calling one costs more than what it computes.

The function is that of transformers' modules, on the same weights: query, key and value as one matrix, gate and up as
another, transposed once. Whether it fits a model is found out by trying, see `probing`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from lamarck.models.hf.loading import Loaded
from lamarck.models.hf.slots import Pair, Slots

FAMILIES = ("llama", "mistral", "qwen2", "qwen3")
"""Root-mean-square norms, rotary positions, gated feed-forward layers, nothing else."""
FIXED = ("default", "linear", "llama3")
"""Rotary embeddings that do not depend on how long the text is."""
WEIGHTS = 30_000_000
"""Beyond so many, kernels compute longer than it takes to call them, and a second copy costs memory."""


@dataclass(frozen=True, kw_only=True)
class _Layer:
    """Weights of a block, transposed for `addmm`."""

    qkv: Tensor
    qkv_bias: Tensor | None
    out: Tensor
    gate_up: Tensor
    down: Tensor
    before: Tensor
    between: Tensor
    q_norm: Tensor | None
    k_norm: Tensor | None


def fits(loaded: Loaded) -> bool:
    """Whether a model is of a family that a lean step is written for, and small."""
    module, config = loaded.module, loaded.module.config
    rope: dict[str, Any] = getattr(config, "rope_parameters", None) or {}
    return (
        config.model_type in FAMILIES
        and not loaded.windowed
        and loaded.device.type == "cpu"
        and loaded.positions is not None
        and config.hidden_act == "silu"
        and rope.get("rope_type", "default") in FIXED
        and module.num_parameters() <= WEIGHTS
        and not any(getattr(layer.self_attn.o_proj, "bias", None) is not None for layer in module.model.layers)
        and not any(getattr(layer.mlp.down_proj, "bias", None) is not None for layer in module.model.layers)
    )


class Lean:
    """A model made ready to step. Holds no state of any text."""

    def __init__(self, loaded: Loaded) -> None:
        model, config = loaded.module.model, loaded.module.config
        self._heads, self._key_heads = int(config.num_attention_heads), int(config.num_key_value_heads)
        self._width = int(model.layers[0].self_attn.head_dim)
        self._scale, self._eps = float(model.layers[0].self_attn.scaling), float(config.rms_norm_eps)
        self._embed: Tensor = model.embed_tokens.weight
        self._norm: Tensor = model.norm.weight
        self._head = _turned(loaded.module.lm_head)
        self._layers = [_layer(layer) for layer in model.layers]
        positions = torch.arange(loaded.positions or 1)[None]
        cos, sin = model.rotary_emb(self._embed[:1][None], position_ids=positions)
        self._cos, self._sin = cos[0], sin[0]

    def step(self, ids: Tensor, positions: Tensor, slots: Slots, mask: Tensor | None) -> Tensor:
        """One token for each row. In: ids (R,), positions (R,), what each row may look at. Out: logits (R,V)."""
        x, rows = self._embed[ids], len(ids)
        first = slots.first
        views = [
            (begin, end, at - first, None if mask is None else mask[begin:end, ..., at - first :])
            for begin, end, at in slots.chunks()
        ]
        cos, sin = self._cos[positions][:, None], self._sin[positions][:, None]
        for layer, cache in zip(self._layers, slots.layers, strict=True):
            q, k, v = self._heard(x, layer, cos, sin)
            keys, values = cache.update(k[:, :, None], v[:, :, None])
            q = q.view(rows, self._key_heads, -1, self._width)
            parts = [
                F.scaled_dot_product_attention(
                    q[begin:end], keys[begin:end, :, at:], values[begin:end, :, at:], attn_mask=seen, scale=self._scale
                )
                for begin, end, at, seen in views
            ]
            x = self._said(x, parts[0] if len(parts) == 1 else torch.cat(parts), layer)
        return self._logits(x)

    def read(self, ids: Tensor, ends: Tensor) -> tuple[list[Pair], Tensor]:
        """Prompts at once. In: ids (B,T), where each prompt ends (B,). Out: each layer's keys and values, (B,K,T,H)
        each, and the logits after the ends (B,V)."""
        (rows, length), pairs = ids.shape, list[Pair]()
        x, places = self._embed[ids].view(rows * length, -1), torch.arange(length)
        cos, sin = (table[places].repeat(rows, 1)[:, None] for table in (self._cos, self._sin))
        last = torch.arange(rows) * length + ends
        seen = torch.where(places <= ends[:, None], 0.0, torch.finfo(x.dtype).min)[:, None, None]
        for layer in self._layers:
            q, *both = self._heard(x, layer, cos, sin)
            keys, values = (one.view(rows, length, -1, self._width).transpose(1, 2) for one in both)
            pairs.append((keys, values))
            if layer is self._layers[-1]:  # of the last block only what the next token is chosen by
                q = q[last].view(rows, self._key_heads, -1, self._width)
                mixed = F.scaled_dot_product_attention(q, keys, values, attn_mask=seen, scale=self._scale)
                x = self._said(x[last], mixed, layer)
            else:
                q = q.view(rows, length, -1, self._width).transpose(1, 2)
                mixed = F.scaled_dot_product_attention(
                    q, keys, values, is_causal=True, scale=self._scale, enable_gqa=True
                )
                x = self._said(x, mixed.transpose(1, 2), layer)
        return pairs, self._logits(x)

    def _heard(self, x: Tensor, layer: _Layer, cos: Tensor, sin: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Queries, keys and values of tokens, (N, heads, H) each."""
        eps, width, turned = self._eps, self._width, self._heads + self._key_heads
        mixed = F.rms_norm(x, (x.shape[1],), layer.before, eps) @ layer.qkv
        if layer.qkv_bias is not None:
            mixed = mixed + layer.qkv_bias
        heads = mixed.view(len(x), -1, width)
        both = heads[:, :turned]
        if layer.q_norm is not None and layer.k_norm is not None:
            q = F.rms_norm(both[:, : self._heads], (width,), layer.q_norm, eps)
            both = torch.cat((q, F.rms_norm(both[:, self._heads :], (width,), layer.k_norm, eps)), 1)
        low, high = both.chunk(2, -1)
        both = torch.addcmul(both * cos, torch.cat((-high, low), -1), sin)
        return both[:, : self._heads], both[:, self._heads :], heads[:, turned:]

    def _said(self, x: Tensor, mixed: Tensor, layer: _Layer) -> Tensor:
        """What a block makes of tokens and of what they looked at."""
        x = torch.addmm(x, mixed.reshape(len(x), -1), layer.out)
        gate, up = (F.rms_norm(x, (x.shape[1],), layer.between, self._eps) @ layer.gate_up).chunk(2, -1)
        return torch.addmm(x, F.silu(gate).mul_(up), layer.down)

    def _logits(self, x: Tensor) -> Tensor:
        return F.rms_norm(x, (x.shape[1],), self._norm, self._eps) @ self._head


def _layer(layer: Any) -> _Layer:
    attention, mlp = layer.self_attn, layer.mlp
    three = (attention.q_proj, attention.k_proj, attention.v_proj)
    biases = [one.bias for one in three if one.bias is not None]
    return _Layer(
        qkv=torch.cat([one.weight for one in three]).T.contiguous(),
        qkv_bias=torch.cat(biases) if len(biases) == len(three) else None,
        out=_turned(attention.o_proj),
        gate_up=torch.cat([mlp.gate_proj.weight, mlp.up_proj.weight]).T.contiguous(),
        down=_turned(mlp.down_proj),
        before=layer.input_layernorm.weight,
        between=layer.post_attention_layernorm.weight,
        q_norm=getattr(getattr(attention, "q_norm", None), "weight", None),
        k_norm=getattr(getattr(attention, "k_norm", None), "weight", None),
    )


def _turned(linear: nn.Linear) -> Tensor:
    return linear.weight.T.contiguous()
