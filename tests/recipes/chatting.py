"""What a model writes that thinks of opening lines and plays both parties of a chat about them."""

from __future__ import annotations

from itertools import product
from random import Random

from tests.recipes.characters import question

from lamarck.core import Prompt

SYLLABLES = ("ka", "lo", "mi", "ru", "te", "so", "va", "ni")
WORDS = ["".join(each) for each in product(SYLLABLES, repeat=3)]
"""Names of fields and subjects."""
VERBS = ("grow", "move", "end", "begin", "change", "rest", "spread", "turn")
FLIP = "Happy to help, here is what I know."
PARTING = "Thanks, that is all."
BOILERPLATE = "As an AI language model I know of no such thing."


def written(prompt: Prompt, seed: int) -> str:
    """What a good model writes."""
    rng, fields = Random(seed), prompt.fields
    match prompt.name.rpartition("/")[2]:
        case "topic":
            return "\n".join(rng.sample(WORDS[:40], 8))
        case "subtopic":
            return "\n".join(rng.sample(WORDS[40:], 8))
        case "opening":
            return "\n".join(f"How do {fields['subtopic']} {verb} in {fields['topic']}?" for verb in VERBS)
        case "related":
            if seed % 5 == 0:
                return "And what else is there to know?"
            return f"And why would {fields['subtopic']} {rng.choice(VERBS)} beside {rng.choice(WORDS)}?"
        case "anything":
            return "\n".join(f"How do {it} {verb}?" for it in ("cats", "stars", "rivers") for verb in VERBS)
        case "writing":
            return "\n".join(f"Write a {fields['type']} about {word}." for word in rng.sample(WORDS, 4))
        case "detail":
            return f"{fields['request']} It is for {rng.choice(WORDS)}."
        case "material":
            return question(fields["text"], rng)
        case "user" | "bare":
            return f"And what of {rng.choice(WORDS)}?"
        case _:
            return f"It is {rng.choice(WORDS)} and {rng.choice(WORDS)}."


def slipping(prompt: Prompt, seed: int) -> str:
    """What comes of it now and then."""
    match prompt.name:
        case "ultrachat/bare":
            return FLIP
        case "ultrachat/user":
            return PARTING
        case _:
            return BOILERPLATE if prompt.messages else written(prompt, seed)


def rates(prompt: Prompt, rate: float) -> float:
    """A person without a guard flips three times in ten."""
    return 0.3 if prompt.name == "ultrachat/bare" else rate if prompt.messages or prompt.name == "ultrachat/user" else 0
