"""The command line. A file a subcommand; nothing of one is imported before it is asked for."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from importlib import import_module
from types import MappingProxyType
from typing import Annotated, Any, NoReturn

import typer

from lamarck import __version__
from lamarck.cli import failures
from lamarck.core import unknown

__all__ = ["COMMANDS", "Command", "main"]


@dataclass(frozen=True, kw_only=True)
class Command:
    """A subcommand: its module holds a function ``command``."""

    module: str
    help: str
    panel: str
    """Heading it stands under in ``lamarck --help``."""
    takes_recipe: bool = False
    """Whether it gets a flag for each option of the recipe that is named."""
    has_actions: bool = False
    """Whether it has subcommands of its own; its module then holds them as ``app``."""


RUNS, READ, START = "Evolve", "Look", "Begin"

COMMANDS: Mapping[str, Command] = MappingProxyType(
    {
        "run": Command(
            module="lamarck.cli.run",
            panel=RUNS,
            takes_recipe=True,
            help="Let a model evolve by a recipe, round by round.",
        ),
        "plan": Command(
            module="lamarck.cli.plan",
            panel=RUNS,
            takes_recipe=True,
            help="Say what a run would cost: calls, tokens, money, time.",
        ),
        "resume": Command(module="lamarck.cli.resume", panel=RUNS, help="Go on with a run where it stopped."),
        "eval": Command(
            module="lamarck.cli.evaluate", panel=RUNS, takes_recipe=True, help="Score a learner; nothing is trained."
        ),
        "vote": Command(
            module="lamarck.cli.vote", panel=RUNS, help="Compare answers of two learners blindly, and count the votes."
        ),
        "feedback": Command(
            module="lamarck.cli.feedback", panel=RUNS, help="Add what people said of answers: thumbs, edits, pairs."
        ),
        "promote": Command(module="lamarck.cli.promote", panel=RUNS, help="Make a learner the champion by hand."),
        "rollback": Command(module="lamarck.cli.rollback", panel=RUNS, help="Make an earlier champion it again."),
        "export": Command(
            module="lamarck.cli.export", panel=RUNS, help="Write a learner's weights and a model card to a folder."
        ),
        "decontaminate": Command(
            module="lamarck.cli.decontaminate", panel=RUNS, help="Name the rows of a file that hold held-out items."
        ),
        "status": Command(module="lamarck.cli.status", panel=READ, help="Show how far a run is, or all runs here."),
        "watch": Command(module="lamarck.cli.watch", panel=READ, help="Follow a run that another process makes."),
        "report": Command(module="lamarck.cli.report", panel=READ, help="Write report.html again from the run folder."),
        "lineage": Command(
            module="lamarck.cli.lineage", panel=READ, help="Show where a learner, or one sample, came from and went."
        ),
        "diff": Command(
            module="lamarck.cli.diff", panel=READ, help="Show where two recipes differ, or two learners of runs."
        ),
        "memory": Command(
            module="lamarck.cli.memory",
            panel=READ,
            has_actions=True,
            help="Open what a learner remembers: ls, show, search, why, edit, forget, diff.",
        ),
        "recipes": Command(module="lamarck.cli.recipes", panel=READ, help="List the methods."),
        "show": Command(
            module="lamarck.cli.show", panel=READ, takes_recipe=True, help="Draw the cycle of a recipe, slot by slot."
        ),
        "environments": Command(module="lamarck.cli.environments", panel=READ, help="List what there is to learn in."),
        "init": Command(module="lamarck.cli.init", panel=START, help="Write an example of your own that runs at once."),
        "doctor": Command(module="lamarck.cli.doctor", panel=START, help="Say what this machine has and lacks."),
    }
)
"""The subcommands by name, in the order of the help page."""


def main(words: Sequence[str] | None = None) -> NoReturn:
    """Run ``lamarck WORDS`` and exit: 0 done, 1 error, 2 usage, 3 nothing promoted or a leak, 4 paused, 5 held."""
    given = list(sys.argv[1:] if words is None else words) or ["--help"]
    sys.exit(failures.guarded(lambda: _app(given)(given, prog_name="lamarck", standalone_mode=False)))


def _app(words: Sequence[str]) -> typer.Typer:
    """The program with the one subcommand that is asked for; of the others only what help says."""
    app = typer.Typer(
        name="lamarck",
        help="What a model learns, its successor inherits: run the self-evolution cycle on your own model.",
        add_completion=False,
        pretty_exceptions_enable=False,
        context_settings={"help_option_names": ["--help", "-h"]},
    )
    app.callback()(_root)
    asked = next((word for word in words if not word.startswith("-")), "")
    if asked and asked not in COMMANDS:
        raise unknown("command", asked, COMMANDS, "type: lamarck --help")
    for name, command in COMMANDS.items():
        if name == asked and command.has_actions:
            app.add_typer(
                import_module(command.module).app, name=name, help=command.help, rich_help_panel=command.panel
            )
            continue
        function = _function(command, words[words.index(name) + 1 :]) if name == asked else _unread
        app.command(name, help=command.help, rich_help_panel=command.panel)(function)
    return app


def _function(command: Command, words: Sequence[str]) -> Callable[..., Any]:
    module = import_module(command.module)
    if command.takes_recipe:
        return import_module("lamarck.cli.flags").with_recipe(module.command, words)
    return module.command


def _unread() -> None:
    """Stands for a subcommand that was not asked for."""


def _told(asked: bool) -> None:
    if asked:
        print(__version__)
        raise typer.Exit


def _root(
    _version: Annotated[
        bool, typer.Option("--version", help="Print the version and exit.", callback=_told, is_eager=True)
    ] = False,
) -> None:
    """What stands before a subcommand."""
