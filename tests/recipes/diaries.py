"""A model that talks with the people of the diary by what it is reminded of, and sums up, thinks and compares."""

from __future__ import annotations

import re
from collections.abc import Iterator

from lamarck.core import Prompt
from lamarck.environments.diary.script import ASKED, FACTS, TOLD

LINE = re.compile(r"Day (\d+), (\w+): (.*)")
THOUGHT = re.compile(r"(\w+)'s (town|pet|work|drink) is ([a-zA-Z ]+?)(?=[.,;]|$)", re.MULTILINE)
UNKNOWN = "I do not know."


def told(text: str) -> Iterator[tuple[int, str, str, str]]:
    """Day, person, fact and value of everything that is told in a text."""
    for day, person, said in LINE.findall(text):
        for fact, form in TOLD.items():
            head, tail = form.split("{value}")
            value = said.strip().removeprefix(head).removesuffix(tail)
            if said.strip() == form.format(value=value) and value in FACTS[fact]:
                yield int(day), person, fact, value


def wanted(turn: str) -> str | None:
    """The fact that a turn asks for."""
    return next((fact for fact, forms in ASKED.items() if any(form in turn for form in forms)), None)


def reply(turn: str, known: str) -> str:
    """The latest that is known of what is asked; a nod where nothing is."""
    fact, person = wanted(turn), turn.partition(", ")[2].partition(":")[0]
    if fact is None:
        return "I see."
    found = [(day, value) for day, who, what, value in told(known) if (who, what) == (person, fact)]
    thoughts = [value for who, what, value in THOUGHT.findall(known) if (who, what) == (person, fact)]
    if not found and len(set(thoughts)) != 1:
        return UNKNOWN
    return f"It is {max(found)[1] if found else thoughts[0]}."


def thought(records: str) -> str:
    """The facts of what was told, a sentence each."""
    return "\n".join(f"{who}'s {fact} is {value}." for _, who, fact, value in told(records))


def agreed(old: str, new: str) -> str:
    """How two thoughts stand to each other."""
    one, other = set(THOUGHT.findall(old)), set(THOUGHT.findall(new))
    if {who for who, *_ in one} != {who for who, *_ in other}:
        return "apart"
    clash = {(who, fact) for who, fact, _ in one} & {(who, fact) for who, fact, _ in other}
    return "identical" if one == other else "contradictory" if clash else "related"


def merged(old: str, new: str) -> str:
    """What both say; of two that exclude each other the new."""
    said = {(who, fact): value for who, fact, value in (*THOUGHT.findall(old), *THOUGHT.findall(new))}
    return " ".join(f"{who}'s {fact} is {value}." for (who, fact), value in said.items())


def write(prompt: Prompt, seed: int) -> str:
    """What a good mind writes."""
    fields = dict(prompt.fields)
    match prompt.name:
        case "memorybank/answer" | "tim/answer":
            return reply(fields["turn"], fields["reminded"])
        case "memorybank/summary":
            days = [int(day) for day, *_ in LINE.findall(fields["records"])]
            return f"Day {max(days)} has passed. {thought(fields['records'])}".strip()
        case "memorybank/portrait":
            return "A friendly person in good spirits; be brief."
        case "tim/think":
            return thought(fields["records"])
        case "tim/agree":
            return agreed(fields["old"], fields["new"])
        case "tim/merge":
            return merged(fields["old"], fields["new"])
        case _:
            return reply(prompt.fields["turn"], "")


def spoil(prompt: Prompt, seed: int) -> str:
    """What comes of it now and then."""
    return UNKNOWN
