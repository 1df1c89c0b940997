"""`lamarck run`: let a model evolve by a recipe."""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Annotated, Any

import typer

from lamarck import api
from lamarck.api.gathering import Gathered, form_of, free, gather
from lamarck.api.results import Run
from lamarck.api.watching import SHIPPED
from lamarck.cli import endpoints, planning, running, servers
from lamarck.cli.flags import Given, beside, build, options_of
from lamarck.core import Method, Recipe, UsageError
from lamarck.data import typed
from lamarck.data.config import RunFile, read
from lamarck.store import fresh, named

EMPTY = inspect.Parameter.empty
OWN = frozenset(RunFile.model_fields)
"""What a recipe's option cannot be called here: those names are flags and keys of every run."""
APART = frozenset({"recipe", "options", "set", "out", "tasks_out", "tasks_format"})
"""Keys that are no argument of the same name of :func:`lamarck.run`."""
FILES = ("documents", "tasks_out", "seed_data", "feedback", "held_out", "probes")
"""Keys that name files or folders beside a configuration."""
UNSAID: tuple[Any, ...] = (None, "", [], {})


@dataclass(frozen=True, kw_only=True)
class Flags:
    """What a run can be told on the command line; what is not said is the configuration's, or else the usual."""

    recipe: Annotated[str | None, typer.Argument(help="A recipe's name, or your own FILE.py.")] = None
    learner: Annotated[
        str | None, typer.Option("--learner", "--model", help="The model that learns, provider/name. (pupil)")
    ] = None
    environment: Annotated[str | None, typer.Option(help="Where it learns: a name, or your own FILE.py.")] = None
    tasks: Annotated[
        str | None, typer.Option(metavar="FILE|DATASET", help="Tasks of your own, in place of an environment.")
    ] = None
    check: Annotated[
        str | None, typer.Option(metavar="NAME|pkg.fn", help="exact, numeric, choice, regex, code or a function.")
    ] = None
    columns: Annotated[
        list[str] | None, typer.Option(metavar="PART=COLUMN", help="Names of columns: question=q,answer=a.")
    ] = None
    skip_bad: Annotated[bool | None, typer.Option("--skip-bad", help="Leave out rows that cannot be used.")] = None
    documents: Annotated[
        str | None, typer.Option(metavar="FOLDER|FILE", help="Texts to make tasks of: txt, md, html, jsonl, pdf.")
    ] = None
    passages: Annotated[
        str | None, typer.Option(metavar="LEAST-MOST", help="Words of a passage of a document. (20-400)")
    ] = None
    tasks_out: Annotated[
        str | None, typer.Option(metavar="FILE", help="Write what the run kept to this new JSONL file.")
    ] = None
    tasks_format: Annotated[
        str | None,
        typer.Option(metavar="FORM", help="prompt-completion, messages, preference or prompts. (as it fits)"),
    ] = None
    rounds: Annotated[int | None, typer.Option(min=1, help="How many rounds. (the recipe's)")] = None
    samples: Annotated[int | None, typer.Option(min=1, help="At most so many solutions a task.")] = None
    tasks_limit: Annotated[int | None, typer.Option(min=1, help="At most so many tasks a round.")] = None
    seed: Annotated[int | None, typer.Option(help="Everything random follows from it. (0)")] = None
    out: Annotated[str | None, typer.Option(help="Name of the run in runs/, or a path. (made up)")] = None
    until: Annotated[
        str | None, typer.Option(help="No round goes past this phase: refinement makes data and trains nobody.")
    ] = None
    frontier: Annotated[
        str | None,
        typer.Option(metavar="LOW-HIGH", help="Only tasks that the learner solves this often: 0.1-0.9."),
    ] = None
    memory: Annotated[
        str | None,
        typer.Option(metavar="ADDRESS", help="A memory that runs share: postgresql://user@host/database#name."),
    ] = None
    embedder: Annotated[
        str | None, typer.Option(metavar="NAME|MODEL", help="What memory is searched by: ngrams, learner or a model.")
    ] = None
    ablate: Annotated[list[str] | None, typer.Option(help="Switch a mechanism off; lamarck show lists them.")] = None
    gate: Annotated[str | None, typer.Option(help="guard, strict or off: what a candidate must pass. (guard)")] = None
    alpha: Annotated[float | None, typer.Option(help="Chance of ever calling an equal learner worse. (0.05)")] = None
    gate_every: Annotated[
        int | None, typer.Option(min=0, help="A verdict every so many rounds, 0 = at the end. (1)")
    ] = None
    objective: Annotated[
        list[str] | None, typer.Option(metavar="NAME=VALUE", help="What is practised: kind=exec,depth=3.")
    ] = None
    role: Annotated[
        list[str] | None, typer.Option(metavar="ROLE=MODEL", help="Who plays a role: teacher=provider/model.")
    ] = None
    judge: Annotated[str | None, typer.Option(help="Who judges: short for --role judge=MODEL.")] = None
    teacher: Annotated[str | None, typer.Option(help="Who teaches: short for --role teacher=MODEL.")] = None
    proposer: Annotated[str | None, typer.Option(help="Who proposes: short for --role proposer=MODEL.")] = None
    base_url: Annotated[str | None, typer.Option(metavar="URL", help="Where openai/... models are.")] = None
    fallback: Annotated[
        list[str] | None, typer.Option(metavar="MODEL[@URL]", help="Asked while those before it fail, in order.")
    ] = None
    key_env: Annotated[
        list[str] | None,
        typer.Option(metavar="[HOST=]NAME", help="The environment variable with the key. (OPENAI_API_KEY)"),
    ] = None
    endpoint: Annotated[
        list[str] | None, typer.Option(metavar="NAME=VALUE", help="How endpoints are called: limit=64,tries=6.")
    ] = None
    vllm_python: Annotated[
        str | None, typer.Option(metavar="PATH", help="The environment that vllm/... servers are started in.")
    ] = None
    vllm: Annotated[
        list[str] | None, typer.Option(metavar="NAME=VALUE", help="How they run: gpu_memory=0.45,length=4096.")
    ] = None
    budget: Annotated[
        str | None, typer.Option(metavar="KIND=N", help="What may be spent: usd=5,tokens=2M,calls=1000,minutes=60.")
    ] = None
    unsafe_sandbox: Annotated[
        bool, typer.Option("--unsafe-sandbox", help="Run programs of models even where nothing isolates them.")
    ] = False
    seed_data: Annotated[str | None, typer.Option(metavar="FILE", help="Labelled examples of your own, JSONL.")] = None
    feedback: Annotated[
        str | None, typer.Option(metavar="FILE", help="What people said of answers: lamarck feedback add writes it.")
    ] = None
    monitors: Annotated[
        str | None, typer.Option(help="react, warn or off: what is done about an alarm of a monitor. (warn)")
    ] = None
    probes: Annotated[
        list[str] | None,
        typer.Option(metavar="FILE", help="Safety probes to ask each round; shipped: our own."),
    ] = None
    held_out: Annotated[
        list[str] | None, typer.Option("--held-out", metavar="FILE", help="Items that nothing may be learned from.")
    ] = None
    sets: Annotated[
        list[str] | None, typer.Option("--set", metavar="PATH=VALUE", help="Change a field: updating.lr=1e-3.")
    ] = None
    config: Annotated[str | None, typer.Option(metavar="FILE", help="A run.toml; flags win over it.")] = None
    workers: Annotated[int | None, typer.Option(min=1, help="Worker processes. (cores)")] = None
    as_json: Annotated[bool, typer.Option("--json", help="Print the result as data; progress to stderr.")] = False

    def asked(self) -> RunFile:
        """All that is asked for, as a configuration; flags win over that of ``--config``. Raises: UsageError."""
        path = Path(self.config) if self.config else None
        file = located(read(path, RunFile), path.parent) if path else RunFile()
        if self.environment or self.tasks:  # one of them takes the place of either
            file = file.model_copy(update={"environment": None, "tasks": None})
        endpoint = endpoints.said(self.base_url, self.fallback, self.key_env, self.endpoint, file.providers)
        said = {
            **{name: value for name in OWN if (value := getattr(self, name, None)) not in UNSAID},
            "columns": {**file.columns, **pairs("--columns", parts(self.columns or ()))},
            "roles": {**file.roles, **pairs("--role", self.role or ()), **self._roles},
            "objective": {**file.objective, **aims(self.objective or ())},
            "providers": servers.said(self.vllm_python, self.vllm, endpoint),
        }
        return file.model_copy(update=said)

    @property
    def _roles(self) -> dict[str, str]:
        named = {"judge": self.judge, "teacher": self.teacher, "proposer": self.proposer}
        return {role: name for role, name in named.items() if name}


def command(*, flags: Flags, given: Given) -> None:
    """Run a recipe from a learner to its champion, round by round, and write report.html."""
    asked = flags.asked()
    world = asked.environment or asked.tasks or asked.documents
    if not world:
        raise UsageError("which environment? type: --environment game24, or: lamarck environments")
    kept = data_of(asked.tasks_out or "", asked.tasks_format or "")
    configured = options_of(given.known, asked.options, flags.config or "", taken=OWN)
    own = {**configured, **given.options}
    method = build(given, _with(own, flags.rounds, given.known), asked.ablate)
    # what a flag alone must give cannot be left out, also where the question is what the flags changed
    before = build(given, {**_required(own, given.known), **configured}, asked.ablate)
    changes = {**asked.set, **typed.settings(method, flags.sets or ())}
    folder = where(asked.out, given.known.name, world)
    told = planning.told if given.dry else partial(running.told, data=kept)
    go: Callable[..., Any] = api.plan if given.dry else api.run
    question = {
        **{name: value for name in OWN - APART if (value := getattr(asked, name)) not in UNSAID},
        "sets": _undecided(changes, before, method, flags.rounds),
        "out": folder,
        "unsafe_sandbox": flags.unsafe_sandbox,
        **own,
    }
    told(lambda listener: go(given.word, **question, listener=listener), folder, as_json=flags.as_json)


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


def located(file: RunFile, folder: Path) -> RunFile:
    """The configuration with files that lie beside it as they are named from here."""

    def script(name: str) -> str:
        return beside(folder, name)

    def data(name: str) -> str:
        return at(name) if (folder / name).exists() or "." in Path(name).name else name

    def at(name: str) -> str:
        return name if name == SHIPPED else str(folder / name)

    ways = {**dict.fromkeys(FILES, at), "environment": script, "tasks": data}
    found = {name: (way, value) for name, way in ways.items() if (value := getattr(file, name))}
    return file.model_copy(
        update={
            name: way(value) if isinstance(value, str) else [*map(way, value)] for name, (way, value) in found.items()
        }
    )


def pairs(flag: str, texts: Iterable[str]) -> dict[str, str]:
    """NAME=VALUE texts as they are. Raises: UsageError for one without name or value."""
    found = dict[str, str]()
    for text in texts:
        name, _, value = text.partition("=")
        if not name or not value:
            raise UsageError(f"{flag} {text}: give NAME=VALUE")
        found[name] = value
    return found


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
