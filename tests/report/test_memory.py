"""What the page says of a memory: how much was kept, what stood before tasks, and what no longer holds."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from tests.report.literal import FIRST, SECOND, LiteralRun, attempt, small
from tests.report.parsed import Parsed

from lamarck.core import Entry, Experience, Prompt
from lamarck.likeness import Floats
from lamarck.memory import Embedder, Versions
from lamarck.report.page import page
from lamarck.report.remembered import id_of
from lamarck.store.disk import Disk

CARRY = Entry(text="Carry the one.", kind="lesson", source="sum/1", round=1)
GUESS = Entry(text="Guess <b>boldly</b>.", kind="lesson", source="sum/2", round=1)
ANN = Entry(text="Ann lives in Oslo.", kind="fact", source="talk/2", round=1)
MOVED = replace(ANN, text="Ann lives in Rome.", status="superseded: contradicted by talk/2: Ann lives in Oslo.")


def shown(task: str, *entries: Entry, right: bool) -> Experience:
    fields = {"recalled": " ".join(e.source for e in entries), "reminded": "\n".join(e.text for e in entries)}
    return replace(attempt(task, "5", right=right), asked=Prompt(name="ask", fields=fields))


def remembering(path: Path, embedder: Embedder | None = None) -> LiteralRun:
    """The small run, whose candidates remember, and whose second round recalled."""
    run, versions = small(path), Versions(Disk(path), embedder)
    first = versions.commit("", [CARRY, GUESS, ANN, MOVED])
    second = versions.commit(first, [], forget=[GUESS])
    later = replace(SECOND, memory=second, parent=FIRST.hash)
    run.made |= {FIRST.hash: replace(FIRST, memory=first), SECOND.hash: later}
    helped = [shown(f"a{i}", CARRY, right=True) for i in range(12)]
    hurt = [shown(f"b{i}", GUESS, right=i < 1) for i in range(10)]
    run.batches[0, 2, "feedback"] = [*helped, *hurt]
    return run


def section(run: LiteralRun) -> str:
    """The words of the section."""
    text = Parsed(page(run.reader)).text
    return text[text.index(" Memory Entries that hold") : text.index(" Learners learner")]


def test_a_run_without_memory_says_nothing_of_it(tmp_path: Path):
    found = Parsed(page(small(tmp_path).reader))
    assert "memory" not in found.values("id")
    assert "#memory" not in found.values("href")


def test_what_was_kept_a_round_by_kind_and_how_many_more(tmp_path: Path):
    text = section(remembering(tmp_path))
    assert "round lesson fact superseded verdict 1 2 +2 1 +1 1 promoted 2 1 −1 1 1 rolled back" in text


def test_the_entries_most_in_view_with_their_effect_and_its_interval(tmp_path: Path):
    text = section(remembering(tmp_path))
    helped = f"{id_of(CARRY)} Carry the one. lesson 12 solutions 12 tasks 100.0 % 10.0 % 10 tasks +90.0 +"
    hurt = f"{id_of(GUESS)} Guess <b>boldly</b>. lesson 10 solutions 10 tasks 10.0 % 100.0 % 12 tasks −90.0 −"
    assert text.index(helped) < text.index(hurt)
    assert id_of(ANN) not in text  # never in view
    assert "It tells what went together and not what caused it" in text


@dataclass(frozen=True)
class Ones:
    """A model that is not there when the page is written."""

    name: str = "model@1"

    def __call__(self, texts: Sequence[str], /) -> Floats:
        return np.ones((len(texts), 4), np.float32)


def test_whose_vectors_it_has_does_not_matter_to_the_page(tmp_path: Path):
    run, usual = remembering(tmp_path / "a" / "run", Ones()), remembering(tmp_path / "b" / "run")
    run.info = replace(run.info, embedder="model", vectors=Ones().name)
    assert section(run) == section(usual)


def test_what_no_longer_holds_is_told_with_the_reason(tmp_path: Path):
    text = section(remembering(tmp_path))
    assert "1 entry of the champion's memory no longer holds" in text
    assert f"{id_of(MOVED)} Ann lives in Rome. fact 1 contradicted by talk/2: Ann lives in Oslo." in text


def test_few_are_shown_of_many_and_where_nothing_was_recalled_it_says_so(tmp_path: Path):
    run, versions = small(tmp_path), Versions(Disk(tmp_path))
    gone = [replace(MOVED, text=f"Ann lives in town {i}.") for i in range(30)]
    run.made[FIRST.hash] = replace(FIRST, memory=versions.commit("", gone))
    text = section(run)
    assert "30 entries of the champion's memory no longer hold; the 10 newest" in text
    assert "town 29" in text
    assert "town 19" not in text
    assert "No entry of the champion's memory stood before a task." in text


def test_a_damaged_memory_costs_its_own_part(tmp_path: Path):
    run = remembering(tmp_path)
    for file in (tmp_path / "memory").rglob("entries.jsonl"):
        file.write_bytes(b"{}\n")
    text = Parsed(page(run.reader)).text
    assert "entries.jsonl" in text
    assert "Carry the one" not in text
    assert "kept toy/b#0" in text
