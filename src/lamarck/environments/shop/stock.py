"""What people like, and what a shop has."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from random import Random
from types import MappingProxyType
from typing import Any

from lamarck.core import digest

KINDS = ("bag", "hat", "jacket", "jumper", "scarf", "shirt", "skirt", "vest")
TRAITS: Mapping[str, Sequence[str]] = MappingProxyType(
    {
        "colour": ("black", "blue", "green", "red", "white"),
        "size": ("large", "medium", "small"),
        "style": ("checked", "plain", "striped"),
    }
)
"""What an article is like, and what a person may like."""
PEOPLE = ("Ada", "Ben", "Cleo", "Dan", "Eva", "Finn", "Gwen", "Hugo", "Ines", "Jon", "Kim", "Leo")
ARTICLES = 12
"""In a shop: one that is liked in everything, the rest by chance."""


@dataclass(frozen=True, kw_only=True)
class Errand:
    """Who wants what, and the articles in the order in which this shop ranks equals."""

    person: str
    wanted: str
    wishes: tuple[str, ...]
    """Traits that count."""
    articles: tuple[str, ...]
    """Each "blue small plain jacket"."""

    @property
    def liked(self) -> Mapping[str, str]:
        """The person's taste in what counts: trait -> value."""
        return {trait: taste(self.person)[trait] for trait in self.wishes}

    def fits(self, article: str) -> float:
        """Share of what was wanted that an article has: its kind, and each trait that counts."""
        words = article.split()
        asked = [self.wanted, *self.liked.values()]
        return sum(word in words for word in asked) / len(asked)

    @property
    def text(self) -> str:
        """All of it on one line; equal for equal errands."""
        return json.dumps(asdict(self), sort_keys=True, separators=(",", ":"))


def taste(person: str) -> dict[str, str]:
    """What a person likes, always the same."""
    rng = Random(digest("taste", person))
    return {trait: rng.choice(values) for trait, values in TRAITS.items()}


def read(text: str) -> Errand:
    """The errand of its line."""
    data: dict[str, Any] = json.loads(text)
    wishes, articles = tuple(data.pop("wishes")), tuple(data.pop("articles"))
    return Errand(wishes=wishes, articles=articles, **data)


def draw(people: int, wishes: int, rng: Random) -> Errand:
    """A random errand of one of so many people, in which so many traits count."""
    person, wanted = rng.choice(PEOPLE[:people]), rng.choice(KINDS)
    chosen = tuple(sorted(rng.sample(list(TRAITS), wishes)))
    liked = taste(person)
    right = " ".join([*(liked[t] if t in chosen else rng.choice(TRAITS[t]) for t in TRAITS), wanted])
    articles = {right}
    while len(articles) < ARTICLES:
        kind = wanted if rng.random() < 0.7 else rng.choice(KINDS)
        article = " ".join([*(rng.choice(values) for values in TRAITS.values()), kind])
        errand = Errand(person=person, wanted=wanted, wishes=chosen, articles=())
        articles |= {article} if errand.fits(article) < 1 else set()
    ranked = sorted(articles)
    rng.shuffle(ranked)
    return Errand(person=person, wanted=wanted, wishes=chosen, articles=tuple(ranked))
