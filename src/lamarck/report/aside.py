"""Parts of the page for the terminal."""

from __future__ import annotations

from rich.text import Text

from lamarck.report.reader import Run
from lamarck.report.sections import errors as of_errors
from lamarck.report.sections import odds as of_odds
from lamarck.report.sound import Sound


def errors(reader: Run) -> Text:
    """What goes wrong in the last round, in groups with examples."""
    return of_errors.told(Sound(reader))


def odds(reader: Run) -> Text:
    """The odds that each candidate was better than the champion before it, and how many items a gain needs."""
    return of_odds.told(Sound(reader))
