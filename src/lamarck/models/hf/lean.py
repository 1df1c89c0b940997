"""A step of small Llama-like models in few kernels: at their size, calling kernels costs more than what they compute.

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
from lamarck.models.hf.slots import Slots

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
        rows, eps, width = len(ids), self._eps, self._width
        x = self._embed[ids]
        shape, turned = (x.shape[1],), self._heads + self._key_heads
        first = slots.first
        views = [
            (begin, end, at - first, None if mask is None else mask[begin:end, ..., at - first :])
            for begin, end, at in slots.chunks()
        ]
        cos, sin = self._cos[positions][:, None], self._sin[positions][:, None]
        for layer, cache in zip(self._layers, slots.layers, strict=True):
            mixed = F.rms_norm(x, shape, layer.before, eps) @ layer.qkv
            if layer.qkv_bias is not None:
                mixed = mixed + layer.qkv_bias
            heads = mixed.view(rows, -1, width)
            both = heads[:, :turned]
            if layer.q_norm is not None and layer.k_norm is not None:
                q = F.rms_norm(both[:, : self._heads], (width,), layer.q_norm, eps)
                both = torch.cat((q, F.rms_norm(both[:, self._heads :], (width,), layer.k_norm, eps)), 1)
            low, high = both.chunk(2, -1)
            both = torch.addcmul(both * cos, torch.cat((-high, low), -1), sin)
            keys, values = cache.update(both[:, self._heads :, None], heads[:, turned:, None])
            q = both[:, : self._heads].view(rows, self._key_heads, -1, width)
            parts = [
                F.scaled_dot_product_attention(
                    q[begin:end], keys[begin:end, :, at:], values[begin:end, :, at:], attn_mask=seen, scale=self._scale
                )
                for begin, end, at, seen in views
            ]
            mixed = parts[0] if len(parts) == 1 else torch.cat(parts)
            x = torch.addmm(x, mixed.reshape(rows, -1), layer.out)
            gate, up = (F.rms_norm(x, shape, layer.between, eps) @ layer.gate_up).chunk(2, -1)
            x = torch.addmm(x, F.silu(gate).mul_(up), layer.down)
        return F.rms_norm(x, shape, self._norm, eps) @ self._head


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
