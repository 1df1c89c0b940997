"""Flags of a recipe, made from its signature, beside those that a command has anyway."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Container, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any

import typer

from lamarck import recipes
from lamarck.api.scoring import is_harness
from lamarck.cli.failures import place
from lamarck.core import LamarckError, Method, Recipe, UsageError
from lamarck.data import config, typed


@dataclass(frozen=True, kw_only=True)
class Given:
    """The recipe that a command was told, and the recipe's own flags."""

    word: str = ""
    """As it was typed: a name or a file; "" where none was."""
    recipe: Recipe | None = None
    options: Mapping[str, Any] = field(default_factory=dict[str, Any])
    """Those given, each of its declared type."""

    dry: bool = False
    """Whether the run is only to be planned."""

    @property
    def known(self) -> Recipe:
        """The recipe. Raises: UsageError where none was named."""
        if self.recipe is None:
            raise UsageError("which recipe? give its name or a file, such as rest_em; type: lamarck recipes")
        return self.recipe


def with_recipe(command: Callable[..., None], words: Sequence[str]) -> Callable[..., None]:
    """``command`` with a flag for each option of the recipe that its words name.

    Its parameter ``given`` is filled with a `Given`, and ``flags`` with its dataclass, whose fields
    are flags. A recipe's option that the command has a flag for already gets none: ``--rounds`` is
    the command's.
    """
    own = inspect.signature(command, eval_str=True)
    declared: Callable[..., Any] = own.parameters["flags"].annotation
    fixed = [*inspect.signature(declared, eval_str=True).parameters.values()]
    word = named(words, fixed)
    recipe = recipes.load(word) if word and not is_harness(word) else None
    taken = {parameter.name for parameter in fixed}
    extra = {name: option for name, option in (recipe.options if recipe else {}).items() if name not in taken}

    def call(**told: Any) -> None:
        texts = {name: text for name in extra if (text := told.pop(name)) is not None}
        options = {
            name: text if isinstance(text, bool) else typed.of_text(text, extra[name][0], _dashed(name))
            for name, text in texts.items()
        }
        command(flags=declared(**told), given=Given(word=word, recipe=recipe, options=options))

    parameters = [*fixed, *(_flag(name, kind, default, recipe) for name, (kind, default) in extra.items())]
    call.__signature__ = own.replace(parameters=parameters)  # type: ignore[attr-defined]
    call.__annotations__ = {parameter.name: parameter.annotation for parameter in parameters}
    call.__doc__ = command.__doc__
    return call


def named(words: Sequence[str], fixed: Sequence[inspect.Parameter]) -> str:
    """The recipe, by name or file: a command's ``--protocol``, one of its words, or in its ``--config``; else ""."""
    valued = {name for parameter in fixed for name in _names(parameter) if not _is_switch(parameter)}
    loose, sure = list[str](), list[str]()
    value_of, before = dict[str, str](), ""
    for word in words:
        if before in valued:
            value_of[before] = word
        elif not word.startswith("-"):
            loose.append(word)
            if not before.startswith("-"):
                sure.append(word)
        name, equals, value = word.partition("=")
        if equals and name in valued:
            value_of[name] = value
        before = "" if before in valued else word
    if "--protocol" in value_of:
        return value_of["--protocol"]
    # the value of a flag that only the recipe knows may stand before the recipe itself
    known = [word for word in loose if word.endswith(".py") or word in recipes.names()]
    if known or sure:
        return (known or sure)[0]
    path = Path(value_of["--config"]) if "--config" in value_of else None
    recipe = config.read(path, config.RunFile).recipe if path else None
    if path and recipe:
        return beside(path.parent, recipe)
    return loose[0] if loose else ""


def build(given: Given, options: Mapping[str, Any], ablate: Iterable[str] = ()) -> Method:
    """The method of the recipe, checked. Raises: UsageError for what it lacks, and where a user's file fails."""
    recipe = given.known
    defaults = {name: default for name, (_, default) in recipe.options.items()}
    lacking = [name for name, default in defaults.items() if default is inspect.Parameter.empty and name not in options]
    if lacking:
        needed = ", ".join(map(_dashed, lacking))
        raise UsageError(f"{recipe.name} cannot do without {needed}; type: lamarck run {given.word} --help")
    try:
        return recipe(ablate=ablate, **options)
    except LamarckError:
        raise
    except Exception as error:
        raise UsageError(place(given.word, error)) from error


def beside(folder: Path, name: str) -> str:
    """A name in a configuration; a Python file's is read as lying in the configuration's folder."""
    return str(folder / name) if name.endswith(".py") else name


def options_of(recipe: Recipe, given: Mapping[str, Any], where: str, taken: Container[str] = ()) -> dict[str, Any]:
    """A configuration's options of a recipe, each checked against its signature.

    ``taken`` are names that mean something else to every run. Raises: UsageError.
    """
    kinds = recipe.options
    for name in given:
        if name in taken:
            cure = f"write {name} = ... above [options], or change the field itself under [set]"
            raise UsageError(f"{where}: options.{name}: is a key of every run; {cure}")
    # a name it lacks goes through: the recipe itself names the nearest
    return {
        name: typed.of_value(value, kinds[name][0], f"{where}: options.{name}") if name in kinds else value
        for name, value in given.items()
    }


def _flag(name: str, kind: Any, default: Any, recipe: Recipe | None) -> inspect.Parameter:
    flag = _dashed(name)
    told = "must be given" if default is inspect.Parameter.empty else f"{default}"
    panel = f"Options of {recipe.name}" if recipe else ""
    switch = kind is bool
    info = typer.Option(
        f"{flag}/--no-{flag[2:]}" if switch else flag,
        help=f"the recipe's own: {told}",
        metavar=None if switch else typed.called(kind).replace(" ", "-"),
        show_default=False,
        rich_help_panel=panel,
    )
    annotation = Annotated[bool | None if switch else str | None, info]
    return inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=None, annotation=annotation)


def _names(parameter: inspect.Parameter) -> tuple[str, ...]:
    info = _info(parameter)
    declared = [info.default, *(info.param_decls or ())] if info else []
    return tuple(d for d in declared if isinstance(d, str)) or (_dashed(parameter.name),)


def _dashed(name: str) -> str:
    return f"--{name.replace('_', '-')}"


def _info(parameter: inspect.Parameter) -> Any:
    infos = getattr(parameter.annotation, "__metadata__", ())
    return infos[0] if infos else None


def _is_switch(parameter: inspect.Parameter) -> bool:
    return getattr(parameter.annotation, "__origin__", parameter.annotation) is bool
