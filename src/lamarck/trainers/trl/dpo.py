"""Direct preference optimisation.

Source: Rafailov et al. 2023 (arXiv:2305.18290), equation 7. Plain, it is TRL's own loss; with weights of rows, with
the chosen text's likelihood added (arXiv:2404.19733), or on the first differing token alone, it is the same formula
here, as TRL has no place for them.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, cast

import torch
import torch.nn.functional as F
from torch import Tensor

from lamarck.trainers.lean import dpo
from lamarck.trainers.lean.sft import IGNORED
from lamarck.trainers.trl.arguments import arguments
from lamarck.trainers.trl.exchange import Order, PairSettings
from lamarck.trainers.trl.library import DPOConfig, DPOTrainer
from lamarck.trainers.trl.model import Opened
from lamarck.trainers.trl.rows import Numbered, counted, padded
from lamarck.trainers.trl.sft import numbers
from lamarck.trainers.trl.watch import Watched

FIGURES = {"rewards/margins": "margin", "rewards/accuracies": "accuracy"}
"""What TRL logs -> what we call it."""


class DPO(Watched, DPOTrainer):
    """TRL's trainer over pairs that are tokens already."""

    settings = PairSettings()
    plain = True
    """Whether TRL's own loss says it all."""

    def _compute_loss(self, model: Any, inputs: Any, return_outputs: bool) -> Any:
        weights, labels = inputs.pop("weights"), inputs.pop("labels")
        if self.plain:
            return cast("Any", super())._compute_loss(model, inputs, return_outputs)
        each = model(
            input_ids=inputs["input_ids"],
            attention_mask=inputs["attention_mask"],
            labels=labels,
            use_cache=False,
            fused_lm_head=True,
        ).log_probs
        frozen = self.ref_model if self.ref_model is not None else self.model
        reference = torch.cat(self.compute_ref_log_probs(frozen, inputs))
        counts = inputs["completion_mask"][:, 1:]
        margins = self.settings.beta * _gap((each * counts).sum(-1) - reference)
        weights = weights.chunk(2)[0]
        value = -(F.logsigmoid(margins) * weights).sum() / weights.sum()
        if self.settings.nll:
            learned = (labels[:, 1:] != IGNORED).chunk(2)[0] * weights[:, None]
            value = value - self.settings.nll * (each.chunk(2)[0] * learned).sum() / learned.sum()
        self._tell(margins.detach(), inputs["attention_mask"])
        return value

    def _tell(self, margins: Tensor, attention: Tensor) -> None:
        """Put into TRL's log what its own loss would have put there."""
        told = self._metrics["train"]
        seen = self.accelerator.gather(margins)
        told["rewards/margins"].append(seen.mean().item())
        told["rewards/accuracies"].append((seen > 0).float().mean().item())
        self._total_train_tokens += int(self.accelerator.gather(attention.sum()).sum())
        told["num_tokens"] = [self._total_train_tokens]


def _gap(scores: Tensor) -> Tensor:
    chosen, rejected = scores.chunk(2)
    return chosen - rejected


def trainer(order: Order, opened: Opened, rows: Sequence[Numbered], **more: Any) -> DPO:
    """The trainer of an order. In: its pairs in the order of training."""
    settings = cast("PairSettings", order.settings)
    told = arguments(settings, order.work, settings.batch)
    made = DPO(
        model=opened.model,
        ref_model=opened.reference,
        args=DPOConfig(**told, beta=settings.beta, max_length=None),
        train_dataset=numbers(rows),
        data_collator=collator(rows, opened.words.tokenizer, settings),
        processing_class=opened.words.tokenizer,
        peft_config=opened.lora,
        **more,
    )
    made.settings = settings
    made.plain = settings.scope == "text" and not settings.nll and len({one.made.weight for one in rows}) == 1
    return made


def collator(rows: Sequence[Numbered], tokenizer: Any, settings: PairSettings) -> Any:
    """Makes a batch of pairs: the chosen texts, then the rejected ones in the same order."""

    def collate(examples: Sequence[Any]) -> dict[str, Any]:
        some = [rows[int(one["at"])] for one in examples]
        pairs = [dpo.Pair(chosen=one.made, rejected=one.rejected) for one in some if one.rejected]
        both = padded([pair.chosen for pair in pairs] + [pair.rejected for pair in pairs], tokenizer.pad_token_id)
        return {**both, "completion_mask": counted(pairs, settings.scope).long(), "rows": [one.row for one in some]}

    return collate
