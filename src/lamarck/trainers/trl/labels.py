"""A classifier: one number for a text, above zero where it is right.

Source: the quality classifier of SciGLM (arXiv:2401.07950), section 3.3: a linear layer on the last hidden state,
binary cross-entropy. TRL has no such trainer: this is its trainer of reward models with another loss.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, cast

import torch
import torch.nn.functional as F

from lamarck.trainers.trl.arguments import arguments
from lamarck.trainers.trl.exchange import LabelSettings, Order
from lamarck.trainers.trl.library import RewardConfig
from lamarck.trainers.trl.model import Opened
from lamarck.trainers.trl.reward import Reward
from lamarck.trainers.trl.rows import Numbered, padded
from lamarck.trainers.trl.sft import numbers

FIGURES = {"accuracy": "accuracy"}
"""What is logged -> what we call it."""


class Labels(Reward):
    """TRL's trainer of reward models over single texts with a label each."""

    positive: float = 1.0
    """How much a right text weighs, where a wrong one weighs 1."""

    def compute_loss(
        self, model: Any, inputs: Any, return_outputs: bool = False, num_items_in_batch: Any = None
    ) -> Any:
        """Binary cross-entropy by weight, with the share of texts whose number has the right sign."""
        good = inputs.pop("good")
        outputs = model(**inputs, use_cache=False)
        rated = outputs.logits.squeeze(-1).float()
        weights = 1.0 + (self.positive - 1.0) * good
        loss = F.binary_cross_entropy_with_logits(rated, good, weights, reduction="sum") / weights.sum()
        right = ((rated.detach() > 0) == (good > 0)).float().mean()
        metrics = cast("Any", self)._metrics["train"]
        metrics["accuracy"].append(self.accelerator.gather_for_metrics(right).mean().item())
        return (loss, outputs) if return_outputs else loss


def trainer(order: Order, opened: Opened, rows: Sequence[Numbered], **more: Any) -> Labels:
    """The trainer of an order. In: its rows in the order of training."""
    settings = cast("LabelSettings", order.settings)
    made = Labels(
        model=opened.model,
        args=RewardConfig(**arguments(settings, order.work, settings.batch), max_length=None),
        train_dataset=numbers(rows),
        data_collator=collator(rows, opened.words.tokenizer),
        processing_class=opened.words.tokenizer,
        peft_config=opened.lora,
        **more,
    )
    made.positive = settings.positive
    return made


def collator(rows: Sequence[Numbered], tokenizer: Any) -> Any:
    """Makes a batch of texts with their labels."""

    def collate(examples: Sequence[Any]) -> dict[str, Any]:
        some = [rows[int(one["at"])] for one in examples]
        read = padded([one.made for one in some], tokenizer.pad_token_id)
        good = torch.tensor([float(one.good) for one in some])
        return {"input_ids": read["input_ids"], "attention_mask": read["attention_mask"], "good": good,
                "rows": [one.row for one in some]}  # fmt: skip

    return collate
