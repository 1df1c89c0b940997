"""Ratios of perplexities under a real small model, against the same worked out by hand."""

import math
from collections.abc import Sequence
from pathlib import Path

import pytest
import torch
from tests.operators.on_pupil import BARE, GUESS, on_pupil, taught

from lamarck.core import Batch, Context, Experience, Message, Solution, Task
from lamarck.models.pupil import kit
from lamarck.operators.feedback import Likelihood

ITEMS = (
    ("E27253:scnd=", "s22357:cnd;c24729:nd;n75270:d;d40440:;"),
    ("S46729>01325=", "c40691>01325;"),
    ("E21854:ri=", "r45812:i;i56923:;"),
)
LOG_IFD = Likelihood(role="learner", prompt=BARE, against="learner", per_token=True)
MINUS_LOG_IFD = Likelihood(role="learner", against_prompt=BARE, per_token=True)
MINUS_LOG_R_IFD = Likelihood(role="learner", of="task", prompt=GUESS, against_prompt=BARE, per_token=True)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return taught(tmp_path_factory.mktemp("pupil") / "asked")


@pytest.fixture(scope="module")
def ctx(folder: Path) -> Context:
    return on_pupil(folder)


def items(texts: Sequence[tuple[str, str]]) -> Batch:
    tasks = [
        Task(id=f"item/{i}", kind="exec", messages=(Message(role="user", text=line),), fields={"line": line})
        for i, (line, _) in enumerate(texts)
    ]
    said = [Solution(messages=(Message(role="assistant", text=text),)) for _, text in texts]
    return [Experience(task=task, solution=solution) for task, solution in zip(tasks, said, strict=True)]


def scores(by: Likelihood, texts: Sequence[tuple[str, str]], ctx: Context) -> list[float]:
    return [e.score for e in by(items(texts), ctx)]


def perplexity(folder: Path, shown: str, text: str) -> float:
    """By one pass over the whole text: e to the mean surprise at each of its tokens and its end."""
    read, said = kit.encode(shown), [*kit.encode(text), kit.END]
    with torch.no_grad():
        logits = kit.open(folder)(torch.tensor([[*read, *said]]))[0]
    surprise = -logits.log_softmax(-1)[range(len(read) - 1, len(read) + len(said) - 1), said]
    return math.exp(surprise.mean().item())


def test_ratios_worked_out_by_hand(ctx: Context, folder: Path):
    ifd = [perplexity(folder, x, y) / perplexity(folder, "=", y) for x, y in ITEMS]
    r_ifd = [perplexity(folder, f"{y}=", x) / perplexity(folder, "=", x) for x, y in ITEMS]
    assert [math.exp(one) for one in scores(LOG_IFD, ITEMS, ctx)] == pytest.approx(ifd, rel=1e-4)
    assert [math.exp(-one) for one in scores(MINUS_LOG_IFD, ITEMS, ctx)] == pytest.approx(ifd, rel=1e-4)
    assert [math.exp(-one) for one in scores(MINUS_LOG_R_IFD, ITEMS, ctx)] == pytest.approx(r_ifd, rel=1e-4)


def test_a_single_condition_is_minus_the_log_of_a_perplexity(ctx: Context, folder: Path):
    alone = Likelihood(role="learner", of="task", prompt=BARE, per_token=True)
    hand = [perplexity(folder, "=", x) for x, _ in ITEMS]
    assert [math.exp(-one) for one in scores(alone, ITEMS, ctx)] == pytest.approx(hand, rel=1e-4)


def test_what_follows_from_the_task_is_far_below_one_and_what_does_not_is_above(ctx: Context):
    others = [y for _, y in ITEMS[1:] + ITEMS[:1]]
    dealt = [(x, y) for (x, _), y in zip(ITEMS, others, strict=True)]
    assert all(math.exp(one) < 0.3 for one in scores(LOG_IFD, ITEMS, ctx))
    assert all(math.exp(one) > 1.0 for one in scores(LOG_IFD, dealt, ctx))
