"""Policy gradient with samples of its own: GRPO, or REINFORCE with the other samples as baseline (RLOO).

Source: Shao et al. 2024 (arXiv:2402.03300), section 4.1, in DAPO's sum over tokens (arXiv:2503.14476); Ahmadian et al.
2024 (arXiv:2402.14740). Differs: where a paper takes PPO these stand in, with the same reward and the same divergence
from the frozen model, as TRL has no PPO any more; neither has a value head.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from random import Random
from typing import Any, cast

from lamarck.core import Scoring, UsageError
from lamarck.trainers.trl.arguments import arguments
from lamarck.trainers.trl.exchange import Order, PolicySettings
from lamarck.trainers.trl.library import Dataset, GRPOConfig, GRPOTrainer, RLOOConfig, RLOOTrainer
from lamarck.trainers.trl.model import Opened
from lamarck.trainers.trl.rows import Words
from lamarck.trainers.trl.watch import Watched

FIGURES = {"reward": "reward", "kl": "kl", "entropy": "entropy", "completions/mean_length": "length"}
"""What TRL logs -> what we call it."""


@dataclass(frozen=True, kw_only=True)
class Prompts:
    """The tokens of every row's prompt; rows go through TRL as their numbers."""

    ids: Sequence[Sequence[int]]

    def of(self, numbers: Sequence[str]) -> tuple[list[list[int]], None, dict[str, Any]]:
        """As TRL wants them: tokens, images, what else goes with images."""
        return [list(self.ids[int(number)]) for number in numbers], None, {}


class GRPO(Watched, GRPOTrainer):
    """TRL's trainer over prompts that are tokens already."""

    prompts = Prompts(ids=())

    def _tokenize_prompts(self, prompts: Any) -> Any:
        return self.prompts.of(prompts)


class RLOO(Watched, RLOOTrainer):
    """TRL's trainer over prompts that are tokens already."""

    prompts = Prompts(ids=())

    def _tokenize_prompts(self, prompts: Any) -> Any:
        return self.prompts.of(prompts)


def trainer(order: Order, opened: Opened, ask: Scoring, **more: Any) -> Any:
    """The trainer of an order. In: what scores the samples."""
    settings = cast("PolicySettings", order.settings)
    if order.reference:
        raise UsageError(f"{order.loss} compares with what training starts from; it takes no other reference")
    ids = [opened.words.beginning(row.messages)[-settings.length :] for row in order.rows]
    batch = min(settings.batch, len(order.rows))
    told = arguments(settings, order.work, batch * settings.samples)
    told.pop("train_sampling_strategy")  # TRL's own sampler puts the samples of a prompt side by side
    more_told: dict[str, Any] = {
        "num_generations": settings.samples,
        "max_completion_length": settings.tokens,
        "temperature": settings.temperature,
        "beta": settings.kl,
        "epsilon": settings.epsilon,
        "shuffle_dataset": False,
    }
    kind, config = (GRPO, GRPOConfig) if order.loss == "grpo" else (RLOO, RLOOConfig)
    made: Any = kind(
        model=opened.model,
        reward_funcs=scoring(ask, opened.words),
        args=config(**told, **more_told),
        train_dataset=numbers(len(order.rows), batch, settings.seed),
        processing_class=opened.words.tokenizer,
        peft_config=opened.lora,
        **more,
    )
    made.prompts = Prompts(ids=ids)
    return made


def scoring(ask: Scoring, words: Words) -> Callable[..., list[float]]:
    """Our scores as TRL asks for them; a sample is the text that sampling would have made of its tokens."""
    ends = {words.tokenizer.eos_token_id, words.tokenizer.pad_token_id}

    def scored(*, prompts: Sequence[str], completion_ids: Sequence[Sequence[int]], **_: Any) -> list[float]:
        texts = [words.decode([one for one in ids if one not in ends]) for ids in completion_ids]
        return list(ask([(int(at), text) for at, text in zip(prompts, texts, strict=True)]))

    return scored


def numbers(rows: int, batch: int, seed: int) -> Any:
    """The rows' numbers in the order of training; the last batch is filled up with the first rows."""
    order = Random(seed).sample(range(rows), rows)
    filled = [*order, *order[: -rows % batch]]
    return Dataset.from_dict({"prompt": [str(at) for at in filled], "row": filled})
