"""TOML and JSON that a person wrote: small, typed, refused with the key at fault and the nearest right one."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from lamarck.core import RecipeError, UsageError, unknown
from lamarck.data import strict

LARGEST = 1_000_000
"""Bytes a file may have."""
DEEPEST = 32
"""Levels of tables and lists a file may have."""

Scalar = str | int | float | bool
Schema = TypeVar("Schema", bound=BaseModel)
Format = Literal["toml", "json"]


class RunFile(BaseModel):
    """`run.toml`: what `lamarck run` would be told on its command line. Every key may be left out."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)

    recipe: str | None = None
    """Name of a recipe, or a Python file beside this one."""
    learner: str | None = None
    environment: str | None = None
    """Name of an environment, or a Python file beside this one."""
    seed: int | None = None
    out: str | None = None
    rounds: int | None = None
    until: str | None = None
    ablate: list[str] = Field(default_factory=list[str])
    gate: str | None = None
    alpha: float | None = None
    gate_every: int | None = None
    roles: dict[str, str] = Field(default_factory=dict[str, str])
    """Role -> model."""
    objective: dict[str, Scalar] = Field(default_factory=dict[str, Scalar])
    """Parameters of the objective."""
    seed_data: str | None = None
    """A JSONL file beside this one."""
    feedback: str | None = None
    """A file of lamarck feedback beside this one."""
    monitors: str | None = None
    """react, warn or off."""
    probes: list[str] = Field(default_factory=list[str])
    """Files of safety probes beside this one."""
    held_out: list[str] = Field(default_factory=list[str])
    """Files beside this one, of items that nothing may be learned from."""
    tasks: str | None = None
    """A file of tasks beside this one, or a data set as owner/name."""
    check: str | None = None
    columns: dict[str, str] = Field(default_factory=dict[str, str])
    """What a task is made of -> its column."""
    skip_bad: bool | None = None
    documents: str | None = None
    """A folder or file of documents beside this one."""
    passages: str | None = None
    """The least and the most words of a passage: "20-400"."""
    memory: str | None = None
    """A shared memory: "postgresql://user@host/database#name", without a password."""
    embedder: str | None = None
    """ngrams, learner or a model."""
    frontier: str | None = None
    """The least and the greatest share of passing solutions of a task that is kept: "0.1-0.9"."""
    tasks_out: str | None = None
    """A new JSONL file beside this one, for what the run kept."""
    tasks_format: str | None = None
    """prompt-completion, messages, preference or prompts."""
    tasks_limit: int | None = None
    samples: int | None = None
    workers: int | None = None
    budget: str | None = None
    """What may be spent on models: "usd=5,tokens=2M,calls=1000,minutes=60"."""
    providers: dict[str, dict[str, Scalar | list[str] | dict[str, str]]] = Field(
        default_factory=dict[str, dict[str, Scalar | list[str] | dict[str, str]]]
    )
    """Model provider -> what is to be known of it: [providers.openai] with base_url = "..."."""
    options: dict[str, Scalar | list[Scalar]] = Field(default_factory=dict[str, Scalar | list[Scalar]])
    """The recipe's own options."""
    set: dict[str, Scalar | list[Scalar]] = Field(default_factory=dict[str, Scalar | list[Scalar]])
    """Fields by path: "updating.lr" = 1e-3."""


def read(path: Path, schema: type[Schema]) -> Schema:
    """A TOML or JSON file (by its suffix) as the schema has it.

    Raises: UsageError that names the file and the place: too large, too deep, no TOML or JSON, a key
    that is unknown (with the nearest), given twice, or of a wrong type.
    """
    if not path.is_file():
        raise UsageError(f"{path}: no such file; give a TOML file such as the run.toml that lamarck init writes")
    with path.open("rb") as file:
        raw = file.read(LARGEST + 1)
    if len(raw) > LARGEST:
        raise UsageError(f"{path}: is over {LARGEST:,} bytes; a configuration is a page of text")
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError as error:
        raise UsageError(f"{path}: byte {error.start} is no UTF-8; save it as UTF-8") from error
    return parse(text, schema, where=str(path), form="json" if path.suffix == ".json" else "toml")


def parse(text: str, schema: type[Schema], *, where: str, form: Format) -> Schema:
    """The same for text already read; ``where`` is what messages call it."""
    try:
        data: Any = tomllib.loads(text) if form == "toml" else strict.parse(text, largest=LARGEST)
        strict.sound(data, DEEPEST)
    except RecursionError:
        raise UsageError(f"{where}: is nested deeper than {DEEPEST} levels") from None
    except strict.Malformed as error:
        raise error.within(where) from None
    except ValueError as error:  # syntax, a key given twice, a number of thousands of digits
        raise UsageError(f"{where}: {error}") from None
    try:
        return schema.model_validate(data)
    except ValidationError as error:
        raise RecipeError(f"{where}: {line}" for line in _lines(error, schema)) from error


def _lines(error: ValidationError, schema: type[BaseModel]) -> Iterator[str]:
    """One line a fault; a value that fits no member of a union is one fault, not one a member."""
    seen: set[str] = set()
    for fault in error.errors(include_url=False):
        where = [str(part) for part in fault["loc"]]
        key = ".".join(where[:1] if where[0] not in ("options", "set") else where[:2]) if where else "the file"
        if key in seen:
            continue
        seen.add(key)
        if fault["type"] == "extra_forbidden":
            yield str(unknown("key", where[-1], schema.model_fields))
        elif key.startswith(("options.", "set.")):
            yield f"{key}: {_shown(fault['input'])} is no text, number, true or false, nor a list of these"
        else:
            expected = fault["msg"].removeprefix("Input should be ").removeprefix("a valid ")
            yield f"{key}: {_shown(fault['input'])} is of type {type(fault['input']).__name__}; give {expected}"


def _shown(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 60 else f"{text[:57]}..."
