"""Supervised fine-tuning: the likelihood of the learned tokens, by the rows' weights. TRL's loss, our masks."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, cast

import torch
from torch import Tensor

from lamarck.trainers.lean.sft import IGNORED
from lamarck.trainers.trl.arguments import arguments
from lamarck.trainers.trl.exchange import Order
from lamarck.trainers.trl.head import small, told
from lamarck.trainers.trl.library import Dataset, SFTConfig, SFTTrainer
from lamarck.trainers.trl.model import Opened
from lamarck.trainers.trl.rows import Numbered, padded
from lamarck.trainers.trl.watch import Watched

FIGURES = {"mean_token_accuracy": "accuracy", "entropy": "entropy"}
"""What TRL logs -> what we call it."""


class SFT(Watched, SFTTrainer):
    """TRL's trainer over rows that know their weights."""

    train_dataset: Any
    _scale = 1.0

    def _get_num_items_in_batch(self, batch_samples: list[Any], device: Any) -> Any:
        """Learned tokens of a step. The loss divides by them; `_scale` makes it a mean by weight."""
        count = cast("Any", super())._get_num_items_in_batch(batch_samples, device)
        counts = [_learned(one) * one["weights"][:, None] for one in batch_samples]
        total = self.accelerator.gather(torch.stack([one.sum() for one in counts]).sum().to(device)).sum()
        self._scale = float(count / total) if float(total) else 0.0
        return count

    def compute_loss(
        self, model: Any, inputs: Any, return_outputs: bool = False, num_items_in_batch: Any = None
    ) -> Any:
        """TRL's loss of a model whose log-probabilities count by the rows' weights."""
        weights = inputs.pop("weights")[:, None] * self._scale

        def weighed(*, labels: Tensor, fused_lm_head: bool, **asked: Any) -> Any:
            if small(self.model, labels) and not self.aux_loss_enabled:
                out = told(model, labels, **asked)
            else:
                out = model(labels=labels, fused_lm_head=fused_lm_head, **asked)
            out.log_probs = out.log_probs * weights
            return out

        return cast("Any", super()).compute_loss(weighed, inputs, return_outputs, num_items_in_batch)


def _learned(batch: Any) -> Tensor:
    return batch["labels"][:, 1:] != IGNORED


def trainer(order: Order, opened: Opened, rows: Sequence[Numbered], kind: type[SFT] = SFT, **more: Any) -> SFT:
    """The trainer of an order. In: its rows in the order of training."""
    common = arguments(order.settings, order.work, order.settings.batch)
    made = kind(
        model=opened.model,
        args=SFTConfig(**common, max_length=None, dataset_kwargs={"skip_prepare_dataset": True}),
        train_dataset=numbers(rows),
        data_collator=collator(rows, opened.words.tokenizer),
        processing_class=opened.words.tokenizer,
        peft_config=opened.lora,
        **more,
    )
    # TRL wants a table; a list is read faster
    made.train_dataset = [{"at": at} for at in range(len(rows))]
    return made


def numbers(rows: Sequence[Numbered]) -> Any:
    """What goes through TRL in place of the rows: where each lies. The collator looks them up."""
    return Dataset.from_dict({"at": list(range(len(rows)))})


def collator(rows: Sequence[Numbered], tokenizer: Any) -> Any:
    """Makes a batch of rows side by side."""

    def collate(examples: Sequence[Any]) -> dict[str, Any]:
        some = [rows[int(one["at"])] for one in examples]
        return {**padded([one.made for one in some], tokenizer.pad_token_id), "rows": [one.row for one in some]}

    return collate
