"""KTO: single verdicts instead of pairs.

Source: Ethayarajh et al. 2024 (arXiv:2402.01306), equations 7 and 8; the loss is TRL's. Its reference point, the
divergence from the frozen model, is estimated from each text of a reading after the prompt of the next one; so a
reading needs at least two rows.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, cast

import torch

from lamarck.trainers.lean import sft
from lamarck.trainers.lean.sft import IGNORED
from lamarck.trainers.trl.arguments import arguments
from lamarck.trainers.trl.exchange import Order, VerdictSettings
from lamarck.trainers.trl.library import KTOConfig, KTOTrainer
from lamarck.trainers.trl.model import Opened
from lamarck.trainers.trl.rows import Numbered, padded
from lamarck.trainers.trl.sft import numbers
from lamarck.trainers.trl.watch import Watched

FIGURES = {"rewards/margins": "margin", "kl": "kl"}
"""What TRL logs -> what we call it."""


class KTO(Watched, KTOTrainer):
    """TRL's trainer over texts that are tokens already."""


def trainer(order: Order, opened: Opened, rows: Sequence[Numbered], **more: Any) -> KTO:
    """The trainer of an order. In: its rows in the order of training."""
    settings = cast("VerdictSettings", order.settings)
    told = arguments(replace(settings, micro=max(2, settings.micro)), order.work, settings.batch)
    weights = {"desirable_weight": settings.desirable, "undesirable_weight": settings.undesirable}
    return KTO(
        model=opened.model,
        ref_model=opened.reference,
        args=KTOConfig(**told, beta=settings.beta, max_length=None, **weights),
        train_dataset=numbers(rows),
        data_collator=collator(rows, opened.words.tokenizer),
        processing_class=opened.words.tokenizer,
        peft_config=opened.lora,
        **more,
    )


def collator(rows: Sequence[Numbered], tokenizer: Any) -> Any:
    """Makes a batch of texts, and of the same texts each after its neighbour's prompt."""

    def collate(examples: Sequence[Any]) -> dict[str, Any]:
        some = [rows[int(one["at"])] for one in examples]
        texts = [one.made for one in some]
        crossed = [_crossed(texts[at], texts[at - 1]) for at in range(len(texts))]
        own, other = (padded(each, tokenizer.pad_token_id) for each in (texts, crossed))
        return {
            "input_ids": own["input_ids"],
            "attention_mask": own["attention_mask"],
            "completion_mask": (own["labels"] != IGNORED).long(),
            "KL_input_ids": other["input_ids"],
            "KL_attention_mask": other["attention_mask"],
            "KL_completion_mask": (other["labels"] != IGNORED).long(),
            "label": torch.tensor([one.good for one in some]),
            "rows": [one.row for one in some],
        }

    return collate


def _crossed(prompt: sft.Row, answer: sft.Row) -> sft.Row:
    """The beginning of one text and the end of another."""
    begins, ends = (next(at for at, label in enumerate(row.labels) if label != IGNORED) for row in (prompt, answer))
    return sft.Row(
        ids=prompt.ids[:begins] + answer.ids[ends:],
        labels=(IGNORED,) * begins + answer.labels[ends:],
    )
