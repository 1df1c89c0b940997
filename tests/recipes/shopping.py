"""Who shops in tests: asks what it does not know, and believes what it is reminded of."""

from __future__ import annotations

import re

from lamarck.core import Prompt
from lamarck.environments.shop.stock import KINDS, TRAITS

KNOWS = {value: trait for trait, values in TRAITS.items() for value in values}


def told(text: str) -> dict[str, str]:
    """What a text says that somebody likes: trait -> value."""
    said = [*re.findall(r"(\w+) is what I like", text), *re.findall(r"\w+", " ".join(re.findall(r"likes (.*)", text)))]
    return {KNOWS[value]: value for value in said if value in KNOWS}


def shop(prompt: Prompt, seed: int) -> str:
    """The next turn; before the first what the notes say; asked for key actions, what the last search says."""
    if "solution" in prompt.fields:
        search = re.findall(r"Action: search (.*)", prompt.fields["solution"])[-1:]
        words = [word for word in " ".join(search).split() if word not in KINDS]
        return f"Key action: search at once. {prompt.fields['person']} likes {', '.join(words) or 'anything'}."
    if "story" not in prompt.fields and not prompt.messages:
        return prompt.fields["reminded"]
    story = prompt.fields.get("story") or "\n".join(m.text for m in prompt.messages[1:])
    likes = told(prompt.fields.get("plan", "") + "\n" + story)
    wishes = prompt.fields["wishes"].split(", ")
    open_ = [trait for trait in wishes if trait not in likes]
    wanted = [*(likes[trait] for trait in wishes if trait in likes), prompt.fields["wanted"]]
    found = {text: number for number, text in re.findall(r"(\d+)\. ([a-z ]+)", story.rpartition("Found")[2])}
    if open_:
        deed = f"ask {open_[0]}"
    elif not found or story.rpartition("Action: search ")[2].split("\n")[0] != " ".join(wanted):
        deed = f"search {' '.join(wanted)}"
    else:
        fits = [number for text, number in found.items() if set(wanted) <= set(text.split())]
        deed = f"buy {fits[0] if fits else 1}"
    return f"I think of {prompt.fields['person']}.\nAction: {deed}"


def haste(prompt: Prompt, seed: int) -> str:
    """The first thing there is; asked for words, none that help."""
    if "solution" in prompt.fields or ("story" not in prompt.fields and not prompt.messages):
        return "It went well."
    story = prompt.fields.get("story") or "\n".join(m.text for m in prompt.messages[1:])
    return "Action: buy 1" if "Found" in story else f"Action: search {prompt.fields['wanted']}"
