"""A run written out as Python values: what the page must show is here to be read."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, ClassVar, Literal, cast

from lamarck.core import (
    Batch,
    Comparison,
    Context,
    Cycle,
    DamagedRun,
    Drop,
    Experience,
    Feedback,
    Learner,
    Message,
    ModelRef,
    Names,
    Objective,
    Origin,
    Passage,
    Scope,
    Score,
    Scorecard,
    Solution,
    Task,
    Usage,
    Verdict,
    describe,
)
from lamarck.core.scores import Outcome
from lamarck.report.reader import Run
from lamarck.report.sound import Seen
from lamarck.store import RunInfo


def seen(number: int, **parts: Any) -> Seen:
    """A round of which only these parts are committed."""
    unread: dict[str, Any] = {
        "stage": 0, "funnel": {}, "drops": {}, "scorecards": (), "verdict": None, "objective": None,
        "candidate": None, "reason": "",
    }  # fmt: skip
    return Seen(round=number, **{**unread, **parts})


@dataclass(kw_only=True)
class LiteralRun:
    """Reads like a run folder's reader."""

    path: Path
    info: RunInfo
    views: list[Seen] = field(default_factory=list[Seen])
    log: list[dict[str, Any]] = field(default_factory=list[dict[str, Any]])
    batches: dict[tuple[int, int, str], Batch] = field(default_factory=dict[tuple[int, int, str], Batch])
    lost: dict[tuple[int, int, str], list[Drop]] = field(default_factory=dict[tuple[int, int, str], list[Drop]])
    made: dict[str, Learner] = field(default_factory=dict[str, Learner])
    last: list[Scorecard] | None = None

    @property
    def reader(self) -> Run:
        """As the report's functions take it: rounds whose parts are all read count as the store's."""
        return cast("Run", self)

    def rounds(self) -> Sequence[Seen]:
        return self.views

    def events(self) -> Iterable[Mapping[str, Any]]:
        return self.log

    def batch(self, stage: int, round: int, phase: str, /) -> Batch:
        return self.batches.get((stage, round, phase), [])

    def drops(self, stage: int, round: int, phase: str, /) -> Sequence[Drop]:
        return self.lost.get((stage, round, phase), [])

    def learner(self, hash: str, /) -> Learner:
        if hash not in self.made:
            raise DamagedRun(f"no learner {hash}")
        return self.made[hash]

    def sealed(self) -> Sequence[Scorecard] | None:
        return self.last


@dataclass(frozen=True, kw_only=True)
class Puzzler:
    """An operator for the drawing."""

    scope: ClassVar[Scope] = "each"
    reads: ClassVar[Names] = {"task"}
    writes: ClassVar[Names] = {"solution"}

    n: int = 2

    def __call__(self, batch: Batch, ctx: Context) -> Batch:
        return batch


GOAL = Objective(ability="problem solving", metric="pass@1")
METHOD = describe(Cycle(objective=GOAL, tasks=Puzzler(n=3), solutions=Puzzler(n=32), rounds=2))
ITEMS = tuple(f"toy/{i}" for i in range(4))


def card(learner: str, *greedy: float, split: str = "selection", small: float = 1.0) -> Scorecard:
    """Four items; pass@1 is half of greedy, pass@2 is greedy itself; one protected ability."""
    target = Score(
        ability="toys",
        metrics={"greedy": greedy, "pass@1": tuple(g / 2 for g in greedy), "pass@2": greedy},
        items=ITEMS[: len(greedy)],
        split=split,
    )
    guarded = Score(
        ability="small toys", metrics={"greedy": (1.0, small)}, items=("s/1", "s/2"), split="fresh", protected=True
    )
    return Scorecard(learner=learner, scores=(target, guarded), metric="pass@1")


def attempt(task: str, text: str, *, right: bool, said: str = "", sample: int = 0, by: str = "base") -> Experience:
    return Experience(
        task=Task(id=task, kind="toy", messages=(Message(role="user", text=f"Make 24 from {task}.\nShow the steps."),)),
        solution=Solution(
            messages=(Message(role="assistant", text=text),), author=by, usage=Usage(prompt=10, completion=7)
        ),
        feedback=Feedback(passed=right, score=float(right), text=said or "right", source="verifier"),
        sample=sample,
        origin=Origin(operator="solutions.Sample", learner=by, seed=5, temperature=0.7),
    )


def learner(digest: str, parent: str = "") -> Learner:
    return Learner(model=ModelRef(name="pupil/game24", digest=digest), parent=parent)


BASE = learner("d0")
FIRST, SECOND = learner("d1", BASE.hash), learner("d2", BASE.hash)

EARLY = [
    attempt("toy/a", "13-8=5,4 6 5>24;6*5=24", right=False, said="step 2: 6*5=24 is false, it is 30"),
    attempt("toy/a", "13-8=5", right=False, said="the steps stop with 4 5 6 left", sample=1),
    attempt("toy/b", "4*6=24", right=True),
    attempt("toy/b", "4+6=24", right=False, said="step 1: 4+6=24 is false, it is 10", sample=1),
    attempt("toy/c", "1+1=2", right=False, said="it ends on 2, not on 24"),
    attempt("toy/c", "1+1=3", right=False, said="step 1: 1+1=3 is false, it is 2", sample=1),
]
LATE = [
    attempt("toy/a", "13-8=5,4 5 6>24;6-5=1,1 4>24;4-1=3", right=True, by=FIRST.hash),
    attempt("toy/a", "13-8=5,4 5 6>24;6-5=1,1 4>24;4-1=3", right=True, sample=1, by=FIRST.hash),
    attempt("toy/b", "4*6=24", right=True, by=FIRST.hash),
    attempt("toy/b", "4*6=24", right=True, sample=1, by=FIRST.hash),
    attempt("toy/c", "1+1=24", right=False, said="step 1: 1+1=24 is false, it is 2", by=FIRST.hash),
    attempt("toy/c", "12*2=24", right=True, sample=1, by=FIRST.hash),
]


def against(whom: Literal["champion", "best"], difference: float, outcome: Outcome) -> Comparison:
    return Comparison(
        ability="toys", metric="pass@1", against=whom, difference=difference,
        low=difference - 0.1, high=difference + 0.1, items=4, outcome=outcome,
    )  # fmt: skip


def view(number: int, batch: Batch, made: Learner, cards: Sequence[Scorecard], verdict: Verdict) -> Seen:
    kept = sum(bool(e.feedback and e.feedback.passed) for e in batch)
    return Seen(
        stage=0,
        round=number,
        funnel={
            "tasks": (Passage(operator="tasks.Dataset", into=0, out=3, seconds=0.1),),
            "feedback": (
                Passage(operator="solutions.Sample", into=3, out=6, seconds=2.0),
                Passage(operator="feedback.Verifier", into=6, out=6, seconds=0.5),
            ),
            "refinement": (Passage(operator="refinement.Filter", into=6, out=kept, seconds=0.1),),
        },
        drops={"refinement": Counter({("refinement.Filter", "not passed"): 6 - kept})},
        scorecards=cards,
        verdict=verdict,
        objective=GOAL,
        reason="fixed",
        candidate=made.hash,
    )


def committed(phase: str, number: int, seconds: float) -> dict[str, Any]:
    return {"kind": "committed", "stage": 0, "round": number, "name": phase, "seconds": seconds}


def small(path: Path, **changed: Any) -> LiteralRun:
    """Two rounds on three toys: the first promoted, the second rolled back."""
    base, first = card(BASE.hash, 0, 0, 1, 0), card(FIRST.hash, 1, 0, 1, 0)
    second = card(SECOND.hash, 0, 0, 0, 0, small=0.0)
    promoted = Verdict(
        decision="promoted", champion=FIRST.hash, best=FIRST.hash, reason="within 5 points or better",
        comparisons=(against("champion", 0.125, "safe"),),
    )  # fmt: skip
    refused = Verdict(
        decision="rolled back", champion=FIRST.hash, best=FIRST.hash, reason="worse: toys -25.0 points",
        comparisons=(against("champion", -0.25, "worse"), against("best", -0.25, "worse")),
    )  # fmt: skip
    info = RunInfo(
        recipe="rest_em", learner="pupil", environment="toyland", seed=7, options={"rounds": 2},
        sets={"updating.lr": 0.01}, resolved=METHOD, versions={"python": "3.11.2"}, status="done",
        champion=FIRST.hash, base=BASE.hash,
        started="2026-11-21T08:00:00.000+00:00", finished="2026-11-21T08:05:00.000+00:00", samples=2,
    )  # fmt: skip
    batches = {(0, 1, "feedback"): list(EARLY), (0, 2, "feedback"): list(LATE)}
    refined = {
        (0, n, "refinement"): [e for e in b if e.feedback and e.feedback.passed] for n, b in ((1, EARLY), (2, LATE))
    }
    lost = {
        (0, n, "refinement"): [
            Drop(experience=e.id, operator="refinement.Filter", reason="not passed")
            for e in b
            if not (e.feedback and e.feedback.passed)
        ]
        for n, b in ((1, EARLY), (2, LATE))
    }
    log: list[dict[str, Any]] = [
        committed("evaluation", 0, 9.0),
        committed("tasks", 1, 1.0),
        committed("feedback", 1, 40.0),
    ]
    log += [{"kind": "trained", "learner": FIRST.hash, "tokens": 4321}, committed("updating", 1, 30.0)]
    log += [committed("sealed", 0, 12.0)]
    return LiteralRun(
        path=path,
        info=replace(info, **changed),
        views=[
            seen(0, scorecards=(base,)),
            view(1, EARLY, FIRST, (first, base), promoted),
            view(2, LATE, SECOND, (second, first), refused),
        ],
        log=log,
        batches={**batches, **refined},
        lost=lost,
        made={made.hash: made for made in (BASE, FIRST, SECOND)},
        last=[card(BASE.hash, 0, 0, 1, 0, split="sealed"), card(FIRST.hash, 1, 1, 1, 0, split="sealed")],
    )
