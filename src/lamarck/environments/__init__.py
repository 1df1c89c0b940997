"""Environments by name, and a user's own from a file. Nothing is imported before it is asked for."""

from collections.abc import Mapping
from dataclasses import dataclass
from importlib import import_module
from types import MappingProxyType

from lamarck.core import Environment, unknown
from lamarck.environments.own import from_file

__all__ = ["DOCUMENTS", "ENVIRONMENTS", "TASKS", "Entry", "from_documents", "from_tasks", "load"]


@dataclass(frozen=True, kw_only=True)
class Entry:
    """An environment that comes with Lamarck."""

    module: str
    title: str
    """One line for `lamarck environments`."""
    attribute: str
    """Its class in the module."""


ENVIRONMENTS: Mapping[str, Entry] = MappingProxyType(
    {
        "cards": Entry(
            module="lamarck.environments.cards.environment",
            title="play blackjack, turn by turn, each game with cards of its own; games without end, by the first hand",
            attribute="Cards",
        ),
        "countdown": Entry(
            module="lamarck.environments.game24.environment",
            title="make a target from given numbers; new problems without end, steered by the objective",
            attribute="Countdown",
        ),
        "creatures": Entry(
            module="lamarck.environments.creatures.environment",
            title="sort invented creatures by hidden rules of two features, which may change half way; without end",
            attribute="Creatures",
        ),
        "diary": Entry(
            module="lamarck.environments.diary.environment",
            title="three people tell of their lives over ten days, facts change, and questions come at the end",
            attribute="Diary",
        ),
        "functions": Entry(
            module="lamarck.environments.code.functions",
            title="write or repair 40 small Python functions; judged by hidden tests in the sandbox",
            attribute="Functions",
        ),
        "game24": Entry(
            module="lamarck.environments.game24.environment",
            title="Game of 24: make 24 from four numbers up to 13; the 1,362 solvable puzzles",
            attribute="Game24",
        ),
        "kitchen": Entry(
            module="lamarck.environments.kitchen.environment",
            title="cook with somebody whose mind has to be guessed, turn by turn; by what the other cook does",
            attribute="Kitchen",
        ),
        "listmachine": Entry(
            module="lamarck.environments.listmachine.environment",
            title="run programs on a list of digits, or find them; tasks without end, by depth, families to remember",
            attribute="ListMachine",
        ),
        "shop": Entry(
            module="lamarck.environments.shop.environment",
            title="buy for people what they like and ask them little, turn by turn; what they like stays",
            attribute="Shop",
        ),
        "stories": Entry(
            module="lamarck.environments.stories.environment",
            title="tell a short story as a plan of shots that an image tool can draw; without end",
            attribute="Stories",
        ),
        "texthouse": Entry(
            module="lamarck.environments.texthouse.environment",
            title="find something in a house and bring it somewhere, turn by turn; houses without end, by steps",
            attribute="TextHouse",
        ),
    }
)
"""The environments that come with Lamarck, by name."""


TASKS = "lamarck.environments.tasks.environment"
"""Where environments of a user's tasks are made."""


DOCUMENTS = "lamarck.environments.documents"
"""Where environments of a user's documents are made."""


def from_documents(
    name: str, *, passages: str = "", skip_bad: bool = False, beside: Environment | None = None
) -> Environment:
    """The environment of a user's documents, see ``lamarck run --documents``. Raises: UsageError."""
    made = import_module(DOCUMENTS).from_documents
    return made(name, passages=passages, skip_bad=skip_bad, beside=beside)


def from_tasks(
    name: str, *, check: str = "", columns: Mapping[str, str] | None = None, skip_bad: bool = False
) -> Environment:
    """The environment of a user's file or data set of tasks, see ``lamarck run --tasks``. Raises: UsageError."""
    return import_module(TASKS).from_tasks(name, check=check, columns=columns, skip_bad=skip_bad)


def load(name: str) -> Environment:
    """The environment of a name in the table, or of a user's file (`mine.py`, `folder/mine.py`).

    Raises: UsageError with the nearest names, or with what a file lacks.
    """
    if name.endswith(".py") or "/" in name:
        return from_file(name)
    entry = ENVIRONMENTS.get(name)
    if entry is None:
        raise unknown(
            "environment", name, ENVIRONMENTS, "type: lamarck environments, or give a file of your own: ./mine.py"
        )
    return getattr(import_module(entry.module), entry.attribute)()
