"""Muon on the matrices inside blocks, AdamW on embeddings, head and norms; one learning rate.

Source: Jordan et al. 2024 (kellerjordan.github.io/posts/muon); the update's scale of
0.2 sqrt(larger side) is from Liu et al. 2025 (arXiv:2502.16982), so that AdamW's rates carry over.
Differs: the iteration runs in fp32; a fused matrix is orthogonalised part by part.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import cast

import torch
from torch import Tensor, nn


def orthogonalise(g: Tensor, steps: int = 5) -> Tensor:
    """The nearest (semi-)orthogonal matrix, roughly: Newton-Schulz iteration. In: (..., m, n)."""
    a, b, c = 3.4445, -4.7750, 2.0315
    tall = g.shape[-2] > g.shape[-1]
    x = g.mT if tall else g
    x = x / (cast("Tensor", torch.linalg.vector_norm(x, dim=(-2, -1), keepdim=True)) + 1e-7)
    for _ in range(steps):
        square = x @ x.mT
        x = a * x + (b * square + c * square @ square) @ x
    return x.mT if tall else x


class Muon(torch.optim.Optimizer):
    """In: named weights. Matrices of blocks (`blocks.` in the name) go to Muon, the rest to AdamW."""

    def __init__(
        self,
        named: Iterable[tuple[str, nn.Parameter]],
        lr: float,
        *,
        weight_decay: float = 0.05,
        momentum: float = 0.95,
    ) -> None:
        inside, outside = list[tuple[str, nn.Parameter]](), list[nn.Parameter]()
        for name, weight in named:
            if weight.dim() == 2 and "blocks." in name:
                inside.append((name, weight))
            else:
                outside.append(weight)
        self._cuts = [_cuts(name, weight) for name, weight in inside]
        self._rest = torch.optim.AdamW(outside, lr=lr, betas=(0.9, 0.98), weight_decay=0.01)
        defaults = {"lr": lr, "weight_decay": weight_decay, "momentum": momentum}
        super().__init__([weight for _, weight in inside], defaults)
        self.add_param_group({"params": outside})

    @torch.no_grad()
    def step(self, closure: None = None) -> None:  # pyright: ignore[reportIncompatibleMethodOverride]
        """One update of every weight from its gradient."""
        group = self.param_groups[0]
        for rest in self._rest.param_groups:
            rest["lr"] = group["lr"]
        self._rest.step()
        for weight, cuts in zip(group["params"], self._cuts, strict=True):
            state = self.state[weight]
            if not state:
                state["momentum"] = torch.zeros_like(weight)
            speed: Tensor = state["momentum"]
            speed.mul_(group["momentum"]).add_(weight.grad)
            ahead = weight.grad + group["momentum"] * speed
            updates = [orthogonalise(g) * (0.2 * max(g.shape) ** 0.5) for g in ahead.split(cuts)]
            weight.mul_(1 - group["lr"] * group["weight_decay"])
            weight.add_(torch.cat(updates), alpha=-group["lr"])


def _cuts(name: str, weight: Tensor) -> list[int]:
    rows, columns = weight.shape
    if "qkv" in name:
        kept = (rows - columns) // 2
        return [columns, kept, kept]
    return [rows // 2, rows // 2] if "gate_up" in name else [rows]
