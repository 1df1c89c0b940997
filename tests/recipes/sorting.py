"""A model that sorts creatures by rules it is shown, and writes rules of its mistakes, at a known rate wrong ones."""

from __future__ import annotations

import re
from collections import Counter

from lamarck.core import Prompt, digest
from lamarck.environments.creatures.table import FEATURES, GROUPS, KINDS, rule

RULE = re.compile(r"If (\w+): ([^,]+), ([^,]+), then ([A-D])\.")
CASE = re.compile(r"Task: What group is this (\w+): (.*?)\?.*?(?:of group|Right answer:) ([A-D])", re.DOTALL)
WEIGHED = re.compile(r"([\d.]+): (If .*)")


def applied(creature: str, told: str) -> str | None:
    """The group by the last rule whose conditions hold."""
    found = [m for m in RULE.finditer(told) if f"{m[1]}: " in creature and m[2] in creature and m[3] in creature]
    return found[-1][4] if found else None


def guess(creature: str) -> str:
    """A group that has nothing to do with the creature."""
    return GROUPS[digest("guess", creature) % len(GROUPS)]


def induced(records: str) -> list[str]:
    """The rule of each case: the two features that count are those that a good mind would find."""
    return [rule(kind, signs(told), group) for kind, told, group in CASE.findall(records) if kind in KINDS]


def signs(told: str) -> tuple[int, ...]:
    """A creature's features as numbers."""
    has = dict(part.split() for part in told.split(", "))
    return tuple(pair.index(has[name]) for name, pair in FEATURES.items())


def agreed(old: str, new: str) -> str:
    """How two rules stand to each other."""
    one, other = RULE.search(old), RULE.search(new)
    if not one or not other or one.groups()[:3] != other.groups()[:3]:
        return "apart"
    return "identical" if one[4] == other[4] else "contradictory"


def revised(fields: dict[str, str]) -> str:
    """Notes by the sum of weights: what holds has 0.6 for each time, a draft 1, an earlier draft what is left of it."""
    votes, order = Counter[tuple[str, str]](), dict[str, None]()
    told = [(0.6, text) for text in fields["notes"].splitlines()]
    told += [(1.0, text) for text in fields["drafts"].splitlines()]
    told += [(float(weight), text) for weight, text in WEIGHED.findall(fields["earlier"])]
    for weight, text in told:
        if found := RULE.search(text):
            condition = found[0].rpartition(", then")[0]
            votes[condition, found[4]] += weight  # type: ignore[assignment]
            order[condition] = None
    best = {c: max((g for k, g in votes if k == c), key=lambda g, c=c: votes[c, g]) for c in order}
    return "\n".join(f"{condition}, then {group}." for condition, group in best.items()) or "Nothing."


def write(prompt: Prompt, seed: int) -> str:
    """What a good mind writes."""
    fields = dict(prompt.fields)
    match prompt.name.partition("/")[2]:
        case "answer":
            return f"Group {applied(fields['creature'], fields['reminded']) or guess(fields['creature'])}"
        case "rules" | "common" | "induce":
            return "\n".join(f"{i}. {text}" for i, text in enumerate(induced(fields["records"]), start=1))
        case "agree":
            return agreed(fields["old"], fields["new"])
        case "revise":
            return revised(fields)
        case "reasons" | "general":
            return "Two features count."
        case _:
            return f"Group {guess(fields['creature'])}"


def spoil(prompt: Prompt, seed: int) -> str:
    """What comes of it now and then: an answer against the rules, a rule with another group, no choice."""
    text = write(prompt, seed)
    if prompt.name.endswith("agree"):
        return "apart"
    return re.sub(r"(then |Group )([A-D])", lambda m: m[1] + GROUPS[(GROUPS.index(m[2]) + 1 + seed % 3) % 4], text)
