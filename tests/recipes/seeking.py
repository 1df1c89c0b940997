"""What a model writes that thinks of things and talks about them, and a reader that tells the intents of turns."""

from __future__ import annotations

import math
import re
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from random import Random

from lamarck.core import Prompt
from lamarck.operators.debating import words
from lamarck.recipes.solid import INTENTS

SIGNS: Mapping[str, Sequence[str]] = {
    "OQ": ("wondering", "puzzled", "broken", "started"),
    "RQ": ("likewise", "same", "too", "affected"),
    "CQ": ("mean", "exactly", "unclear", "sense"),
    "FD": ("version", "yesterday", "attached", "settings"),
    "FQ": ("besides", "afterwards", "additionally", "whether"),
    "IR": ("provide", "describe", "which", "logs"),
    "PA": ("try", "replace", "restart", "should"),
    "PF": ("works", "solved", "great", "finally"),
    "NF": ("still", "fails", "unfortunately", "worse"),
    "GG": ("thanks", "hello", "grateful", "welcome"),
    "JK": ("lol", "banana", "first", "whatever"),
    "O": ("weather", "moved", "thread", "noted"),
}
"""Intent -> words by which one knows it."""
FILLERS = ("it is so", "as I see it", "in this case", "over here", "at the moment", "on my side")
PEOPLE = ("I would say", "well you know", "to be honest", "in the end")
"""Fillers of people, who are no model."""


def turn(intents: Sequence[str], fillers: Sequence[str], rng: Random) -> str:
    """A turn of these intents, two signs of each."""
    said = [f"{rng.choice(fillers)} {' '.join(rng.sample(SIGNS[intent], 2))}" for intent in intents]
    return f"{', '.join(said)}."


def written(prompt: Prompt, seed: int) -> str:
    """What a good model writes."""
    rng, fields = Random(seed), prompt.fields
    match prompt.name.rpartition("/")[2]:
        case "type":
            return "\n".join(f"- kind {at}" for at in range(9))
        case "entity":
            return "\n".join(f"{at + 1}. {fields['letter']}{fields['type'][-1]}{at}" for at in range(9))
        case "document":
            return f"A text about {fields['entity']}."
        case "starter":
            return turn(["OQ"], FILLERS, rng)
        case "merge":
            return " And: ".join(line.strip("- ") for line in fields["instructions"].splitlines())
        case "user" | "agent":
            told = [intent for intent, name in INTENTS.items() if words(name) in fields["turn"]]
            return turn(told or ["O"], FILLERS, rng)
        case _:
            return "Nothing."


def slipping(prompt: Prompt, seed: int) -> str:
    """What comes of it now and then: both sides at once, or the label beside the turn."""
    text = written(prompt, seed)
    if prompt.name not in ("solid/user", "solid/agent"):
        return text
    if seed % 2:
        return f"Potential answer: {text}"
    own, other = ("User", "Agent") if prompt.name == "solid/user" else ("Agent", "User")
    return f"{own}: {text}\n{other}: {turn(['JK'], FILLERS, Random(seed))}\n{own}: And on it goes."


def people(n: int) -> list[tuple[str, str]]:
    """Turns of people, each with its one intent; none is as frequent as the first."""
    rng, found = Random("people"), list[tuple[str, str]]()
    for intent in [*["PA"] * n, *(intent for intent in SIGNS for _ in range(n // 2))]:
        found.append((turn([intent], PEOPLE, rng), intent))
    return found


class Reader:
    """Naive Bayes over words, by the first intent of each turn."""

    def __init__(self, labelled: Sequence[tuple[str, str]]) -> None:
        self.counts: dict[str, Counter[str]] = defaultdict(Counter)
        for text, intent in labelled:
            self.counts[intent].update(set(re.findall(r"\w+", text)))
        self.totals = Counter(intent for _, intent in labelled)

    def intent(self, text: str) -> str:
        """The likeliest."""
        said = set(re.findall(r"\w+", text))

        def fit(intent: str) -> float:
            n = self.totals[intent]
            return sum(math.log((self.counts[intent][word] + 0.1) / (n + 1)) for word in said)

        return max(self.totals, key=fit)
