"""What makes the vectors of a run's memory: chosen once, kept with the run, used again by all that search it."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from tests.cli.conftest import Lamarck
from tests.cli.conftest import lamarck as lamarck_says  # noqa: F401  # pyright: ignore[reportUnusedImport]

import lamarck
from lamarck.api.machine import machine
from lamarck.api.remembering import embedder_of, seen
from lamarck.api.worlds import Elsewhere
from lamarck.core import CapabilityError, Cycle, Entry, Learner, ModelRef, Objective, Recipe, UsageError
from lamarck.likeness import ByModel
from lamarck.memory import ReadOnly, Versions
from lamarck.operators import solutions, tasks, updating
from lamarck.testing.server import Script, serve
from lamarck.testing.server.running import Served


def learning() -> Cycle:
    """What was solved is remembered, and recalled to answer."""
    return Cycle(
        objective=Objective(ability="sums"),
        tasks=tasks.Dataset(split="practice"),
        solutions=solutions.Sample(),
        updating=(updating.Remember(), updating.AnswerWith(answer=solutions.Recall(clusters=1, choose="nearest"))),
        rounds=1,
    )


LEARNING = Recipe(name="learning", build=learning, paper="own")


def said(body: Mapping[str, Any]) -> str:
    return "7"


@pytest.fixture
def served() -> Iterator[Served]:
    with serve(Script(answer=said)) as found:
        yield found


@pytest.fixture
def asked(lamarck_says: Lamarck, served: Served) -> dict[str, Any]:  # noqa: F811
    """What a run on five sums is asked for, in an empty folder."""
    rows = [{"prompt": f"{n}+2", "answer": str(n + 2)} for n in range(9)]
    Path("sums.jsonl").write_text("".join(f"{json.dumps(row)}\n" for row in rows))
    providers = {"openai": {"base_url": served.url}}
    found = {"learner": "openai/m", "tasks": "sums.jsonl", "check": "numeric", "providers": providers}
    return {**found, "gate": "off", "monitors": "off", "seed": 0}


def embedded(served: Served) -> list[str]:
    """All texts that the server was asked to place."""
    return [text for body in served.bodies for text in body.get("input", ())]


@pytest.mark.parametrize("word", ["openai/e", "learner"])
def test_a_model_makes_the_vectors_and_is_kept_with_the_run(
    asked: dict[str, Any],
    served: Served,
    lamarck_says: Lamarck,  # noqa: F811
    word: str,
):
    run = lamarck.run(LEARNING, out="mine", embedder=word, **asked)
    name = {"openai/e": "openai/e@", "learner": "openai/m@"}[word]
    assert run.info.embedder == word
    assert run.info.vectors.startswith(name)
    memory, placed = run.champion.learner.memory, embedded(served)
    kept = np.load(run.path / "memory" / memory / "vectors.npy")
    assert kept.shape[1] == 8
    assert np.allclose(np.linalg.norm(kept, axis=1), 1, atol=1e-6)
    assert len(placed[1:]) == len(set(placed[1:])), "but for what was tried first, nothing is asked twice"

    with pytest.raises(UsageError, match=f"has vectors of {name}.*, and this run reads them with ngrams"):
        Versions(ReadOnly(run.path)).open(memory)
    with lamarck.open("mine") as learner:
        assert learner.answer("1+2").recalled
    assert embedded(served)[-1] == "1+2"

    before = len(served.bodies)
    out = lamarck_says("memory", "ls", "mine")
    assert (out.code, f"memory {memory}" in out.out) == (0, True)
    assert len(served.bodies) == before, "nothing is asked to look at it"
    entry = seen(run.path).open(memory).entries[0]
    out = lamarck_says("memory", "search", "mine", entry.text, "-k", "1", "--by", "meaning").out
    assert entry.text[:3] in out
    assert len(served.bodies) == before + 1
    assert "a new query" not in lamarck_says("memory", "search", "mine", "a new query").out
    assert embedded(served)[-1] == "a new query"


def test_the_same_question_goes_on_with_the_run_and_another_embedder_is_another_run(asked: dict[str, Any]):
    run = lamarck.run(LEARNING, out="mine", embedder="openai/e", **asked)
    assert lamarck.run(LEARNING, out="mine", embedder="openai/e", **asked).champion.learner == run.champion.learner
    with pytest.raises(UsageError, match='holds another run: embedder "openai/e" instead of "ngrams"'):
        lamarck.run(LEARNING, out="mine", **asked)


def test_a_plan_counts_the_texts_that_are_placed(asked: dict[str, Any]):
    kinds = {(line.model, line.prompt) for line in lamarck.plan(LEARNING, embedder="openai/e", **asked).lines}
    assert ("openai/e", "embedding") in kinds
    assert ("openai/e", "embedding") not in {
        (line.model, line.prompt) for line in lamarck.plan(LEARNING, **asked).lines
    }


def test_a_run_that_begins_with_a_memory_of_other_vectors_is_refused(asked: dict[str, Any]):
    lamarck.run(LEARNING, out="mine", embedder="openai/e", **asked)
    again = dict[str, Any](asked, learner="mine:champion")
    with pytest.raises(UsageError, match=r"has vectors of openai/e@.* reads them with ngrams"):
        lamarck.run(LEARNING, out="next", **again)
    run = lamarck.run(LEARNING, out="after", embedder="openai/e", **again)
    assert run.info.status == "done"


def test_a_model_without_embeddings_is_refused_before_anything_is_made(asked: dict[str, Any]):
    with serve(Script(answer=said, refuses=("input",))) as bare:
        providers = {"openai": {"base_url": bare.url}}
        with pytest.raises(
            CapabilityError, match="--embedder learner: openai/m makes no embeddings; type --embedder ngr"
        ):
            lamarck.run(LEARNING, out="mine", embedder="learner", **dict[str, Any](asked, providers=providers))
    assert not Path("runs/mine").exists()


def test_the_learner_as_it_began_is_the_pupils_own_weights():
    notes = [Entry(text=text) for text in ("1 5 7 10>24|", "8*3=24,", "12 20 31>39|", " ", "8*3=24")]
    with machine(Elsewhere(name="game24"), 1) as at:
        learner = at.models.learner("pupil")
        embedder = embedder_of("learner", learner, at.models)
        assert embedder.name == f"{learner.model.name}@{learner.model.digest[:12]}"
        versions = Versions(embedder=embedder)
        memory = versions.open(versions.commit(versions.commit("", notes[:2]), notes[2:], forget=notes[:1]))
        found = [entry.text for entry in memory.search("8*3=24,", 2)]
        assert found == ["8*3=24,", "8*3=24"]
        assert (memory.vectors[:1] == embedder(["8*3=24,"])).all(), "alone as among others"
        assert not memory.vectors[2].any(), "white space says nothing"
        trained = Learner(model=ModelRef(name=learner.model.name, digest="f" * 64, folder=learner.model.folder))
        assert embedder_of("learner", trained, at.models).name != embedder.name


class Letters:
    """Places a text by its letters, and is never given too many."""

    def embed(self, texts: Sequence[str], /) -> list[tuple[float, ...]]:
        assert len(texts) <= 1024
        return [tuple(float(text.count(letter)) for letter in "0123456789aetx") for text in texts]


def test_many_texts_are_told_of_and_lie_where_each_lies_alone():
    told = list[tuple[int, int]]()
    embed = ByModel(model=Letters(), name="letters", tell=lambda done, total: told.append((done, total)))
    texts = [f"text {number}" for number in range(1500)]
    found = embed(texts)
    assert told == [(1024, 1500), (1500, 1500)]
    assert (found[7] == embed(texts[7:8])[0]).all()
    assert embed([]).shape == (0, embed.size)
