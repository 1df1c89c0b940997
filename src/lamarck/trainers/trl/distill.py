"""Distillation: labels, and another model's distribution over every learned token.

Source: FuseLLM, Wan et al. 2024 (arXiv:2401.10491), equation 5: weight times the likelihood of the labels plus the
rest times the cross-entropy to the source's distribution. Differs: one source with the same tokens, so nothing has to
be aligned or fused; the divergence is taken instead of the cross-entropy, which has the same gradient. TRL's own
distillation samples from the learner itself, which is another method (GKD, arXiv:2306.13649).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, cast

import torch
import torch.nn.functional as F
from torch import Tensor

from lamarck.trainers.lean.sft import IGNORED
from lamarck.trainers.trl import sft
from lamarck.trainers.trl.exchange import DistillSettings, Order
from lamarck.trainers.trl.model import Opened
from lamarck.trainers.trl.rows import Numbered

FIGURES = {**sft.FIGURES, "divergence": "divergence"}
"""What TRL logs -> what we call it."""


class Distill(sft.SFT):
    """TRL's supervised trainer with a second model beside it."""

    teacher: Any = None
    share = 1.0
    """Of the labels."""

    def compute_loss(
        self, model: Any, inputs: Any, return_outputs: bool = False, num_items_in_batch: Any = None
    ) -> Any:
        """The two losses by their shares."""
        weights, labels = inputs["weights"], inputs["labels"]
        seen = {name: inputs[name] for name in ("input_ids", "attention_mask")}
        own = cast("Any", super()).compute_loss(model, inputs, False, num_items_in_batch)
        with torch.no_grad():
            told = self.teacher(**seen, use_cache=False).logits
        apart = divergence(model(**seen, use_cache=False).logits, told)
        counts = (labels[:, 1:] != IGNORED) * weights[:, None] * self._scale
        far = (apart[:, :-1] * counts).sum() / torch.as_tensor(num_items_in_batch).clamp(min=1)
        self._metrics["train"]["divergence"].append(far.item())
        return self.share * own + (1 - self.share) * far


def divergence(logits: Tensor, told: Tensor) -> Tensor:
    """Kullback-Leibler divergence of a model's distributions from those it is told, in nats, (B,T)."""
    target = F.log_softmax(told.float(), -1)
    return (target.exp() * (target - F.log_softmax(logits.float(), -1))).sum(-1)


def trainer(order: Order, opened: Opened, rows: Sequence[Numbered], **more: Any) -> sft.SFT:
    """The trainer of an order. In: its rows in the order of training."""
    made = cast("Distill", sft.trainer(order, opened, rows, kind=Distill, **more))
    made.teacher = opened.teacher.to(made.args.device)
    made.share = cast("DistillSettings", order.settings).weight
    return made
