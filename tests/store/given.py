"""A small run and its results, literally, and strategies for arbitrary ones."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from hypothesis import strategies as st

from lamarck.core import (
    Batch,
    Choice,
    Drop,
    Experience,
    Feedback,
    Harvest,
    Image,
    Learner,
    Message,
    ModelRef,
    Objective,
    Origin,
    Passage,
    Phase,
    Prompt,
    Reference,
    Score,
    Scorecard,
    Solution,
    Task,
    ToolCall,
    Usage,
    Verdict,
)
from lamarck.store import RunInfo, RunStore

INFO = RunInfo(recipe="rest_em", learner="pupil", environment="toy", options={"rounds": 2, "sources": ("a", "b")})
BASE = Learner(model=ModelRef(name="pupil/toy", digest="00"))
OBJECTIVE = Objective(ability="sums", goal=0.5, parameters={"depth": 3, "easy": False, "kind": None})
CHOICE = Choice(objective=OBJECTIVE, reason="fixed")
WEIGHTS = b"\x08\x00\x00\x00\x00\x00\x00\x00{}      \x00\x01\x02\x03"


def batch(n: int = 3) -> Batch:
    """n samples of one task, the first of them right."""
    task = Task(
        id="toy/3+4",
        kind="sum",
        messages=(Message(role="user", text="3+4 = ?"),),
        fields={"left": "3"},
        reference=Reference("7").seal("the recipe declares labels='check'"),
    )
    return [
        Experience(
            task=task,
            sample=i,
            solution=Solution(messages=(Message(role="assistant", text=str(7 + i)),), logprobs=(-0.1, -1.0 / 3)),
            feedback=Feedback(passed=i == 0, score=float(i == 0), source="verifier"),
            origin=Origin(operator="solutions.Sample", learner="ab", seed=2**64 - 1, round=1),
        )
        for i in range(n)
    ]


def harvest() -> Harvest:
    """One kept, one dropped."""
    return Harvest(
        batch=batch(1),
        drops=(Drop(experience="toy/3+4#1", operator="refinement.Filter", reason="not passed"),),
        funnel=(Passage(operator="refinement.Filter", into=2, out=1, seconds=0.25),),
    )


def card(learner: Learner = BASE) -> Scorecard:
    """Two items, one right."""
    score = Score(ability="sums", metrics={"greedy": (1.0, 0.0)}, items=("a", "b"), split="selection")
    return Scorecard(learner=learner.hash, scores=(score,), metric="greedy")


def at(name: str, round: int = 1) -> Phase:
    """A phase of the first stage."""
    return Phase(stage=0, round=round, name=name)


def trained(store: RunStore) -> Learner:
    """What a trainer leaves: weights in a folder of their own, and a learner made of them."""
    folder = Path(store.learners) / "c0ffee"
    folder.mkdir(exist_ok=True)
    (folder / "model.safetensors").write_bytes(WEIGHTS)
    (folder / "config.json").write_text("{}")
    return Learner(model=ModelRef(name="pupil/toy", digest="c0ffee", folder=str(folder)), parent=BASE.hash)


def fill(store: RunStore) -> dict[str, Any]:
    """Commit a round of every kind of result. Out: what each commit gave."""
    store.progress(base=store.keep(BASE))
    given: dict[str, Any] = {
        "evaluation": store.commit(at("evaluation", 0), list[Scorecard], lambda: [card()]),
        "tasks": store.commit(at("tasks"), Harvest, lambda: Harvest(batch=batch(1))),
        "feedback": store.commit(at("feedback"), Harvest, lambda: Harvest(batch=batch(2))),
        "refinement": store.commit(at("refinement"), Harvest, harvest),
    }
    made = given["updating"] = store.commit(at("updating"), Learner, lambda: trained(store))
    ruled = Verdict(decision="promoted", champion=made.hash, best=made.hash)
    given["cards"] = store.commit(at("evaluation"), list[Scorecard], lambda: [card(made), card()])
    given["verdict"] = store.commit(at("verdict"), Verdict, lambda: ruled)
    given["objective"] = store.commit(at("objective"), Choice, lambda: CHOICE)
    given["sealed"] = store.commit(at("sealed", 0), list[Scorecard], lambda: [card()])
    return given


def never() -> Any:
    """What must not be made again."""
    raise AssertionError("made a second time")


TEXT = st.text(max_size=12) | st.sampled_from(["\ud800", "\0", "\u2028", "</script>"])
NUMBER = st.floats(allow_nan=False, allow_infinity=False)
FIELDS = st.dictionaries(TEXT, TEXT, max_size=2)
SCALARS = st.dictionaries(TEXT, TEXT | st.integers() | NUMBER | st.booleans() | st.none(), max_size=3)
IMAGES = st.builds(Image, path=TEXT, digest=TEXT)
CALLS = st.builds(ToolCall, name=TEXT, arguments=TEXT, id=TEXT)
MESSAGES = st.lists(
    st.builds(
        Message,
        role=st.sampled_from(["system", "user", "assistant", "tool"]),
        text=TEXT,
        author=TEXT,
        images=st.lists(IMAGES, max_size=1).map(tuple),
        calls=st.lists(CALLS, max_size=2).map(tuple),
        call=TEXT,
    ),
    max_size=3,
).map(tuple)
PROMPTS = st.builds(Prompt, name=TEXT, fields=FIELDS, messages=MESSAGES)
TASKS = st.builds(
    Task,
    id=TEXT,
    kind=TEXT,
    messages=MESSAGES,
    fields=FIELDS,
    reference=st.none() | st.builds(Reference, TEXT, sealed=TEXT),
    private=FIELDS,
    stream=TEXT,
    split=st.sampled_from(["practice", "selection", "sealed"]),
    source=TEXT,
    parameters=SCALARS,
)
SOLUTIONS = st.builds(
    Solution,
    messages=MESSAGES,
    author=TEXT,
    answer=st.none() | TEXT,
    logprobs=st.lists(NUMBER | st.integers(), max_size=3).map(tuple),
    usage=st.builds(Usage, prompt=st.integers(), completion=st.integers(), seconds=NUMBER),
    stop=st.sampled_from(["stop", "length", "filtered", "refused", "empty", "unparsable", "error"]),
)
EXPERIENCES = st.builds(
    Experience,
    task=TASKS,
    solution=st.none() | SOLUTIONS,
    rejected=st.none() | SOLUTIONS,
    feedback=st.none()
    | st.builds(
        Feedback,
        score=st.none() | NUMBER | st.integers(),
        passed=st.none() | st.booleans(),
        text=TEXT,
        source=TEXT,
        details=SCALARS,
    ),
    asked=st.none() | PROMPTS,
    keep=st.none() | PROMPTS,
    weight=NUMBER,
    sample=st.integers(),
    origin=st.builds(Origin, operator=TEXT, learner=TEXT, seed=st.integers(), temperature=NUMBER, round=st.integers()),
)
