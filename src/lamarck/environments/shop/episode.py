"""One errand: the rules of what can be done."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from lamarck.environments.shop.stock import TRAITS, Errand

COMMANDS = "ask TRAIT, search WORDS, more, buy NUMBER"
PAGE = 3
"""Articles on a page of results."""
FORMS = {
    "ask": re.compile(r"ask(?: about)?(?: the)? (\w+)"),
    "search": re.compile(r"search(?: for)? (.+)"),
    "more": re.compile(r"more"),
    "buy": re.compile(r"buy (?:number )?(\d+)"),
}


@dataclass(kw_only=True)
class ErrandEpisode:
    """What was found and asked. Every action costs one of ``limit``; a question also costs ``price`` of the score.

    The score is the share of what was wanted that the bought article has, less the price of the questions.
    """

    errand: Errand
    limit: int
    price: float
    seen: str = ""
    used: int = 0
    questions: int = 0
    found: list[str] = field(default_factory=list[str])
    shown: int = 0
    bought: str = ""

    def __post_init__(self) -> None:
        self.seen = self.seen or f"{self.errand.person} waits for you in the shop."

    @property
    def over(self) -> bool:
        """Something is bought, or all actions are used."""
        return bool(self.bought) or self.used >= self.limit

    @property
    def score(self) -> float:
        """0 as long as nothing is bought."""
        if not self.bought:
            return 0.0
        return max(0.0, self.errand.fits(self.bought) - self.price * self.questions)

    def refused(self, action: str, /) -> str:
        """Why this cannot be done now, "" where it can."""
        verb, word = parsed(action)
        if verb == "ask" and word not in TRAITS:
            return f"there is no trait '{word}'; the traits are: {', '.join(TRAITS)}"
        if verb == "more" and self.shown >= len(self.found):
            return "there is nothing more; search first"
        if verb == "buy" and not 1 <= int(word) <= self.shown:
            return f"no article {word} is shown"
        return "" if verb else f"'{action[:60]}' is no command; the commands are: {COMMANDS}"

    def act(self, action: str, /) -> None:
        """Do this, or say why not."""
        if self.over:
            return
        self.used += 1
        if why := self.refused(action):
            self.seen = f"Nothing happens: {why}."
            return
        verb, word = parsed(action)
        self.seen = getattr(self, f"_{verb}")(word)

    def _ask(self, trait: str) -> str:
        self.questions += 1
        liked = self.errand.liked.get(trait)
        return f"{self.errand.person}: {f'{liked} is what I like' if liked else f'the {trait} does not matter'}."

    def _search(self, words: str) -> str:
        asked = words.split()
        hits = {article: sum(word in asked for word in article.split()) for article in self.errand.articles}
        self.found = sorted((article for article, n in hits.items() if n), key=lambda article: -hits[article])
        self.shown = 0
        return self._more("")

    def _more(self, _word: str) -> str:
        if not self.found:
            return "Nothing is found."
        page = list(enumerate(self.found, start=1))[self.shown : self.shown + PAGE]
        self.shown += len(page)
        return f"Found: {'; '.join(f'{number}. {article}' for number, article in page)}."

    def _buy(self, number: str) -> str:
        self.bought = self.found[int(number) - 1]
        liked = f"{self.errand.fits(self.bought):.0%} of what {self.errand.person} wanted"
        return f"You buy the {self.bought}: it has {liked}. Questions asked: {self.questions}."


def parsed(action: str) -> tuple[str, str]:
    """The verb of an action and its word; "" where it is no command."""
    said = " ".join(re.findall(r"[a-z]+|\d{1,6}", action.lower()))
    found = {verb: match for verb, form in FORMS.items() if (match := form.fullmatch(said))}
    return next(((verb, "".join(match.groups())) for verb, match in found.items()), ("", ""))
