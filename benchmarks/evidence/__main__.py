"""Run the planned experiments and write their figures. ``make evidence`` does all of them (hours, resumable).

python -m benchmarks.evidence                       every plan
python -m benchmarks.evidence star spin --jobs 2    these
python -m benchmarks.evidence star --analyse        only the figures of what is finished
python -m benchmarks.evidence star --pilot          the base on selection items: is the bed what the plan says?
python -m benchmarks.evidence star --trial          seconds: does the plan run from end to end?
"""

from __future__ import annotations

import os

os.environ.setdefault("OMP_NUM_THREADS", "1")

import argparse
import json
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from benchmarks.evidence import register, runs
from benchmarks.evidence.analysis import analyse
from benchmarks.evidence.exam import fingerprint
from benchmarks.evidence.figures import figures, write
from benchmarks.evidence.page import page
from benchmarks.evidence.pilot import pilot
from benchmarks.evidence.plan import Plan
from benchmarks.evidence.plans import PLANS
from benchmarks.evidence.register import Register

from lamarck.core import LamarckError, Task, UsageError, unknown
from lamarck.testing import beds

ROOT = Path(__file__).parents[2]
Items = dict[int, Sequence[Task]]


def main(words: Sequence[str] | None = None) -> int:
    """Out: the exit code: 0 done, 1 where runs failed, or that of the error."""
    asked = _read(words)
    try:
        if asked.one:
            arm, seed = asked.one
            _one(_chosen(asked)[0], arm, int(seed), asked)
            return 0
        if asked.pilot:
            return _pilots(_chosen(asked), asked.folder)
        return max([_whole(plan, asked) for plan in _chosen(asked)], default=0)
    except LamarckError as error:
        print(error, file=sys.stderr)
        return error.exit_code
    except KeyboardInterrupt:
        print("stopped; nothing finished is lost, the same command goes on", file=sys.stderr)
        return 4


def _read(words: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="benchmarks.evidence", description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("recipes", nargs="*", help="none = every plan")
    parser.add_argument("--seeds", type=int, help="run the first so many seeds of the plan now; the plan stays whole")
    parser.add_argument("--jobs", type=int, default=2, help="runs at a time, one thread each")
    parser.add_argument("--folder", type=Path, help="where runs lie; runs/evidence unless it is a trial")
    parser.add_argument("--results", type=Path, help="where figures go; benchmarks/results/evidence")
    parser.add_argument("--page", type=Path, help="docs/evidence.md")
    parser.add_argument("--learner", default="", help="another learner than the plans', which makes them other plans")
    parser.add_argument("--analyse", action="store_true", help="run nothing")
    parser.add_argument("--trial", action="store_true", help="tiny numbers in a folder of their own")
    parser.add_argument("--pilot", action="store_true", help="score what the arms begin with; no sealed item is seen")
    parser.add_argument("--mixed", action="store_true", help="go on with runs that other code began, and print it")
    parser.add_argument("--one", nargs=2, metavar=("ARM", "SEED"), help=argparse.SUPPRESS)
    asked = parser.parse_args(words)
    asked.folder = asked.folder or Path("runs/evidence-trial" if asked.trial else "runs/evidence")
    own = asked.folder if asked.trial else ROOT
    asked.results = asked.results or own / ("results" if asked.trial else "benchmarks/results/evidence")
    asked.page = asked.page or own / ("evidence.md" if asked.trial else "docs/evidence.md")
    return asked


def _chosen(asked: argparse.Namespace) -> list[Plan]:
    for name in asked.recipes:
        if name not in PLANS:
            raise unknown("plan", name, PLANS, "each is a file of benchmarks/evidence/plans")
    plans = [PLANS[name] for name in asked.recipes or PLANS]
    plans = [plan.on(asked.learner) for plan in plans] if asked.learner else plans
    return [plan.trial() for plan in plans] if asked.trial else plans


def _pilots(plans: Sequence[Plan], folder: Path) -> int:
    for plan in plans:
        for name, score in pilot(plan, folder).items():
            print(f"{plan.recipe} {name}: {', '.join(f'{m} {score.estimate(m).value:.3f}' for m in score.metrics)}")
    return 0


def _whole(plan: Plan, asked: argparse.Namespace) -> int:
    """Plan, run and analyse one recipe. Out: 1 where a run failed."""
    items, place = runs.sealed_items(plan), asked.folder / plan.recipe
    if asked.analyse:
        entered = _same(plan, items, place)
    else:
        entered = register.enter(place, plan, _ids(items), register.version(), mixed=asked.mixed or asked.trial)
        _published(plan, entered, asked)  # the plan is out before the first run
        _run(plan, asked)
    return _published(plan, entered, asked)


def _run(plan: Plan, asked: argparse.Namespace) -> None:
    try:
        wanted = plan.runs(asked.seeds)
    except ValueError as error:
        raise UsageError(str(error)) from error
    todo = [(s, arm) for s, arm in wanted if not runs.done(runs.place_of(asked.folder, plan, arm, s))]
    for name, bed in plan.beds.items() if todo else ():
        print(f"bed {name}: {beds.made(bed, asked.folder / 'beds')}", flush=True)
    place = asked.folder / plan.recipe

    def launch(seed: int, arm: str) -> subprocess.Popen[bytes]:
        command = [sys.executable, "-m", "benchmarks.evidence", plan.recipe, "--one", arm, str(seed)]
        command += ["--folder", str(asked.folder.absolute()), *(["--trial"] if asked.trial else [])]
        command += ["--learner", asked.learner] if asked.learner else []
        with runs.log_of(place, arm, seed).open("ab") as log:
            return subprocess.Popen(command, stdout=log, stderr=log, cwd=ROOT)

    runs.everything(todo, launch, place / runs.LEDGER, asked.jobs)


def _one(plan: Plan, arm: str, seed: int, asked: argparse.Namespace) -> None:
    """One run in this process, if the register still says the same."""
    items, place = runs.sealed_items(plan), asked.folder / plan.recipe
    entered, code = _same(plan, items, place), register.version().code
    if code not in [one["code"] for one in entered.versions] and not asked.trial:
        raise UsageError(f"the code has changed since {place} was entered (now {code}); type the command again")
    figures(runs.one(plan, arm, seed, asked.folder, items[seed]))


def _same(plan: Plan, items: Items, place: Path) -> Register:
    """The register of this very plan. Raises: UsageError for another."""
    entered, wanted = register.read(place), register.digest(plan, _ids(items))
    if entered.digest != wanted:
        raise UsageError(
            f"{place} follows another plan ({entered.digest}, now {wanted}); go back to the code that wrote it "
            f"({entered.versions[-1]['commit']}), or keep them apart: --folder FOLDER"
        )
    return entered


def _published(plan: Plan, entered: Register, asked: argparse.Namespace) -> int:
    """Write the recipe's figures and the page of all that have any."""
    result = analyse(plan, asked.folder)
    items = {seed: {"items": len(ids), "digest": fingerprint(ids)} for seed, ids in entered.items.items()}
    write(
        asked.results / f"{plan.recipe}.json",
        {"register": {**asdict(entered), "items": items}, "result": asdict(result)},
    )
    told = {path.stem: json.loads(path.read_text(encoding="utf-8")) for path in sorted(asked.results.glob("*.json"))}
    order = [name for name in PLANS if name in told]
    asked.page.write_text(page([told[name] for name in order]), encoding="utf-8")
    failed = [run for run in result.runs if run.status == "failed"]
    for run in failed:
        print(f"{plan.recipe} {run.arm} seed {run.seed} failed: {run.said}", file=sys.stderr)
    print(f"{plan.recipe}: {sum(run.status == 'done' for run in result.runs)} of {len(result.runs)} runs; {asked.page}")
    return int(bool(failed))


def _ids(items: Items) -> dict[str, Sequence[str]]:
    return {str(seed): [task.id for task in tasks] for seed, tasks in items.items()}


if __name__ == "__main__":
    sys.exit(main())
