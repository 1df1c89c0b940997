"""docs/evidence.md from the results of every recipe that has any."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from statistics import fmean
from textwrap import wrap
from typing import Any

Told = Mapping[str, Any]
"""A result as its JSON file has it."""

WIDTH = 118
HEAD = """# Does it do what the paper says?

Each recipe runs on a small model under equal budgets: as it ships, with an essential mechanism off, and beside a
control. Items, arms and the stopping rule are written down before the first run. Learners are scored once on sealed
items. A difference is paired by item inside a seed; brackets are Student's 95 % intervals over seeds. Figures are
points of a hundred, "likelihood" is nats a token of clean solutions. `make evidence` repeats everything, and
`benchmarks/evidence/plans/` holds the plans.
"""


def page(results: Sequence[Told]) -> str:
    """The page: first what became of the claims, then a section a recipe."""
    claims = [(told["register"]["recipe"], claim) for told in results for claim in told["result"]["claims"]]
    lines = [HEAD.rstrip(), "", "| recipe | claim | required | holds | difference |", "|---|---|---|---|---|"]
    for recipe, claim in claims:
        required = "yes" if claim["required"] else "no"
        lines.append(f"| {recipe} | {claim['text']} | {required} | {claim['holds']} | {mean(claim['difference'])} |")
    for told in results:
        lines += ["", *section(told)]
    return "\n".join(lines) + "\n"


def section(told: Told) -> Iterator[str]:
    """One recipe: plan, levels, differences with all seeds, budgets, how it sampled, and what is missing."""
    register, result = told["register"], told["result"]
    plan, runs = register["plan"], result["runs"]
    yield f"## {register['recipe']} on {plan['environment']}"
    yield from ("", *wrap(plan["why"], WIDTH), "", *wrap(_planned(register, runs), WIDTH))
    finished = [run for run in runs if run["status"] == "done"]
    yield from _missing(runs)
    if not finished:
        yield from ("", "No run is finished yet.")
        return
    yield from ("", *_levels(finished))
    yield from ("", *_differences(result))
    yield from ("", *_budgets(finished))
    yield from ("", *_sampling(finished))


def mean(found: Told) -> str:
    """ "+12.2 [+8.6, +15.9]"; without an interval for one seed."""
    if found["mean"] is None:
        return "no seed yet"
    if found["low"] is None:
        return f"{found['mean']:+.2f} (one seed)"
    return f"{found['mean']:+.2f} [{found['low']:+.2f}, {found['high']:+.2f}]"


def _planned(register: Told, runs: Sequence[Told]) -> str:
    plan, versions = register["plan"], register["versions"]
    objective = ", ".join(f"{name} {value}" for name, value in plan["objective"].items()) or "the whole"
    code = "; then ".join(f"{one['package']} {one['commit']} (code {one['code']})" for one in versions)
    mixed = " These runs were made by different code, on request." if len(versions) > 1 else ""
    items = ", ".join(f"seed {seed}: {each['items']} {each['digest']}" for seed, each in register["items"].items())
    done = sum(run["status"] == "done" for run in runs)
    return (
        f"Objective: {objective}. Learner: {plan['learner']}. Plan {register['digest']}, written "
        f"{versions[0]['since']}, code {code}.{mixed} {done} of {len(runs)} runs are finished. {plan['stop']} "
        f"Sealed items: {items}."
    )


def _missing(runs: Sequence[Told]) -> Iterator[str]:
    for run in runs:
        if run["status"] == "failed":
            yield f"\n**Failed: {run['arm']}, seed {run['seed']}, {run['attempts']} attempts:** `{_inert(run['said'])}`"
    waiting = Counter(run["arm"] for run in runs if run["status"] == "missing")
    if waiting:
        yield "\nNot run yet: " + ", ".join(f"{arm} ({n} seeds)" for arm, n in waiting.items()) + "."


def _levels(runs: Sequence[Told]) -> Iterator[str]:
    names = list(dict.fromkeys(name for run in runs for name in run["champion"]))
    yield f"| mean over seeds | seeds | {' | '.join(names)} |"
    yield "|---|---|" + "---|" * len(names)
    yield _level("base", [run["base"] for run in runs if run["arm"] == runs[0]["arm"]], names)
    for arm in dict.fromkeys(run["arm"] for run in runs):
        yield _level(arm, [run["champion"] for run in runs if run["arm"] == arm], names)


def _level(title: str, found: Sequence[Mapping[str, float]], names: Sequence[str]) -> str:
    cells = [f"{fmean(one[name] for one in found):.3f}" if all(name in one for one in found) else "-" for name in names]
    return f"| {title} | {len(found)} | {' | '.join(cells)} |"


def _differences(result: Told) -> Iterator[str]:
    yield "| difference | metric | each seed | mean |"
    yield "|---|---|---|---|"
    for arm, metrics in result["over_arms"].items():
        yield from _rows(f"recipe - {arm}", metrics)
    for arm, metrics in result["over_base"].items():
        yield from _rows(f"{arm} - base", metrics)
    for claim in result["claims"]:
        yield from _rows(f"claim: {claim['text']}", {"as claimed": claim["difference"]})


def _rows(title: str, metrics: Mapping[str, Told]) -> Iterator[str]:
    for metric, found in metrics.items():
        if found["seeds"]:
            values = ", ".join(f"{value:+.2f}" for value in found["values"])
            yield f"| {title} | {metric} | {values} | {mean(found)} |"


def _budgets(runs: Sequence[Told]) -> Iterator[str]:
    """A row an arm, means over its runs."""
    names = {"updates": "updates", "merges": "merges", "steps": "steps", "rows": "rows", "trained": "tokens trained",
             "sampled": "tokens sampled", "training_s": "CPU s training"}  # fmt: skip
    yield f"| budget of a run | {' | '.join(names.values())} | CPU s in all | rounds | the gate would say |"
    yield "|---|" + "---|" * (len(names) + 3)
    for arm in dict.fromkeys(run["arm"] for run in runs):
        mine = [run for run in runs if run["arm"] == arm]
        spent = [run["figures"]["budget"] for run in mine]
        cells = [f"{fmean(each[name] for each in spent):,.0f}" for name in names]
        rounds = Counter(name for run in mine for name, n in run["figures"]["verdicts"].items() for _ in range(n))
        said = Counter(run["figures"]["gate"].partition(":")[0] for run in mine)
        yield (
            f"| {arm} | {' | '.join(cells)} | {fmean(run['cpu_s'] for run in mine):,.0f} | {_counted(rounds)} | "
            f"{_counted(said)} |"
        )


def _sampling(runs: Sequence[Told]) -> Iterator[str]:
    names = {"answers": "different answers", "texts": "different texts", "entropy": "entropy, nats", "reach": "pass@k"}
    yield f"| practice samples, first to last round | k | {' | '.join(names.values())} |"
    yield "|---|---|" + "---|" * len(names)
    for arm in dict.fromkeys(run["arm"] for run in runs):
        pairs = [(f["first"], f["last"]) for run in runs if run["arm"] == arm for f in [run["figures"]] if f["first"]]
        if pairs:
            cells = [_course([(a.get(name), b.get(name)) for a, b in pairs]) for name in names]
            yield f"| {arm} | {pairs[0][0]['draws']} | {' | '.join(cells)} |"


def _course(pairs: Sequence[tuple[float | None, float | None]]) -> str:
    known = [(a, b) for a, b in pairs if a is not None and b is not None]
    return f"{fmean(a for a, _ in known):.3f} to {fmean(b for _, b in known):.3f}" if known else "-"


def _counted(found: Mapping[str, int]) -> str:
    return ", ".join(f"{name} {n}" for name, n in found.items()) or "-"


def _inert(text: str) -> str:
    return text.replace("`", "'").replace("|", "/")[:300]
