"""`run`, `resume` and `eval` from end to end, on a scripted model and a world of sums."""

import json
import os
from collections.abc import Callable, Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from lamarck import testing
from lamarck.api.machine import Machine
from lamarck.models.budget import Budget
from lamarck.store import RunReader, RunStore

Lamarck = Callable[..., Any]

WORLD = """
from lamarck.testing import ToyEnvironment

def environment():
    return ToyEnvironment(n=6)
"""
STOPS = """
from pathlib import Path
from lamarck.testing import ToyEnvironment

class World(ToyEnvironment):
    def check(self, task, solution):
        if task.split == "practice" and Path("stop").exists():
            raise {error}
        return super().check(task, solution)

def environment():
    return World(n=6)
"""
DUEL = """
from lamarck.core import Cycle, Objective, recipe
from lamarck.operators import evaluation

@recipe(paper="none")
def duel(*, against: str = "opponent") -> Cycle:
    measure = evaluation.WinRate(against=against, role="environment", protected=0)
    return Cycle(objective=Objective(ability="sums"), evaluation=measure)
"""
QUICK = ("--samples", "4", "--set", "evaluation.samples=2", "--set", "evaluation.protected=5",
         "--set", "evaluation.protected_at_end=5", "--rounds", "2")  # fmt: skip


@pytest.fixture(autouse=True)
def machine(monkeypatch: pytest.MonkeyPatch, lamarck: Lamarck) -> None:
    """The doubles in place of worker processes and torch; a world of sums in world.py."""

    @contextmanager
    def doubles(*_asked: object, **_more: object) -> Generator[Any]:
        toy = testing.ToyEnvironment()
        models = testing.ScriptedModels(answer=toy.answer, wrong=toy.wrong)
        trainer = testing.RecordingTrainer(right=toy.taught)
        yield Machine(models=models, executor=testing.Inline(), trainer=trainer, budget=Budget())  # type: ignore[arg-type]

    for user in ("running", "scoring"):
        monkeypatch.setattr(f"lamarck.api.{user}.machine", doubles)
    Path("world.py").write_text(WORLD)


def _as(word: str, common: tuple[str, ...]) -> tuple[str, ...]:
    """The words of an evaluation as those of a run of its protocol."""
    return common if word == "eval" else ("run", "duel.py", *common[1:5])


def words(*more: str, world: str = "world.py", learner: str = "scripted/0.6") -> tuple[str, ...]:
    return ("run", "rest_em", "--learner", learner, "--environment", world, *QUICK, *more)


def test_a_run_is_told_from_its_folder_to_its_page(lamarck: Lamarck):
    said = lamarck(*words("--out", "mine"))
    assert said.code == 0, said
    for text in (
        "run folder: runs/mine",
        "base: greedy",
        "round 1 of 2: solving and checking",
        "round 2 of 2: trained on",
        "samples",
        "within 5 points or better on all 2 abilities",
        "sealed, scored once:",
        "points (",
        "accuracy by round",
        "report: ",
        "lamarck lineage runs/mine",
    ):
        assert text in said.out, text
    assert said.err == ""
    assert Path(said.out.partition("report: ")[2].splitlines()[0]).is_file()


def test_a_run_without_a_name_gets_one_each_time(lamarck: Lamarck):
    for name in ("rest_em-world", "rest_em-world-2"):
        assert f"run folder: runs/{name}" in lamarck(*words("--until", "tasks")).out


def test_json_is_alone_on_standard_output(lamarck: Lamarck):
    said = lamarck(*words("--out", "mine", "--json"))
    data = json.loads(said.out)
    assert (data["exit_code"], data["status"], len(data["rounds"]), len(data["sealed"])) == (0, "done", 3, 2)
    assert set(data["rounds"][1]["scores"]["abilities"]) == {"sums", "doubles"}
    assert "round 1 of 2" in said.err


def test_the_same_command_goes_on_with_the_same_run(lamarck: Lamarck):
    once = json.loads(lamarck(*words("--out", "mine", "--json")).out)
    assert json.loads(lamarck(*words("--out", "mine", "--json")).out) == once


def test_a_folder_of_another_run_is_left_alone(lamarck: Lamarck):
    lamarck(*words("--out", "mine", "--until", "tasks"))
    said = lamarck(*words("--out", "mine", "--cap", "3"))
    assert said.code == 2
    assert "holds another run" in said.line
    assert "options" in said.line
    Path("full").mkdir()
    Path("full/thesis.txt").write_text("x")
    assert "exists and is no run" in lamarck(*words("--out", "./full")).line


def test_a_refinement_that_keeps_nothing_ends_with_3(lamarck: Lamarck):
    said = lamarck(*words("--out", "mine", learner="scripted/1.0"))
    assert said.code == 3
    assert "refinement kept none of" in said.out
    assert "refinement.Filter: not passed" in said.out
    assert "the round ends without an update" in said.out


def test_a_flag_wins_over_set_and_set_over_the_file(lamarck: Lamarck):
    Path("run.toml").write_text(
        'learner = "scripted/0.6"\nenvironment = "world.py"\nrounds = 1\nseed = 1\nout = "mine"\nuntil = "tasks"\n'
        '[options]\ncap = 3\ntemperature = 0.1\n[set]\n"updating.lr" = 0.5\n"updating.epochs" = 2.0\n'
    )
    said = lamarck(
        *("run", "rest_em", "--config", "run.toml", "--seed", "2", "--cap", "4"),
        *("--set", "updating.lr=0.25", "--set", "refinement.Cap.n=9", "--set", "rounds=7", "--rounds", "5"),
    )
    assert said.code == 0, said
    info = RunReader("runs/mine").info
    resolved: Any = info.resolved
    assert (info.seed, info.learner, resolved["rounds"]) == (2, "scripted/0.6", 5)
    assert (resolved["refinement"][2]["n"], resolved["solutions"]["temperature"]) == (4, 0.1)
    assert (resolved["updating"]["lr"], resolved["updating"]["epochs"]) == (0.25, 2.0)


def test_what_a_flag_brings_in_can_be_set(lamarck: Lamarck):
    said = lamarck(
        *words("--out", "mine", "--until", "tasks", "--accumulate", "--set", "refinement.Accumulate.rounds=3")
    )
    assert said.code == 0, said
    assert "'rounds': 3" in str(RunReader("runs/mine").info.resolved)


def test_the_file_may_name_the_recipe(lamarck: Lamarck):
    Path("folder").mkdir()
    lamarck("init", "folder")
    text = Path("folder/run.toml").read_text().replace("pupil/game24", "scripted/0.6")
    Path("folder/run.toml").write_text(text)
    more = ("--environment", "world.py", "--keep", "1", "--until", "tasks", "--out", "mine")
    said = lamarck("run", "--config", "folder/run.toml", *more)
    assert said.code == 0, said
    assert RunReader("runs/mine").info.options["keep"] == 1


def test_until_stops_after_that_phase(lamarck: Lamarck):
    assert lamarck(*words("--out", "mine", "--until", "refinement")).code == 0
    assert RunReader("runs/mine").rounds()[-1].phases[-1] == "refinement"


def test_an_ablation_reaches_the_run(lamarck: Lamarck):
    lamarck(*words("--out", "mine", "--until", "refinement", "--ablate", "verifier"))
    assert "refinement.Filter" not in str(RunReader("runs/mine").rounds()[-1].funnel)


def test_ctrl_c_pauses_and_resume_ends_as_if_it_had_not(lamarck: Lamarck):
    Path("stops.py").write_text(STOPS.format(error="KeyboardInterrupt"))
    Path("stop").touch()
    said = lamarck(*words("--out", "mine", world="stops.py"))
    assert said.code == 4
    assert "type: lamarck resume" in said.line
    assert "paused" in lamarck("status", "mine").out
    assert json.loads(lamarck("resume", "mine", "--json").out)["exit_code"] == 4
    Path("stop").unlink()
    resumed = json.loads(lamarck("resume", "mine", "--json").out)
    whole = json.loads(lamarck(*words("--out", "whole", "--json", world="stops.py")).out)
    for data in (resumed, whole):
        del data["path"], data["report"]
    assert resumed == whole


def test_what_nobody_foresaw_is_a_line_and_a_file(lamarck: Lamarck, tmp_path: Path):
    Path("stops.py").write_text(STOPS.format(error='ValueError("surprise")'))
    Path("stop").touch()
    said = lamarck(*words("--out", "mine", world="stops.py"))
    assert said.code == 1
    assert "unexpected ValueError: surprise" in said.line
    assert "runs/mine/crash.txt" in said.line
    assert "surprise" in Path("runs/mine/crash.txt").read_text()


def test_a_package_that_is_missing_names_its_extra(lamarck: Lamarck):
    Path("stops.py").write_text(STOPS.format(error='ModuleNotFoundError("No module named torch", name="torch")'))
    Path("stop").touch()
    said = lamarck(*words("--out", "mine", world="stops.py"))
    assert (said.code, said.line.endswith("type: pip install 'lamarck-lm[local]'")) == (2, True)
    assert not Path("runs/mine/crash.txt").exists()


def test_a_held_run_ends_with_5_and_the_holders_pid(lamarck: Lamarck):
    lamarck(*words("--out", "mine", "--until", "tasks"))
    with RunStore.hold("runs/mine", RunReader("runs/mine").info):
        for call in (("resume", "mine"), words("--out", "mine", "--until", "tasks")):
            said = lamarck(*call)
            assert said.code == 5
            assert f"held by process {os.getpid()}" in said.line


def test_a_damaged_run_is_named_and_repaired(lamarck: Lamarck):
    whole = json.loads(lamarck(*words("--out", "mine", "--json")).out)
    victim = Path("runs/mine/rounds/002/scorecard.json")
    victim.write_bytes(victim.read_bytes().replace(b"0", b"1", 1))
    said = lamarck("resume", "mine")
    assert said.code == 1
    assert "scorecard.json" in said.line
    assert "lamarck resume mine --repair" in said.line
    repaired = lamarck("resume", "mine", "--repair", "--json")
    assert json.loads(repaired.out) == whole


@pytest.mark.parametrize("package", ["plotext", "matplotlib"])
def test_without_the_report_extra_the_run_still_ends_well(
    lamarck: Lamarck, monkeypatch: pytest.MonkeyPatch, package: str
):
    monkeypatch.setitem(__import__("sys").modules, package, None)
    said = lamarck(*words("--out", "mine"))
    assert said.code == 0
    assert "pip install 'lamarck-lm[report]'" in said.out + said.err


def test_eval_scores_a_learner_or_a_champion(lamarck: Lamarck):
    said = lamarck("eval", "--learner", "scripted/0.5", "--environment", "world.py", "--samples", "2")
    assert said.code == 0
    assert "greedy" in said.out
    assert "doubles (protected)" in said.out
    lamarck(*words("--out", "mine"))
    data = json.loads(lamarck("eval", "--learner", "mine:champion", "--environment", "world.py", "--json").out)
    assert data["learner"] == RunReader("runs/mine").info.champion
    refused = lamarck("eval", "--learner", "mine:champoin", "--environment", "world.py")
    assert refused.code == 2
    assert "unknown learner of mine 'champoin'" in refused.err


def test_eval_by_a_protocol_is_told_with_what_it_reports(lamarck: Lamarck):
    Path("duel.py").write_text(DUEL)
    common = ("eval", "--learner", "scripted/0", "--environment", "world.py", "--n", "4", "--protocol", "duel.py")
    data = json.loads(lamarck(*common, "--role", "opponent=scripted/1", "--json").out)
    assert data["abilities"]["sums"]["win rate"]["value"] == 1.0
    assert data["reports"][0][0] == "compared"
    assert data["reports"][0][1]["wins"] == 4
    said = lamarck(*common, "--role", "opponent=scripted/1")
    assert "win rate" in said.out
    assert "compared: " in said.out
    first = json.loads(lamarck(*common, "--role", "origin=scripted/1", "--against", "origin", "--json").out)
    assert first["abilities"]["sums"]["win rate"]["value"] == 1.0
    for word in ("eval", "run"):
        alone = lamarck(*_as(word, common), "--against", "origin")
        assert (alone.code, "--role origin=" in alone.err) == (2, True), alone.err
    for word in ("eval", "run"):
        for role, typed in (("base", "--role origin="), ("learner", "--learner provider/model")):
            alone = lamarck(*_as(word, common), "--against", role, "--role", f"{role}=scripted/1")
            assert (alone.code, typed in alone.err) == (2, True), alone.err
    nobody = lamarck(*common)
    assert nobody.code == 2
    assert "opponent" in nobody.err
    assert lamarck(*common[:-1], "no_such").code == 2
    loose = lamarck("eval", "--learner", "scripted/0", "--environment", "world.py", "--ablate", "order")
    assert (loose.code, "--protocol" in loose.err) == (2, True)


def test_only_tasks_at_the_frontier_are_learned_from(lamarck: Lamarck):
    assert lamarck(*words("--out", "mine", "--until", "tasks", "--frontier", "0.5-0.5", "--rounds", "1")).code == 0
    resolved: Any = RunReader("runs/mine").info.resolved
    edge = resolved["tasks"][-1]
    assert (edge["is"], edge["low"], edge["high"], edge["check"]["is"]) == ("Frontier", 0.5, 0.5, "Verifier")
    drops = RunReader("runs/mine").rounds()[-1].drops["tasks"]
    assert {why for _, why in drops} <= {"solved too rarely", "solved too often"}
    assert sum(drops.values()) > 0


@pytest.mark.parametrize(
    ("band", "message"),
    [("often", "--frontier often: give the least"), ("0.9-0.1", "the band is 0.9 to 0.1"), ("1-2", "give shares")],
)
def test_a_frontier_that_is_none_is_refused(lamarck: Lamarck, band: str, message: str):
    said = lamarck(*words("--frontier", band))
    assert (said.code, message in said.line) == (2, True), said.line


def test_a_run_that_made_data_is_not_gone_on_with_as_if_it_had_trained(lamarck: Lamarck):
    assert lamarck(*words("--out", "mine", "--until", "tasks")).code == 0
    assert lamarck(*words("--out", "mine", "--until", "refinement")).code == 0
    said = lamarck(*words("--out", "mine"))
    assert (said.code, 'until "refinement" instead of ""' in said.line) == (2, True), said.line
    assert lamarck(*words("--out", "one", "--until", "refinement", "--rounds", "1")).code == 0
    assert lamarck(*words("--out", "one", "--rounds", "1")).code == 0


@pytest.mark.parametrize("recipe", ["reflexion", "proagent"])
def test_a_world_that_lacks_what_a_recipe_needs_is_refused_before_anything_is_made(lamarck: Lamarck, recipe: str):
    """The operator is held by another one, and is the way of answering of a first stage."""
    said = lamarck("run", recipe, "--learner", "scripted/0.1", "--environment", "world.py")
    assert said.code == 2
    assert "Act needs a world that is acted in, and toy has tasks that are answered in one go; type" in said.line
    assert not Path("runs").exists()
