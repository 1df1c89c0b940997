"""A reward model: one number for a text, higher for the preferred of two.

Source: Ouyang et al. 2022 (arXiv:2203.02155), section 3.5; the loss is TRL's. Out: a model for sequence
classification with one label, whose head replaces the one that writes.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, cast

from lamarck.trainers.trl.arguments import arguments
from lamarck.trainers.trl.exchange import Order, RewardSettings
from lamarck.trainers.trl.library import RewardConfig, RewardTrainer
from lamarck.trainers.trl.model import Opened
from lamarck.trainers.trl.rows import Numbered, padded
from lamarck.trainers.trl.sft import numbers
from lamarck.trainers.trl.watch import Watched

FIGURES = {"margin": "margin", "accuracy": "accuracy"}
"""What TRL logs -> what we call it."""


class Reward(Watched, RewardTrainer):
    """TRL's trainer over pairs that are tokens already."""


def trainer(order: Order, opened: Opened, rows: Sequence[Numbered], **more: Any) -> Reward:
    """The trainer of an order. In: its pairs in the order of training."""
    settings = cast("RewardSettings", order.settings)
    told = arguments(settings, order.work, settings.batch)
    return Reward(
        model=opened.model,
        args=RewardConfig(**told, max_length=None, center_rewards_coefficient=settings.centre or None),
        train_dataset=numbers(rows),
        data_collator=collator(rows, opened.words.tokenizer),
        processing_class=opened.words.tokenizer,
        peft_config=opened.lora,
        **more,
    )


def collator(rows: Sequence[Numbered], tokenizer: Any) -> Any:
    """Makes a batch of pairs: the chosen texts, then the rejected ones in the same order."""

    def collate(examples: Sequence[Any]) -> dict[str, Any]:
        some = [rows[int(one["at"])] for one in examples]
        both = padded([one.made for one in some] + [one.rejected or one.made for one in some], tokenizer.pad_token_id)
        read = {name: both[name] for name in ("input_ids", "attention_mask")}
        return {**read, "rows": [one.row for one in some]}

    return collate
