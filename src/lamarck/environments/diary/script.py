"""Who says what on which day: six people, ten days, four facts each, two of which change."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from random import Random

PEOPLE = ("Anna", "Boris", "Clara", "David", "Esther", "Farid")
DAYS = 10
FACTS: Mapping[str, tuple[str, ...]] = {
    "town": ("Bergen", "Lisbon", "Krakow", "Ghent", "Turin", "Malmo", "Porto", "Graz"),
    "pet": ("cat", "parrot", "tortoise", "rabbit", "goldfish", "hamster", "pony", "ferret"),
    "work": ("baker", "nurse", "welder", "teacher", "gardener", "pilot", "printer", "tailor"),
    "drink": ("cocoa", "mint tea", "cider", "lemonade", "espresso", "buttermilk", "ginger ale", "malt beer"),
}
"""What can be the case, fact by fact."""
TOLD: Mapping[str, str] = {
    "town": "I live in {value} now.",
    "pet": "At home I keep a {value}.",
    "work": "I earn my living as a {value} now.",
    "drink": "What I like to drink most is {value}.",
}
ASKED: Mapping[str, tuple[str, str]] = {
    "town": ("Where would you send a letter to me?", "Which town do I live in?"),
    "pet": ("Who waits for me at home?", "Which pet do I keep?"),
    "work": ("What do I do all day?", "As what do I earn my living?"),
    "drink": ("What should you pour me?", "What do I like to drink most?"),
}
"""A question in the course of the days, and the one after them."""
NEWS: Mapping[int, str] = {1: "town", 2: "pet", 3: "work", 4: "drink", 6: "town", 8: "work"}
"""Which fact is told on a day; the second time it has changed."""
CHAT = ("It rained all morning.", "I slept badly.", "The bus was late again.", "I read until midnight.")


@dataclass(frozen=True, kw_only=True)
class Turn:
    """What a person says. ``fact`` is what a question asks for, ``value`` what is told or the answer."""

    person: str
    day: int
    text: str
    fact: str = ""
    value: str = ""
    is_question: bool = False

    @property
    def words(self) -> str:
        """The turn as it stands in the diary."""
        return f"Day {self.day}, {self.person}: {self.text}"


def turns() -> Iterator[Turn]:
    """All that is said in ten days, day by day: each person tells something and then says or asks something."""
    known = {person: dict[str, str]() for person in PEOPLE}
    for day in range(1, DAYS + 1):
        for person in PEOPLE:
            rng = Random(f"diary {person} {day}")
            fact = NEWS.get(day, "")
            if fact:
                value = rng.choice([v for v in FACTS[fact] if v != known[person].get(fact)])
                known[person][fact] = value
                text = TOLD[fact].format(value=value)
                yield Turn(person=person, day=day, text=text, fact=fact, value=value)
            else:
                yield Turn(person=person, day=day, text=rng.choice(CHAT))
            told = [each for each in known[person] if each != fact]
            if not told:
                yield Turn(person=person, day=day, text=rng.choice(CHAT))
                continue
            asked = told[(day - 1) % len(told)]
            value = known[person][asked]
            yield Turn(person=person, day=day, text=ASKED[asked][0], fact=asked, value=value, is_question=True)


def questions() -> Iterator[Turn]:
    """What each person asks on the day after: each of the four facts."""
    known = {(turn.person, turn.fact): turn.value for turn in turns() if turn.fact}
    for person in PEOPLE:
        for fact in FACTS:
            yield Turn(
                person=person, day=DAYS + 1, text=ASKED[fact][1], fact=fact, value=known[person, fact], is_question=True
            )
