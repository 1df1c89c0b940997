"""An environment of a user's documents: passages that nobody has asked a question about yet."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from lamarck.core import Environment, Experience, Feedback, Message, Objective, Solution, Split, Task, UsageError
from lamarck.data.documents import corpus
from lamarck.data.documents.corpus import Corpus
from lamarck.data.documents.passages import Passage, Window
from lamarck.environments.tasks.item import Item
from lamarck.environments.tasks.splits import dealt

KIND = "document"
"""Of tasks that are passages."""


@dataclass(frozen=True, kw_only=True)
class Documents:
    """Passages as tasks of kind "document", in splits as a user's tasks have them; nothing checks an answer to them.

    A task's words are the passage; fields: "text", "title" (the headings above it), "source" (file and place).
    """

    corpus: Corpus
    splits: Mapping[Split, tuple[Passage, ...]]

    @property
    def name(self) -> str:
        """The folder's, or the file's without its suffix."""
        return re.sub(r"[^A-Za-z0-9_-]+", "-", self.corpus.name).strip("-")[:48] or "documents"

    @property
    def ability(self) -> str:
        """What its passages are about, as far as that is known: their name."""
        return self.name

    def tasks(self, split: Split, n: int | None, seed: int, objective: Objective, /) -> Sequence[Task]:
        """The first n passages of a split, in an order that does not depend on the files'. Raises: UsageError."""
        if objective.node or objective.parameters:
            raise UsageError(f"{self.name}: documents have no nodes and no parameters; leave the objective out")
        return [_task(passage, split) for passage in self.splits[split][:n]]

    def documents(self, n: int | None, seed: int, objective: Objective, /) -> Sequence[Task]:
        """The same of the practice split: what may be learned from."""
        return self.tasks("practice", n, seed, objective)

    def check(self, task: Task, solution: Solution, /) -> Feedback:
        """No verdict."""
        return Feedback(passed=None, text="nothing checks it", source="verifier")

    def examples(self, n: int, seed: int, /) -> Sequence[Experience]:
        """None: nobody has answered anything here."""
        return ()

    def protected(self, n: int, seed: int, /) -> Mapping[str, Sequence[Task]]:
        """None: documents say nothing of other abilities."""
        return {}

    def key(self, task: Task, /) -> str:
        """The words' digest, whatever their letter case, spacing and punctuation."""
        return Passage(text=task.messages[-1].text, heading="", file="", place="").key


class WithDocuments:
    """An environment, and beside it documents that may be learned from; everything but these is the environment's."""

    def __init__(self, environment: Environment, more: Corpus) -> None:
        self._environment, self.corpus = environment, more
        self._passages = sorted(more.passages, key=lambda passage: passage.key)

    def documents(self, n: int | None, seed: int, objective: Objective, /) -> Sequence[Task]:
        """The first n passages, in an order that does not depend on the files'."""
        return [_task(passage, "practice") for passage in self._passages[:n]]

    def __getattr__(self, name: str) -> Any:
        return getattr(self._environment, name)


def from_documents(
    name: str, *, passages: str = "", skip_bad: bool = False, beside: Environment | None = None
) -> Environment:
    """The environment of documents: a folder, a file, or a mark of either.

    In: the least and the most words of a passage ("20-400"), and the environment that they come beside. Alone they are
    dealt into splits as tasks of a file are, beside another environment all of them may be learned from.
    Raises: UsageError for anything that is wrong with them.
    """
    found = corpus.read(name, window=Window.of(passages), skip_bad=skip_bad)
    if beside is not None:
        return WithDocuments(beside, found)  # type: ignore[return-value]
    return Documents(corpus=found, splits=_dealt(found.passages))


def _dealt(passages: Sequence[Passage]) -> Mapping[Split, tuple[Passage, ...]]:
    known = {(item := Item(question=passage.text)).key: (item, passage) for passage in passages}
    found = dealt([item for item, _ in known.values()]).items
    return {split: tuple(known[item.key][1] for item in items) for split, items in found.items()}


def _task(passage: Passage, split: Split) -> Task:
    source = f"{passage.file}, {passage.place}"
    return Task(
        id=f"documents/{passage.key}",
        kind=KIND,
        messages=(Message(role="user", text=passage.text),),
        fields={"text": passage.text, "title": passage.heading, "source": source},
        split=split,
        source=source,
    )
