"""What tokens cost: the user's own table, or the list prices that come with the package, with their date and source."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any, cast

from lamarck.core import UsageError

DATED = re.compile(r"-\d{4}-?\d{2}-?\d{2}$")
"""What a host adds to a model's name for one of its versions."""


@dataclass(frozen=True, kw_only=True)
class Price:
    """USD for a million tokens."""

    read: float
    written: float

    def of(self, prompt: float, completion: float) -> float:
        """What a call costs."""
        return (self.read * prompt + self.written * completion) / 1e6


FREE = Price(read=0.0, written=0.0)
"""What runs on one's own machine."""


@dataclass(frozen=True, kw_only=True)
class Prices:
    """Prices by model."""

    usd: Mapping[str, Price] = field(default_factory=dict[str, Price])
    date: str = ""
    source: str = ""

    def of(self, model: str) -> Price | None:
        """The price of a model, or of the one it is a dated version of; None where nobody said."""
        return self.usd.get(model) or self.usd.get(DATED.sub("", model))


def load(path: Path) -> Prices:
    """A table of the user's own. Raises: UsageError naming the file and what is wrong in it."""
    try:
        raw = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"{path}: cannot be read ({error})") from error
    return _parsed(raw, str(path))


@cache
def listed() -> Prices:
    """The prices that come with the package: OpenAI's own, of models at its own address."""
    return _parsed(files("lamarck.models").joinpath("prices.toml").read_text(encoding="utf-8"), "prices.toml")


def _parsed(raw: str, where: str) -> Prices:
    try:
        data = tomllib.loads(raw)
    except tomllib.TOMLDecodeError as error:
        raise UsageError(f"{where}: {error}") from error
    usd: Any = data.get("usd")
    if not isinstance(usd, dict):
        raise UsageError(f'{where}: has no table [usd] with lines such as "my-model" = [0.5, 1.5]')
    found = {name: _price(name, pair, where) for name, pair in cast("dict[str, Any]", usd).items()}
    return Prices(usd=found, date=str(data.get("date", "")), source=str(data.get("source", where)))


def _price(name: str, pair: Any, where: str) -> Price:
    numbers = cast("list[Any]", pair) if isinstance(pair, list) else []
    if len(numbers) != 2 or not all(isinstance(n, int | float) and 0 <= n < 1e6 for n in numbers):
        raise UsageError(f"{where}: usd.{name}: give USD for a million tokens read and written, as [0.5, 1.5]")
    return Price(read=float(numbers[0]), written=float(numbers[1]))
