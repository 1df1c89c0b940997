"""Moving the champion by hand: one pointer for weights, memory and prompt, told to whoever looks later."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from lamarck import testing
from lamarck.api import Run
from lamarck.core import Entry, Learner, Phase, Verdict, digest
from lamarck.core.scores import Decision
from lamarck.memory import ReadOnly, Versions
from lamarck.store import RunInfo, RunReader, RunStore
from lamarck.store.disk import Disk
from lamarck.store.lock import Lock

Lamarck = Callable[..., Any]
INFO = RunInfo(recipe="rest_em", learner="scripted/0.6", environment="toy")
DECISIONS: tuple[tuple[Decision, int], ...] = (("promoted", 1), ("promoted", 2), ("rolled back", 2))
"""Round by round: what the gate said, and whose round's learner then is the champion."""


def made(store: RunStore, number: int) -> Learner:
    """What a trainer leaves; it differs from the others in weights, memory and prompt."""
    base = testing.context(learner="scripted/0.6").learner
    if not number:
        return base
    name = f"{digest(number):016x}"
    folder = Path(store.learners) / name
    folder.mkdir(exist_ok=True)
    (folder / "model.json").write_text(json.dumps({"round": number}))
    model = type(base.model)(name="scripted/0.5", digest=name, folder=str(folder))
    memory = Versions(Disk(store.root)).commit("", [Entry(text=f"memory {number}")])
    return Learner(model=model, memory=memory, prompt=f"prompt {number}", parent=base.hash)


def lived(path: Path, rounds: int = 3, status: str = "done") -> list[str]:
    """A run of so many rounds, or the rest of it. Out: hashes of the base and of each round's candidate."""
    with RunStore.hold(path, INFO) as store:
        learners = [made(store, number) for number in range(4)]
        store.progress(base=store.keep(learners[0]))
        champion = learners[0].hash
        for number, (decision, of) in enumerate(DECISIONS[:rounds], 1):
            champion = learners[of].hash
            ruled = Verdict(decision=decision, champion=champion, best=champion)
            store.commit(Phase(stage=0, round=number, name="updating"), Learner, lambda n=number: learners[n])
            store.commit(Phase(stage=0, round=number, name="verdict"), Verdict, lambda v=ruled: v)
        store.progress(status=status, champion=champion)
    return [learner.hash for learner in learners]


@pytest.fixture
def mine(tmp_path: Path) -> Path:
    """A finished run of three rounds in runs/."""
    lived(tmp_path / "runs" / "mine")
    return tmp_path / "runs" / "mine"


def champion(path: Path) -> Learner:
    return Run(path).champion.learner


def parts(path: Path) -> tuple[str, str, str]:
    """Weights, memory and prompt of a run's champion, as they lie on the disk."""
    learner = champion(path)
    (remembered,) = Versions(ReadOnly(path)).open(learner.memory).search("memory", 2)
    return Path(learner.model.folder, "model.json").read_text(), remembered.text, learner.prompt


def test_rollback_goes_to_the_champion_before_with_all_it_is(lamarck: Lamarck, mine: Path):
    base, first, second, _ = lived(mine)
    assert champion(mine).hash == second
    said = lamarck("rollback", "mine", "--why", "it swears")
    assert (said.code, said.err) == (0, "")
    assert f"the champion is {first}, was {second}" in said.out
    assert parts(mine) == ('{"round": 1}', "memory 1", "prompt 1")
    assert lamarck("rollback", "mine").code == 0
    assert champion(mine).hash == base
    assert "is the first champion, so there is none to go back to" in lamarck("rollback", "mine").line


def test_promote_makes_the_last_candidate_the_champion_although_the_gate_refused_it(lamarck: Lamarck, mine: Path):
    refused = lived(mine)[3]
    assert lamarck("promote", "mine").code == 0
    assert parts(mine) == ('{"round": 3}', "memory 3", "prompt 3")
    assert RunReader(mine).info.by_hand == refused
    assert "is the champion of mine already" in lamarck("promote", "mine").line


def test_a_move_is_told_by_the_events_and_by_lineage(lamarck: Lamarck, mine: Path):
    _, first, second, _ = lived(mine)
    lamarck("rollback", "mine", first, "--why", "it swears\x1b[31m")
    event = RunReader(mine).events()[-1]
    told = {key: event[key] for key in ("kind", "action", "learner", "before", "why")}
    assert told == {
        "kind": "manual", "action": "rollback", "learner": first, "before": second, "why": "it swears\x1b[31m",
    }  # fmt: skip
    assert event["who"]
    tree = lamarck("lineage", "mine").out
    assert "champion, by hand" in next(line for line in tree.splitlines() if first in line and "round" in line)
    assert f"rolled back to {first}, was {second}: it swears\\x1b[31m" in tree


def test_nothing_but_the_pointer_and_the_log_changes(lamarck: Lamarck, mine: Path):
    def files() -> dict[str, bytes]:
        return {str(path.relative_to(mine)): path.read_bytes() for path in mine.rglob("*") if path.is_file()}

    before = files()
    lamarck("rollback", "mine")
    after = files()
    assert {name for name in before | after if before.get(name) != after.get(name)} <= {
        "run.json", "events.jsonl", "lock",
    }  # fmt: skip


def test_a_finished_run_that_is_resumed_keeps_the_choice(lamarck: Lamarck, mine: Path):
    first = lived(mine)[1]
    lamarck("rollback", "mine")
    lived(mine)
    assert champion(mine).hash == first


def test_an_unfinished_run_goes_on_from_its_own_champion_and_says_so(lamarck: Lamarck, tmp_path: Path):
    path = tmp_path / "runs" / "half"
    base, first, *_ = lived(path, rounds=1, status="paused")
    said = lamarck("rollback", "half")
    assert f"lamarck resume half goes on from its own champion {first}" in said.out
    lived(path)
    assert champion(path).hash == base


def test_choosing_the_runs_own_champion_gives_the_pointer_back(lamarck: Lamarck, tmp_path: Path):
    path = tmp_path / "runs" / "half"
    base, first, second, _ = lived(path, rounds=1, status="paused")
    lamarck("rollback", "half")
    assert champion(path).hash == base
    assert "the run moves its champion again" in lamarck("promote", "half", first).out
    assert RunReader(path).info.by_hand == ""
    lived(path)
    assert champion(path).hash == second


def test_a_learner_there_is_not_names_those_there_are(lamarck: Lamarck, mine: Path):
    first = lived(mine)[1]
    said = lamarck("promote", "mine", f"{first[:-1]}x")
    assert said.code == 2
    assert f"did you mean {first}" in said.line
    assert RunReader(mine).events()[-1]["kind"] != "manual"


@pytest.mark.parametrize("command", ["promote", "rollback"])
def test_a_run_there_is_not(lamarck: Lamarck, command: str):
    said = lamarck(command, "nothing")
    assert (said.code, "unknown run 'nothing'" in said.line) == (2, True)
    assert not list(Path().iterdir())


def test_a_run_that_a_process_makes_is_left_alone(lamarck: Lamarck, mine: Path):
    held = Lock(mine)
    try:
        said = lamarck("rollback", "mine")
    finally:
        held.close()
    assert said.code == 5
    assert "is held by process" in said.line


def test_a_damaged_learner_is_refused(lamarck: Lamarck, mine: Path):
    was = champion(mine)
    first = RunReader(mine).learner(lived(mine)[1])
    Path(first.model.folder, "model.json").write_text('{"round": 9}')
    said = lamarck("rollback", "mine")
    assert said.code == 1
    assert "is damaged" in said.line
    assert "--repair" in said.line
    assert champion(mine).hash == was.hash


def test_repair_forgets_a_choice_whose_learner_it_forgets(lamarck: Lamarck, mine: Path):
    base, first, _, last = lived(mine)
    lamarck("promote", "mine", last)
    damaged = next(path for path in (mine / "learners").rglob("model.json") if '"round": 2' in path.read_text())
    damaged.write_text("{}")
    RunStore.repair(mine)
    info = RunReader(mine).info
    assert (info.champion, info.by_hand) == (first, "")
    lamarck("rollback", "mine")
    shutil.rmtree(mine / "rounds" / "001")
    RunStore.repair(mine)
    assert RunReader(mine).info.champion == base
