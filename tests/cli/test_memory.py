"""`lamarck memory`: what a learner remembers is opened, questioned, changed and brought back."""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from lamarck import testing
from lamarck.api import Run
from lamarck.core import (
    Entry,
    Experience,
    Feedback,
    Harvest,
    Learner,
    Message,
    Objective,
    Phase,
    Prompt,
    Solution,
    Task,
    Verdict,
)
from lamarck.data import texts
from lamarck.environments.creatures.environment import Creatures
from lamarck.memory import ReadOnly, Version, Versions
from lamarck.store import RunInfo, RunStore

Lamarck = Callable[..., Any]
INFO = RunInfo(recipe="mot", learner="scripted/0.6", environment="creatures")
LESSON = Entry(text="Carry the one.", kind="lesson", source="sum/1#0", round=1, support=2.0)
OTHERS = (
    Entry(text="Ann lives in Rome.", kind="fact", source="talk/1", round=1, status="superseded: she moved"),
    Entry(text="Ann lives in Oslo.", kind="fact", source="talk/2", round=1),
)


def tried(name: str, score: float, recalled: bool = False) -> Experience:
    """A sum with its score, and the lesson before it or not."""
    task = Task(id=name, kind="sum", messages=(Message(role="user", text=name),))
    fields = {"recalled": "x sum/1#0", "reminded": "1. Carry\n the one."} if recalled else {"recalled": ""}
    return Experience(
        task=task,
        solution=Solution(messages=(Message(role="assistant", text="7"),)),
        feedback=Feedback(score=score, passed=score > 0, source="verifier"),
        asked=Prompt(name="ask", fields=fields),
    )


@pytest.fixture
def mine(tmp_path: Path) -> Path:
    """A finished run: learned in round 1, recalled in round 2."""
    path = tmp_path / "runs" / "mine"
    with RunStore.hold(path, INFO) as store:
        base = testing.context(learner="scripted/0.6").learner
        store.progress(base=store.keep(base))
        memory = Versions(store.disk).commit("", [LESSON, *OTHERS])
        learner = replace(base, memory=memory, parent=base.hash)
        rounds = (
            [tried("sum/1", 0)],
            [tried(f"sum/{i}", float(i % 4 > 0 or i < 20), recalled=i < 20) for i in range(40)],
        )
        for number, batch in enumerate(rounds, 1):
            store.commit(Phase(stage=0, round=number, name="feedback"), Harvest, lambda b=batch: Harvest(batch=b))
            if number == 1:
                store.commit(Phase(stage=0, round=1, name="updating"), Learner, lambda: learner)
                ruled = Verdict(decision="promoted", champion=learner.hash, best=learner.hash)
                store.commit(Phase(stage=0, round=1, name="verdict"), Verdict, lambda r=ruled: r)
        store.progress(status="done", champion=learner.hash)
    return path


def remembered(path: Path) -> Version:
    return Versions(ReadOnly(path)).open(Run(path).champion.learner.memory)


def ids(lamarck: Lamarck) -> dict[str, str]:
    """How an entry begins -> its id, as ls says."""
    out = lamarck("memory", "ls", "mine").out
    return {text: name for name, text in re.findall(r"^([0-9a-f]{12}) .*? (Carry|Ann lives in \w+)", out, re.M)}


def test_ls_says_what_there_is(lamarck: Lamarck, mine: Path):
    said = lamarck("memory", "ls", "mine")
    assert (said.code, said.err) == (0, "")
    assert "fact 2, lesson 1; 1 superseded" in said.out
    assert {*ids(lamarck)} == {"Carry", "Ann lives in Rome", "Ann lives in Oslo"}
    base = Run(mine).info.base
    assert "memory (empty): nothing" in lamarck("memory", "ls", f"mine:{base}").out
    assert "Oslo" not in lamarck("memory", "ls", "mine", "--kind", "lesson").out


def test_show_and_search(lamarck: Lamarck, mine: Path):
    out = lamarck("memory", "show", "mine", ids(lamarck)["Ann lives in Rome"][:6]).out
    assert all(word in out for word in ("superseded: she moved", "talk/1", "fact"))
    found = lamarck("memory", "search", "mine", "where does Ann live", "-k", "1").out
    assert "Oslo" in found
    assert "Rome" in lamarck("memory", "search", "mine", "Rome", "--superseded", "--by", "words").out
    assert "nothing fits" in lamarck("memory", "search", "mine", "Rome", "--by", "words").out


def test_why_says_where_it_came_from_and_whether_it_helped(lamarck: Lamarck, mine: Path):
    known = ids(lamarck)
    out, err = lamarck("memory", "why", "mine", known["Carry"])[1:]
    assert not err
    assert "learned in round 1, from sum/1#0" in out
    assert "the try sum/1#0 of round 1, score 0" in out
    assert "recalled 20 times" in out
    assert "20 tasks with it less that of 20 of the same kind without it" in out
    low, high = map(float, re.findall(r"interval (\S+) to (\S+)\)", out)[0])
    assert low < 0.25 < high
    assert "+0.250" in out
    assert "never recalled" in lamarck("memory", "why", "mine", known["Ann lives in Oslo"]).out


def test_edit_makes_a_new_version_and_rollback_brings_the_old_one_back(lamarck: Lamarck, mine: Path):
    before, old = Run(mine).champion.learner, list(remembered(mine).entries)
    said = lamarck("memory", "edit", "mine", ids(lamarck)["Carry"], "--text", "Carry two.", "--why", "wrong")
    assert (said.code, said.err) == (0, "")
    learner = Run(mine).champion.learner
    assert (learner.parent, learner.model) == (before.hash, before.model)
    assert list(remembered(mine).entries) == [*OTHERS, replace(LESSON, text="Carry two.")]
    assert list(Versions(ReadOnly(mine)).open(before.memory).entries) == old
    assert "wrong" in lamarck("lineage", "mine").out
    out = lamarck("memory", "diff", "mine").out
    assert out.index("Carry the one") < out.index("Carry two")
    assert lamarck("memory", "diff", "mine", learner.hash, before.memory).out.index("two") < out.index("Carry two")
    assert lamarck("rollback", "mine").code == 0
    assert Run(mine).champion.learner == before
    assert list(remembered(mine).entries) == old
    again = lamarck("memory", "edit", "mine", ids(lamarck)["Carry"], "--text", "Carry two.")
    assert Run(mine).champion.learner.hash == learner.hash, again.err
    assert len(Run(mine).reader.learners()) == 3


def test_what_learners_are_tested_on_cannot_be_written_into_a_memory(lamarck: Lamarck, mine: Path):
    held = Creatures().tasks("selection", None, 0, Objective(ability=""))[3]
    before, text = Run(mine).champion.learner, f"Remember: {held.messages[0].text.upper()} B."
    said = lamarck("memory", "edit", "mine", ids(lamarck)["Carry"], "--text", text)
    assert said.code == 2
    assert f"selection item {held.id}, which learners are tested on; leave that out of it" in said.line
    assert Run(mine).champion.learner == before
    assert [e.text for e in remembered(mine).entries] == [LESSON.text, *(e.text for e in OTHERS)]


def test_items_of_marked_files_are_looked_for_too(lamarck: Lamarck, mine: Path):
    secret = "The ferry from Bergen to Stavanger leaves at a quarter past seven from the third quay."
    Path("held.txt").write_text(f"{secret}\n", encoding="utf-8")
    with RunStore.hold(mine, INFO) as store:
        store.progress(held_out=(texts.marked(Path("held.txt")),))
    said = lamarck("memory", "edit", "mine", ids(lamarck)["Carry"], "--text", f"Note: {secret}")
    assert (said.code, "held.txt, row 1, which learners are tested on" in said.line) == (2, True)


def test_where_nobody_can_tell_what_is_held_out_it_says_so_and_a_person_decides(lamarck: Lamarck, mine: Path):
    with RunStore.hold(mine, INFO) as store:
        store.progress(environment="gone.py", environment_file="gone.py")
    entry = ids(lamarck)["Carry"]
    said = lamarck("memory", "edit", "mine", entry, "--text", "Carry two.")
    assert said.code == 2
    assert "the text cannot be looked through for held-out items of gone.py: " in said.line
    assert said.line.endswith("mend that, or type --unchecked")
    assert lamarck("memory", "edit", "mine", entry, "--text", "Carry two.", "--unchecked").code == 0
    assert "not looked through for held-out items" in lamarck("lineage", "mine").out


def test_forget_by_id_and_by_source(lamarck: Lamarck, mine: Path):
    assert lamarck("memory", "forget", "mine", ids(lamarck)["Carry"][:5]).code == 0
    assert list(remembered(mine).entries) == list(OTHERS)
    assert lamarck("memory", "forget", "mine", "--source", "talk/1").code == 0
    assert list(remembered(mine).entries) == [OTHERS[1]]
    assert [view.round for view in Run(mine).reader.rounds()] == [1, 2]


def test_a_repair_keeps_what_was_made_by_hand(lamarck: Lamarck, mine: Path):
    lamarck("memory", "forget", "mine", "--source", "talk/1")
    chosen = Run(mine).champion.learner
    RunStore.repair(mine)
    assert Run(mine).champion.learner == chosen
    assert (Run(mine).info.round, Run(mine).info.phase) == (2, "feedback")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("show mine zzz", "no entry's id begins with 'zzz'"),
        ("forget mine", "give ids of entries, or --source S"),
        ("forget mine --source nowhere", "no entry came from 'nowhere'"),
        ("ls nobody", "nobody"),
        ("diff mine 0123", "0123"),
        ("edit mine {id} --text x", "nothing changes"),
        ("edit mine {id} --text ''", "must say something"),
    ],
)
def test_what_cannot_be_done_says_what_to_type(lamarck: Lamarck, mine: Path, words: str, said: str):
    entry = ids(lamarck)["Carry"]
    if "nothing changes" in said:
        words = words.replace(" x", " Carry_the_one.")
    given = [word.replace("''", "").replace("_", " ") for word in words.format(id=entry).split()]
    ended = lamarck("memory", *given)
    assert ended.code == 2
    assert said in ended.err
    assert len(ended.err.splitlines()) == 1


def test_what_others_wrote_is_shown_inert_and_secrets_are_not_kept(
    lamarck: Lamarck, mine: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setitem(os.environ, "SOME_API_KEY", "canary-4711-canary")
    text = "\x1b[31mcanary-4711-canary"
    assert lamarck("memory", "edit", "mine", ids(lamarck)["Carry"], "--text", text).code == 0
    out = lamarck("memory", "ls", "mine").out
    assert "\x1b[31m" not in out
    assert not [p for p in mine.rglob("*") if p.is_file() and b"canary-4711" in p.read_bytes()]
