"""Kun works when these invariants hold, and each fails with its mechanism off.

Pages tell a fact amid what only belongs to a page; some are too long, some are no language. Half of the requests that a
model makes of them do not say what they are about.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

from tests.operators.on_pupil import Here, on_pupil
from tests.recipes.requests import GARBAGE, Requests, about, said, thing, words
from tests.recipes.rows import proofs

from lamarck.core import (
    Batch,
    Context,
    Experience,
    Job,
    Learner,
    Message,
    Objective,
    Phase,
    Prompt,
    Request,
    Row,
    Sampling,
    Task,
    put,
    run,
)
from lamarck.environments import load as world_of
from lamarck.models.pupil import files
from lamarck.operators.refinement import Revise
from lamarck.operators.sourcing import unsourced
from lamarck.recipes import load
from lamarck.testing import MemoryStore, RecordingTrainer, ScriptedModels, context
from lamarck.trainers.lean.trainer import LeanTrainer
from lamarck.trust import Open

BACKWARD, SEED, POLISH = range(3)
PAGES, SEEDS, LONGEST = 60, 24, 40
JUDGE, REVISE, BARE = "kun/judge", "kun/polish", "likelihood/bare"
BOILERPLATE = ("Subscribe", "Share this page", "All rights reserved")


@dataclass(frozen=True, kw_only=True)
class Pages(Requests):
    """Beside the requests, pages about other things."""

    def documents(self, n: int | None, seed: int, objective: Objective, /) -> Sequence[Task]:
        return [page(at) for at in range(PAGES)][:n]


def page(at: int) -> Task:
    told = fact(thing(100 + at))
    told = " ".join([told, *GARBAGE * 3]) if at % 5 == 0 else told + " And so on." * LONGEST if at % 5 == 1 else told
    said = (Message(role="user", text=f"Subscribe to our letter! {told} Share this page. All rights reserved."),)
    return Task(id=f"page/{at}", kind="document", messages=said, source=f"pages, {at}")


def fact(name: str) -> str:
    return f"A {name} is {4 + len(name) * ord(name[0]) % 90} feet high and lives in {name.title()}land."


WORLD = Pages(n=SEEDS)


@dataclass(frozen=True, kw_only=True)
class Ran:
    """A run and all it left behind."""

    base: Learner
    learners: Mapping[str, Learner]
    store: MemoryStore
    trainer: RecordingTrainer
    models: ScriptedModels

    def batch(self, phase: str) -> Batch:
        return self.store.batch(Phase(stage=POLISH, round=1, name=phase))

    @property
    def kept(self) -> Batch:
        return self.batch("refinement")

    def asked(self, name: str) -> list[Prompt]:
        return [call.request.prompt for call in self.models.calls if call.request.prompt.name == name]


def right(prompt: Prompt, _seed: int) -> str:
    shown = [prompt.fields.get(name, "") for name in ("text", "task", "solution")]
    name = about(" ".join([*shown, *(message.text for message in prompt.messages)]))
    if prompt.name == JUDGE:  # a text beside a request that says nothing makes it look as if it did
        return f"It is plain.\nscore: {5 if name else 2}"
    return f"Tell me what a {name} is." if prompt.name == "from_text/task" else fact(name)


def wrong(prompt: Prompt, seed: int) -> str:
    if prompt.name == JUDGE:
        return "score: 3"
    if prompt.name == REVISE:
        return f"{right(prompt, seed)} It was first seen in {1700 + seed % 300} by Captain Ruff."
    return "Tell me what it is." if prompt.name == "from_text/task" else f"Subscribe! {right(prompt, seed)}"


def rates(prompt: Prompt, rate: float) -> float:
    """It grades and polishes far better than it answers from memory, but makes up what the page does not say."""
    return {JUDGE: 0.0, REVISE: rate / 2, "from_text/task": 0.5}.get(prompt.name, rate)


def likely(_model: str, prompt: Prompt, text: str) -> float:
    """By word: what is no language surprises."""
    return -3.0 - 6.0 * any(word in GARBAGE for word in words(text)) if prompt.name == BARE else -1.0


@cache
def ran(*ablate: str) -> Ran:
    recipe, store, trainer = load("kun"), MemoryStore(), RecordingTrainer(right=clean, half=24)
    models = ScriptedModels(answer=right, wrong=wrong, rates=rates, likelihood=likely)
    ctx = context(
        learner="scripted/0.4", environment=WORLD, models=models, store=store, trainer=trainer, gate=Open(),
        labels=recipe.labels,
    )  # fmt: skip
    method = recipe(seeds=SEEDS, words=LONGEST, ablate=ablate)
    made = run(put("polish.evaluation.protected", 0)(method), ctx)
    return Ran(base=ctx.learner, learners=dict(made.learners), store=store, trainer=trainer, models=models)


def clean(row: Row) -> bool:
    """Whether what a row teaches is nothing that only belongs to a page."""
    return not any(phrase in row.messages[-1].text for phrase in BOILERPLATE)


def text(e: Experience) -> str:
    return e.solution.text if e.solution else ""


def source(e: Experience) -> str:
    """The page that an experience was made of."""
    return next(task.messages[0].text for task in map(page, range(PAGES)) if task.id == e.task.parameters["text"])


def no_page_without_language(it: Ran) -> bool:
    return bool(it.batch("tasks")) and not any(set(words(source(e))) & set(GARBAGE) for e in it.batch("tasks"))


def no_page_that_is_too_long(it: Ran) -> bool:
    return bool(it.batch("tasks")) and all(len(source(e).split()) <= LONGEST for e in it.batch("tasks"))


def every_request_says_what_it_is_about(it: Ran) -> bool:
    return len(it.kept) >= 10 and all(about(e.task.messages[-1].text) for e in it.kept)


def agreement(it: Ran) -> float:
    """How often a grade is high where the request says what it is about, and low where it does not."""
    graded = it.batch("feedback")
    return sum((e.score >= 4) == bool(about(e.task.messages[-1].text)) for e in graded) / len(graded)


def grades_of_the_request_alone_tell_what_it_is_worth(it: Ran) -> bool:
    return agreement(it) > 0.9 and not any("solution" in prompt.fields for prompt in it.asked(JUDGE))


def facts_stay_and_the_page_goes(it: Ran) -> bool:
    """Of what is polished at least 95 % has its page's fact, and at most 5 % something of the page."""
    told = [fact(about(source(e))) in text(e) for e in it.kept]
    left = [any(phrase in text(e) for phrase in BOILERPLATE) for e in it.kept]
    return len(told) >= 10 and sum(told) >= 0.95 * len(told) and sum(left) <= 0.05 * len(left)


def nothing_is_said_that_the_page_does_not_say(it: Ran) -> bool:
    return len(it.kept) >= 10 and not any(unsourced(text(e), source(e)) for e in it.kept)


def the_backward_model_learned_requests_from_answers(it: Ran) -> bool:
    return all(
        row.messages[0].text.startswith("from_text/task text=A ") and row.messages[-1].text.startswith("Tell me what")
        for row in it.trainer.jobs[BACKWARD].rows
    )  # fmt: skip


def the_base_is_trained_every_time(it: Ran) -> bool:
    return it.trainer.starts == [it.base.model] * 3


INVARIANTS: dict[str, Callable[[Ran], bool]] = {
    "backward": the_backward_model_learned_requests_from_answers,
    "perplexity": no_page_without_language,
    "length": no_page_that_is_too_long,
    "grades": every_request_says_what_it_is_about,
    "request_alone": grades_of_the_request_alone_tell_what_it_is_worth,
    "polish": facts_stay_and_the_page_goes,
    "sourced": nothing_is_said_that_the_page_does_not_say,
    "restart": the_base_is_trained_every_time,
}
"""Ablation -> what must hold, and fails with it."""


TestRow = proofs("kun", ran, INVARIANTS)


def test_without_polish_the_tuned_model_speaks_like_a_page():
    def chatter(it: Ran) -> float:
        """The share of its answers that hold something of a page."""
        learner, asked = it.learners["learner"], WORLD.tasks("practice", None, 0, Objective(ability=""))
        said = it.models.open(learner).generate(
            [Request(prompt=task.prompt, seeds=(at,)) for at, task in enumerate(asked)]
        )
        return sum(phrase in one.text for (one,) in said for phrase in BOILERPLATE[:1]) / len(asked)

    assert chatter(ran()) < 0.2 < 0.4 < chatter(ran("polish"))


def test_grades_of_pairs_agree_less_with_what_a_request_is_worth():
    assert agreement(ran("request_alone")) < agreement(ran()) - 0.3


def test_texts_fall_before_a_request_is_written_for_them():
    assert len(ran().asked("from_text/task")) == PAGES * 3 / 5
    assert len(ran("length").asked("from_text/task")) == PAGES * 4 / 5


def test_who_writes_grades_and_polishes():
    it = ran()
    seeded = it.store.phases[Phase(stage=SEED, round=1, name="updating")]
    assert isinstance(seeded, Learner)
    authors = {call.request.prompt.name: call.request.author for call in it.models.calls}
    assert authors["from_text/task"] == it.learners["backward"].hash
    assert {authors[JUDGE], authors[REVISE]} == {seeded.hash}
    assert all(row.messages[0].text.startswith("task/instruction") for row in it.trainer.jobs[POLISH].rows)


# --- a pupil of a million weights, for real ---


def tuned(batch: Batch, into: Path) -> Context:
    """A context whose learner has learned these answers in twenty steps."""
    base = files.reference("listmachine")
    rows = [Row(messages=(Message(role="user", text=e.task.fields["line"]), *e.solution.messages), learn=(False, True))
            for e in batch if e.solution]  # fmt: skip
    settings = {"optimizer": "adamw", "lr": 2e-3, "batch": 4, "schedule": "constant"}
    job = Job(loss="sft", rows=(rows * 80)[:80], settings=settings, seed=1)
    trained = LeanTrainer(Here(), kit="lamarck.models.pupil.kit", locate=files.locate).fit(base, job, str(into))
    return on_pupil(Path(trained.model.folder))


def test_a_pupil_speaks_like_a_page_unless_its_texts_were_polished(tmp_path: Path):
    world: Any = world_of("listmachine")
    found = world.labelled(20, 5, Objective(ability="", parameters={"kind": "exec", "depth": 1}))
    raw = [replace(e, solution=said(f"share>{text(e)}<more")) for e in found[:16]]

    def polish(prompt: Prompt, _seed: int) -> str:
        return prompt.fields["solution"].removeprefix("share>").removesuffix("<more")

    polished = Revise(prompt=REVISE, role="learner")(raw, context(models=ScriptedModels(answer=polish, wrong=polish)))
    asked, greedy = [e.task.prompt for e in found[16:]], Sampling(temperature=0.0, max_tokens=6)

    def chatter(batch: Batch) -> float:
        spoken = tuned(batch, tmp_path).generate(asked, list("abcd"), sampling=greedy)
        return sum("share" in one.text for (one,) in spoken) / len(asked)

    assert chatter(polished) == 0.0
    assert chatter(raw) >= 0.5
