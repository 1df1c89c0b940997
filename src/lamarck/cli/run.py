"""`lamarck run`: let a model evolve by a recipe."""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Iterable, Mapping
from functools import partial
from pathlib import Path
from typing import Annotated, Any

import typer

from lamarck import api
from lamarck.api.gathering import Gathered, form_of, free, gather
from lamarck.api.remembering import NGRAMS
from lamarck.api.results import Run
from lamarck.api.watching import SHIPPED
from lamarck.cli import endpoints, flags, planning, running, servers
from lamarck.cli.flags import Given
from lamarck.core import Method, Recipe, UsageError
from lamarck.data import typed
from lamarck.data.config import RunFile, read
from lamarck.store import fresh, named

EMPTY = inspect.Parameter.empty
OWN = frozenset(RunFile.model_fields)
"""What a recipe's option cannot be called here: those names are flags and keys of every run."""


def command(
    *,
    recipe: Annotated[str | None, typer.Argument(help="A recipe's name, or your own FILE.py.")] = None,
    learner: Annotated[
        str | None, typer.Option("--learner", "--model", help="The model that learns, provider/name. (pupil)")
    ] = None,
    environment: Annotated[str | None, typer.Option(help="Where it learns: a name, or your own FILE.py.")] = None,
    tasks: Annotated[
        str | None, typer.Option(metavar="FILE|DATASET", help="Tasks of your own, in place of an environment.")
    ] = None,
    check: Annotated[
        str | None, typer.Option(metavar="NAME|pkg.fn", help="exact, numeric, choice, regex, code or a function.")
    ] = None,
    columns: Annotated[
        list[str] | None, typer.Option(metavar="PART=COLUMN", help="Names of columns: question=q,answer=a.")
    ] = None,
    skip_bad: Annotated[bool | None, typer.Option("--skip-bad", help="Leave out rows that cannot be used.")] = None,
    documents: Annotated[
        str | None, typer.Option(metavar="FOLDER|FILE", help="Texts to make tasks of: txt, md, html, jsonl, pdf.")
    ] = None,
    passages: Annotated[
        str | None, typer.Option(metavar="LEAST-MOST", help="Words of a passage of a document. (20-400)")
    ] = None,
    tasks_out: Annotated[
        str | None, typer.Option(metavar="FILE", help="Write what the run kept to this new JSONL file.")
    ] = None,
    tasks_format: Annotated[
        str | None,
        typer.Option(metavar="FORM", help="prompt-completion, messages, preference or prompts. (as it fits)"),
    ] = None,
    rounds: Annotated[int | None, typer.Option(min=1, help="How many rounds. (the recipe's)")] = None,
    samples: Annotated[int | None, typer.Option(min=1, help="At most so many solutions a task.")] = None,
    tasks_limit: Annotated[int | None, typer.Option(min=1, help="At most so many tasks a round.")] = None,
    seed: Annotated[int | None, typer.Option(help="Everything random follows from it. (0)")] = None,
    out: Annotated[str | None, typer.Option(help="Name of the run in runs/, or a path. (made up)")] = None,
    until: Annotated[
        str | None, typer.Option(help="No round goes past this phase: refinement makes data and trains nobody.")
    ] = None,
    frontier: Annotated[
        str | None,
        typer.Option(metavar="LOW-HIGH", help="Only tasks that the learner solves this often: 0.1-0.9."),
    ] = None,
    memory: Annotated[
        str | None,
        typer.Option(metavar="ADDRESS", help="A memory that runs share: postgresql://user@host/database#name."),
    ] = None,
    embedder: Annotated[
        str | None, typer.Option(metavar="NAME|MODEL", help="What memory is searched by: ngrams, learner or a model.")
    ] = None,
    ablate: Annotated[list[str] | None, typer.Option(help="Switch a mechanism off; lamarck show lists them.")] = None,
    gate: Annotated[str | None, typer.Option(help="guard, strict or off: what a candidate must pass. (guard)")] = None,
    alpha: Annotated[float | None, typer.Option(help="Chance of ever calling an equal learner worse. (0.05)")] = None,
    gate_every: Annotated[
        int | None, typer.Option(min=0, help="A verdict every so many rounds, 0 = at the end. (1)")
    ] = None,
    objective: Annotated[
        list[str] | None, typer.Option(metavar="NAME=VALUE", help="What is practised: kind=exec,depth=3.")
    ] = None,
    role: Annotated[
        list[str] | None, typer.Option(metavar="ROLE=MODEL", help="Who plays a role: teacher=provider/model.")
    ] = None,
    judge: Annotated[str | None, typer.Option(help="Who judges: short for --role judge=MODEL.")] = None,
    teacher: Annotated[str | None, typer.Option(help="Who teaches: short for --role teacher=MODEL.")] = None,
    proposer: Annotated[str | None, typer.Option(help="Who proposes: short for --role proposer=MODEL.")] = None,
    base_url: Annotated[str | None, typer.Option(metavar="URL", help="Where openai/... models are.")] = None,
    fallback: Annotated[
        list[str] | None, typer.Option(metavar="MODEL[@URL]", help="Asked while those before it fail, in order.")
    ] = None,
    key_env: Annotated[
        list[str] | None,
        typer.Option(metavar="[HOST=]NAME", help="The environment variable with the key. (OPENAI_API_KEY)"),
    ] = None,
    endpoint: Annotated[
        list[str] | None, typer.Option(metavar="NAME=VALUE", help="How endpoints are called: limit=64,tries=6.")
    ] = None,
    vllm_python: Annotated[
        str | None, typer.Option(metavar="PATH", help="The environment that vllm/... servers are started in.")
    ] = None,
    vllm: Annotated[
        list[str] | None, typer.Option(metavar="NAME=VALUE", help="How they run: gpu_memory=0.45,length=4096.")
    ] = None,
    budget: Annotated[
        str | None, typer.Option(metavar="KIND=N", help="What may be spent: usd=5,tokens=2M,calls=1000,minutes=60.")
    ] = None,
    unsafe_sandbox: Annotated[
        bool, typer.Option("--unsafe-sandbox", help="Run programs of models even where nothing isolates them.")
    ] = False,
    seed_data: Annotated[str | None, typer.Option(metavar="FILE", help="Labelled examples of your own, JSONL.")] = None,
    feedback: Annotated[
        str | None, typer.Option(metavar="FILE", help="What people said of answers: lamarck feedback add writes it.")
    ] = None,
    monitors: Annotated[
        str | None, typer.Option(help="react, warn or off: what is done about an alarm of a monitor. (warn)")
    ] = None,
    probes: Annotated[
        list[str] | None,
        typer.Option(metavar="FILE", help="Safety probes to ask each round; shipped: our own."),
    ] = None,
    held_out: Annotated[
        list[str] | None, typer.Option("--held-out", metavar="FILE", help="Items that nothing may be learned from.")
    ] = None,
    sets: Annotated[
        list[str] | None, typer.Option("--set", metavar="PATH=VALUE", help="Change a field: updating.lr=1e-3.")
    ] = None,
    config: Annotated[str | None, typer.Option(metavar="FILE", help="A run.toml; flags win over it.")] = None,
    workers: Annotated[int | None, typer.Option(min=1, help="Worker processes. (cores)")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the result as data; progress to stderr.")] = False,
    given: Given,
) -> None:
    """Run a recipe from a learner to its champion, round by round, and write report.html."""
    path = Path(config) if config else None
    file = read(path, RunFile) if path else RunFile()
    world = environment or (not tasks and file.environment and path and flags.beside(path, file.environment)) or ""
    own_tasks = tasks or (not environment and file.tasks and path and beside(path, file.tasks)) or ""
    papers = documents or (file.documents and path and str(path.parent / file.documents)) or ""
    if not world and not own_tasks and not papers:
        raise UsageError("which environment? type: --environment game24, or: lamarck environments")
    kept = data_of(tasks_out or (file.tasks_out and path and str(path.parent / file.tasks_out)) or "",
                      tasks_format or file.tasks_format or "")  # fmt: skip
    switched = (*(ablate or file.ablate),)
    configured = flags.options_of(given.known, file.options, str(path), taken=OWN)
    own = {**configured, **given.options}
    method = flags.build(given, _with(own, rounds, given.known), switched)
    # what a flag alone must give cannot be left out, also where the question is what the flags changed
    before = flags.build(given, {**_required(own, given.known), **configured}, switched)
    changes = _undecided({**file.set, **typed.settings(method, sets or ())}, before, method, rounds)
    folder = where(out or file.out, given.known.name, world or own_tasks or papers)
    told = planning.told if given.dry else partial(running.told, data=kept)
    go: Callable[..., Any] = api.plan if given.dry else api.run
    told(
        lambda listener: go(
            given.word,
            learner=learner or file.learner or "pupil",
            environment=world,
            tasks=own_tasks,
            check=check or file.check or "",
            columns={**file.columns, **pairs("--columns", parts(columns or ()))},
            skip_bad=bool(skip_bad or file.skip_bad),
            documents=papers,
            passages=passages or file.passages or "",
            seed=_first(seed, file.seed, 0),
            out=folder,
            rounds=_first(rounds, file.rounds, None),
            gate=gate or file.gate or "guard",
            alpha=_first(alpha, file.alpha, 0.05),
            gate_every=_first(gate_every, file.gate_every, 1),
            roles={
                **file.roles,
                **pairs("--role", role or ()),
                **_named(judge=judge, teacher=teacher, proposer=proposer),
            },
            objective={**file.objective, **aims(objective or ())},
            seed_data=seed_data or (path and file.seed_data and str(path.parent / file.seed_data)),
            feedback=feedback or (path and file.feedback and str(path.parent / file.feedback)),
            monitors=monitors or file.monitors or "warn",
            probes=probes or [each if each == SHIPPED else str(path.parent / each) for each in file.probes if path],
            held_out=held_out or [str(path.parent / each) for each in file.held_out if path],
            memory=memory or file.memory or "",
            embedder=embedder or file.embedder or NGRAMS,
            frontier=frontier or file.frontier or "",
            until=until or file.until or "",
            ablate=switched,
            sets=changes,
            tasks_limit=_first(tasks_limit, file.tasks_limit, None),
            samples=_first(samples, file.samples, None),
            workers=_first(workers, file.workers, None),
            providers=servers.said(
                vllm_python, vllm, endpoints.said(base_url, fallback, key_env, endpoint, file.providers)
            ),
            budget=budget or file.budget,
            unsafe_sandbox=unsafe_sandbox,
            listener=listener,
            **own,
        ),
        folder,
        as_json=as_json,
    )


def data_of(file: str, form: str) -> Callable[[Run], Gathered] | None:
    """What writes the data of a run to a file, None where none is asked for. Raises: UsageError before it runs."""
    known = form_of(form)
    if known and not file:
        raise UsageError("--tasks-format is of --tasks-out; type: --tasks-out FILE")
    return partial(gather, file=free(Path(file)), form=known) if file else None


def where(out: str | None, recipe: str, world: str) -> Path:
    """The run folder: a bare name lies in runs/, a path where it says, and without either a new one."""
    if out is None:
        return fresh(f"{recipe}-{re.sub(r'[^A-Za-z0-9_-]+', '-', Path(world).stem).strip('-')[:40]}")
    if "/" not in out:
        return named(out)
    path = Path(out)  # "./here" is "here" now, which api would read as a name
    return path if "/" in str(path) else path.absolute()


def aims(texts: Iterable[str]) -> dict[str, typed.Scalar]:
    """Parameters of the objective: "kind=exec,depth=3" or one a text; numbers, true and false are read as such."""
    found = pairs("--objective", parts(texts))
    return {name: typed.of_text(value, typed.Scalar, name) for name, value in found.items()}


def parts(texts: Iterable[str]) -> list[str]:
    """What commas part: "a=1,b=2" or one a text."""
    return [part for text in texts for part in text.split(",")]


def beside(path: Path, name: str) -> str:
    """A file of tasks that lies beside a configuration, or a data set."""
    return str(path.parent / name) if (path.parent / name).exists() or "." in Path(name).name else name


def pairs(flag: str, texts: Iterable[str]) -> dict[str, str]:
    """NAME=VALUE texts as they are. Raises: UsageError for one without name or value."""
    found = dict[str, str]()
    for text in texts:
        name, _, value = text.partition("=")
        if not name or not value:
            raise UsageError(f"{flag} {text}: give NAME=VALUE")
        found[name] = value
    return found


def _named(**models: str | None) -> dict[str, str]:
    return {role: name for role, name in models.items() if name}


def _first(flag: Any, configured: Any, otherwise: Any) -> Any:
    return next((value for value in (flag, configured) if value is not None), otherwise)


def _with(options: Mapping[str, Any], rounds: int | None, recipe: Recipe) -> dict[str, Any]:
    return {**options, **({"rounds": rounds} if rounds is not None and "rounds" in recipe.options else {})}


def _required(options: Mapping[str, Any], recipe: Recipe) -> dict[str, Any]:
    return {
        name: options[name] for name, (_, default) in recipe.options.items() if default is EMPTY and name in options
    }


def _undecided(changes: Mapping[str, Any], before: Method, after: Method, rounds: int | None) -> dict[str, Any]:
    """The changes but those of a field that a flag has decided: a flag wins over --set."""

    def is_decided(path: str) -> bool:
        if path == "rounds" and rounds is not None:
            return True
        try:
            return typed.value_at(before, path) != typed.value_at(after, path)
        except UsageError:  # a flag brought the operator in; what is set of it is not the flag's
            return False

    return {path: value for path, value in changes.items() if not is_decided(path)}
