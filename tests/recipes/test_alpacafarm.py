"""alpacafarm works when these invariants hold, and each fails with its mechanism off."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from itertools import pairwise
from random import Random
from typing import Any

import numpy as np
import pytest

from lamarck.core import Experience, Message, Prompt, Scorecard, Solution, Task, UsageError, digest, put, stages
from lamarck.operators.anchors import FILLER
from lamarck.operators.feedback import Prefer
from lamarck.recipes import load
from lamarck.recipes.alpacafarm import POOL
from lamarck.testing import BiasedJudge, MemoryStore, ScriptedModels, ToyEnvironment, context
from lamarck.trust import lasso

TOY = ToyEnvironment()
ITEMS = 300
Write = Callable[[Prompt, int], str]


def even(prompt: Prompt) -> str:
    """The right sum; of two right ones neither, which a judge that leans by chance then decides."""
    good = [TOY.says(prompt.fields[name]) == TOY.solved(prompt) for name in ("first", "second")]
    return "tie" if good[0] == good[1] else "first" if good[0] else "second"


def evaluated(
    judge: Write, *ablate: str, mine: Write = TOY.right, theirs: Write = TOY.right, **options: Any
) -> tuple[Scorecard, Mapping[str, Any]]:
    """The recipe's scorecard and what it reported, of a learner that writes ``mine`` and an opponent ``theirs``."""

    def write(prompt: Prompt, seed: int) -> str:
        return mine(prompt, seed) if prompt.name.startswith("task/") else judge(prompt, seed)

    models = ScriptedModels(answer=write, wrong=theirs, rates=lambda p, rate: rate if p.name == "task/sum" else 0.0)
    method = put("evaluation.limit", ITEMS)(load("alpacafarm")(ablate=ablate, **options))
    ctx = context(learner="scripted/0.0", models=models, roles={"judge": "scripted/0.0"}, store=MemoryStore())
    ctx = replace(ctx, origins={"learner": models.learner("scripted/1.0")})
    (cycle,) = stages(method)
    assert cycle.evaluation
    card = cycle.evaluation(ctx.learner, ctx)
    assert isinstance(ctx.store, MemoryStore)
    return card, {kind: data for kind, data in ctx.store.events if kind in ("compared", "length-controlled")}


# --- length: neutral text behind an answer ---


def padding(share: float, name: str) -> Write:
    """Right answers, behind so large a share of them neutral text that says nothing of the sum."""

    def write(prompt: Prompt, _seed: int) -> str:
        said = f"{name} makes {TOY.solved(prompt)}"
        rng = Random(digest(name, prompt.fields["left"], prompt.fields["sign"], prompt.fields["right"]))
        return f"{said}. {' '.join(rng.sample(FILLER, 3))}" if rng.random() < share else said

    return write


def lengths(share: float, *ablate: str) -> tuple[float, float]:
    """What the protocol says of a learner that pads, and its error; half the judge's replies go by length."""
    judge = BiasedJudge(better=even, longer=0.5, noise=0.5)
    card, told = evaluated(judge, *ablate, mine=padding(share, "This"), theirs=padding(0.3, "That"))
    return card.value, told.get("length-controlled", told["compared"]).get("error", 0.03)


def test_padding_an_answer_buys_nothing():
    (plain, error), (padded, wider) = lengths(0.3), lengths(0.9)
    assert abs(padded - plain) < 2 * (error**2 + wider**2) ** 0.5
    assert abs(padded - 0.5) < 2 * wider


def test_without_length_control_it_does():
    assert lengths(0.9, "length")[0] > lengths(0.3, "length")[0] + 0.08
    assert lengths(0.9, "length")[0] > 0.6


# --- flips: people disagree, and what measures does not ---


def decided(*ablate: str) -> float:
    """The win rate of a learner that every annotator prefers."""
    judge: Write = lambda p, _: f"winner: {'first' if p.fields['first'].startswith('This') else 'second'}"  # noqa: E731
    return evaluated(judge, *ablate, mine=padding(0.5, "This"), theirs=padding(0.5, "That"))[0].value


def test_who_measures_does_not_flip():
    assert decided() > 0.99


def test_with_flips_a_sure_win_is_none():
    assert decided("flips") == pytest.approx(0.75, abs=0.06)


# --- order: a judge that goes by the place ---


def off_centre(*ablate: str) -> float:
    judge = BiasedJudge(better=even, first=0.7, noise=0.3)
    card, _ = evaluated(judge, *ablate, mine=padding(0.5, "This"), theirs=padding(0.5, "That"))
    return abs(card.value - 0.5)


def test_the_place_moves_no_win_rate():
    assert off_centre() < 2 * 0.5 / ITEMS**0.5


def test_with_one_order_it_does():
    assert off_centre("order") > 0.25


# --- pool: an annotator that can be pleased is one among several ---


def quirky(prompt: Prompt, seed: int) -> str:
    """The first annotator of the pool loves filler; the others know that two right sums are equally good."""
    lean = 1.0 if prompt.name == POOL[0] else 0.0
    return BiasedJudge(better=even, longer=lean, noise=1 - lean)(prompt, seed)


def pleased(*ablate: str) -> float:
    card, _ = evaluated(quirky, "length", *ablate, mine=padding(1.0, "This"), theirs=padding(0.0, "That"))
    return card.value


def test_who_pleases_one_annotator_has_not_won():
    assert pleased() == pytest.approx(0.5 + 0.5 / len(POOL), abs=0.08)


def test_with_one_annotator_he_has():
    assert pleased("pool") == 1.0


def test_every_ablation_is_tested():
    assert set(load("alpacafarm").ablations) == {"length", "flips", "order", "pool"}


# --- what is reported ---


def test_the_rate_has_its_error_with_and_without_control():
    card, told = evaluated(BiasedJudge(better=even, noise=1.0), mine=padding(0.5, "This"), theirs=padding(0.5, "That"))
    raw = card.target.metrics["win rate"]
    said, compared = told["length-controlled"], told["compared"]
    assert said["raw"] == pytest.approx(np.mean(raw))
    assert said["raw_error"] == compared["standard_error"] == pytest.approx(np.std(raw, ddof=1) / len(raw) ** 0.5)
    assert abs(said["rate"] - card.value) < said["error"]
    assert said["error"] >= said["raw_error"] * 0.95
    assert card.metric == "length-controlled"


def test_every_annotator_is_asked_once_a_comparison():
    judge = BiasedJudge(better=even, noise=1.0)
    asked = list[str]()

    def spy(prompt: Prompt, seed: int) -> str:
        asked.append(prompt.name)
        return judge(prompt, seed)

    evaluated(spy, mine=padding(0.5, "This"), theirs=padding(0.5, "That"))
    assert len(asked) == ITEMS
    assert {name: asked.count(name) > ITEMS / 8 for name in POOL} == dict.fromkeys(POOL, True)


def test_the_opponent_may_be_the_tasks_own_answers():
    """Of equal texts nobody is asked: the sums here are written as the environment has them."""
    exact: Write = lambda prompt, _seed: TOY.solved(prompt)  # noqa: E731
    silent: Write = lambda _prompt, _seed: pytest.fail("asked")  # noqa: E731
    card, told = evaluated(silent, mine=exact, against="reference")
    assert set(card.target.metrics["win rate"]) == {0.5}
    assert told["compared"]["characters"][0] == told["compared"]["characters"][1]


def test_tasks_without_answers_are_no_opponent():
    class Unanswered(ToyEnvironment):
        def tasks(self, *given: Any) -> list[Task]:
            return [replace(task, reference=None) for task in super().tasks(*given)]

    ctx = context(environment=Unanswered(), roles={"judge": "scripted/0.0"})
    (cycle,) = stages(load("alpacafarm")(against="reference"))
    assert cycle.evaluation
    with pytest.raises(UsageError, match="has none; name their column: --columns answer=NAME"):
        cycle.evaluation(ctx.learner, ctx)


# --- over-optimisation: best of n by a reward that was learned from noisy labels ---
#
# The bed: an answer has a quality and nine habits that are worth nothing in small doses and hurt in large ones. Habits
# have long tails (Student's t with 3 degrees), quality has not: one answer in some hundred flatters without end. A
# reward linear in them is fitted by our own logistic regression to comparisons that ``feedback.Prefer`` made; what
# habits weigh in it is the labels' error. It is a simulation, since only there "truly better" is known. Tails and the
# number of labels decide at which n the turn comes; they are chosen so that it comes before 256. Both arms share them.

HABITS, PAIRS = 9, 300
SIZES = (1, 4, 16, 64, 256)


@dataclass(frozen=True)
class Answers:
    """Many answers, [N][1 + habits]."""

    traits: np.ndarray

    @property
    def worth(self) -> np.ndarray:
        """What they are truly worth."""
        return self.traits[:, 0] - 0.02 * (self.traits[:, 1:] ** 2).sum(axis=1)


def drawn(n: int, rng: np.random.Generator) -> Answers:
    return Answers(np.column_stack([rng.normal(size=n), rng.standard_t(3, size=(n, HABITS))]))


def learned(flip: float, seed: int) -> np.ndarray:
    """The reward's weights, from annotators who are always right and whose labels are flipped so often."""
    rng = np.random.default_rng(seed)
    answers = drawn(2 * PAIRS, rng)
    texts = {f"answer {i}": i for i in range(2 * PAIRS)}

    def judge(prompt: Prompt, _seed: int) -> str:
        first, second = (answers.worth[texts[prompt.fields[name]]] for name in ("first", "second"))
        return f"winner: {'first' if first > second else 'second'}"

    ctx = context(
        models=ScriptedModels(answer=judge, wrong=judge),
        roles={"judge": "scripted/0.0"},
        seed=seed,
        learner="scripted/0.0",
    )
    labelled = Prefer(prompts=POOL, flip=flip)
    rows, targets = list[np.ndarray](), list[float]()
    for at in range(PAIRS):
        one, _other = labelled(_pair(at), ctx.within("feedback.Prefer"))
        rows.append(answers.traits[2 * at] - answers.traits[2 * at + 1])
        targets.append(one.score)
    return lasso.at(np.stack(rows), np.array(targets), np.ones(PAIRS), 1.0, np.zeros(1 + HABITS))


def _pair(at: int) -> list[Any]:
    task = Task(id=f"pair/{at}", kind="any", messages=(Message(role="user", text=f"task {at}"),))
    said = [Solution(messages=(Message(role="assistant", text=f"answer {2 * at + i}"),)) for i in (0, 1)]
    return [Experience(task=task, solution=one, sample=i) for i, one in enumerate(said)]


def true_wins(flip: float) -> list[float]:
    """The true win rate of the best of n against a plain answer, by n."""
    found = np.zeros(len(SIZES))
    seeds = range(4)
    for seed in seeds:
        weights, rng = learned(flip, seed), np.random.default_rng(100 + seed)
        for place, n in enumerate(SIZES):
            answers, plain = drawn(400 * n, rng), drawn(400, rng)
            best = (answers.traits @ weights).reshape(400, n).argmax(axis=1) + np.arange(400) * n
            found[place] += float(np.mean(answers.worth[best] > plain.worth)) / len(seeds)
    return [round(float(one), 3) for one in found]


@pytest.mark.slow
def test_only_noisy_labels_show_over_optimisation():
    noisy, sure = true_wins(0.25), true_wins(0.0)
    peak = int(np.argmax(noisy))
    assert 0 < peak < len(SIZES) - 1
    assert noisy[peak] > noisy[0] + 0.1
    assert noisy[-1] < noisy[peak] - 0.03
    assert all(late >= early - 0.01 for early, late in pairwise(sure))
    assert sure[-1] > noisy[-1] + 0.1
