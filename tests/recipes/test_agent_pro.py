"""Agent-Pro works when these invariants hold, and each fails with its mechanism off."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cache
from math import sqrt
from statistics import fmean, stdev

from tests.recipes.gambling import BELIEFS, LINE, RECKLESS, earned
from tests.recipes.rows import proofs
from tests.recipes.worlds import CARDS

from lamarck.core import Batch, Context, Experience, Gate, Learner, Objective, Phase, Prompt, Task, Verdict, run
from lamarck.recipes import load
from lamarck.testing import MemoryStore, PlainGate, ScriptedModels, context
from lamarck.trust import Open

GAMES, SEALED = 120, 1000
ERRORS = 0.6
"""Share of the advice that is reckless: without a look at the cards, most of it."""


def rates(prompt: Prompt, rate: float) -> float:
    """It plays by what it believes and is told, and errs at its rate where it writes advice."""
    return rate if prompt.name.endswith("/policy") else 0.0


@dataclass(frozen=True, kw_only=True)
class Ran:
    """A run and all it left behind."""

    ctx: Context
    store: MemoryStore

    def batch(self, phase: str, round: int) -> Batch:
        return self.store.batch(Phase(stage=1, round=round, name=phase))

    @property
    def drafts(self) -> list[tuple[Task, str]]:
        """Each game of the first round with the advice that was drawn from it and kept."""
        return [(e.task, entry.text) for e in self.batch("refinement", 1) for entry in e.writes]

    def policy(self, round: int = 1) -> str:
        """What the candidate of a round plays by."""
        made = self.store.phases[Phase(stage=1, round=round, name="updating")]
        assert isinstance(made, Learner)
        return self.of(made)

    def of(self, learner: Learner) -> str:
        """What a learner plays by."""
        assert self.ctx.memories
        return "\n".join(e.text for e in self.ctx.memories.open(learner.memory).entries if not e.status)


@cache
def ran(*ablate: str, gate: Gate | None = None, rounds: int = 1, games: int = GAMES, others: int = 1) -> Ran:
    store = MemoryStore()
    models = ScriptedModels(answer=CARDS.right, wrong=CARDS.wrong, rates=rates)
    ctx = context(
        learner=f"scripted/{ERRORS}",
        environment=CARDS.environment,
        models=models,
        store=store,
        gate=gate or Open(),
    )
    method = load("agent_pro")(rounds=rounds, games=games, tries=0, others=others, ablate=ablate)
    return Ran(ctx=run(method, ctx), store=store)


DEALS = CARDS.environment.tasks("sealed", SEALED, 0, Objective(ability=""))
"""What nobody has seen."""


def gain(before: str, after: str) -> tuple[float, float]:
    """What a policy wins more than another one on the same 1,000 deals, from 0 to 1, and the half width of its
    95 per cent interval."""
    pairs = [(earned(task, before) == 1.0, earned(task, after) == 1.0) for task in DEALS]
    differences = [float(late) - early for early, late in pairs]
    return fmean(differences), 1.96 * stdev(differences) / sqrt(SEALED)


def what_it_believes_is_so(it: Ran) -> bool:
    """Before every decision it says what it holds."""
    turns = [m.text for e in it.batch("feedback", 1) if e.solution for m in e.solution.messages if m.role != "user"]
    return bool(turns) and all(BELIEFS.search(text) for text in turns)


def advice_turns_the_game_it_comes_from(it: Ran) -> bool:
    return len(it.drafts) >= 3 and all(earned(task, advice) == 1.0 for task, advice in it.drafts)


def advice_names_a_situation(it: Ran) -> bool:
    return bool(it.drafts) and all(LINE.search(advice) for _, advice in it.drafts)


def more_games_are_won_than_before(it: Ran) -> bool:
    more, width = gain("", it.policy())
    return more > width


INVARIANTS: dict[str, Callable[[Ran], bool]] = {
    "verify": advice_turns_the_game_it_comes_from,
    "beliefs": what_it_believes_is_so,
    "reflection": advice_names_a_situation,
    "policy": more_games_are_won_than_before,
}
"""Ablation -> what must hold, and fails with it."""


TestRow = proofs("agent_pro", ran, INVARIANTS)


def test_without_verification_policies_that_lose_games_are_accepted():
    more, width = gain("", ran("verify").policy())
    assert more < -width


def test_beliefs_win_games():
    """By the same policy, on the same deals."""
    beside = [earned(task, ran().policy()) - earned(task, ran().policy(), beliefs=False) for task in DEALS]
    assert fmean(beside) > 1.96 * stdev(beside) / sqrt(SEALED)


def test_the_learner_plays_as_the_policy_says():
    """So what is counted over 1,000 deals is what it would win."""
    learner, few = ran().ctx.learners["learner"], DEALS[:12]
    assert learner.answer
    played = learner.answer([Experience(task=task) for task in few], replace(ran().ctx, learner=learner))
    found = [CARDS.environment.check(e.task, e.solution).score for e in played if e.solution]
    assert found == [earned(task, ran().policy()) for task in few]


def test_the_gate_goes_back_from_a_policy_that_wins_fewer_games_and_the_next_one_starts_from_its_parent():
    it = ran("verify", gate=PlainGate(), rounds=2, games=16, others=40)
    verdicts = {phase.round: v for phase, v in it.store.phases.items() if phase.stage == 1 and isinstance(v, Verdict)}
    assert verdicts[1].decision == "rolled back"
    assert RECKLESS in {int(below) for *_, below in LINE.findall(it.policy(1))}
    shown = [e.asked.fields["reminded"] for e in it.batch("feedback", 2) if e.asked]
    assert shown
    assert set(shown) == {"(nothing yet)"}
