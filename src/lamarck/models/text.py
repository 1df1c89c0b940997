"""Prompts as text: what models that read language are asked."""

from __future__ import annotations

import re
from functools import cache
from importlib.resources import files

from lamarck.core import CapabilityError, Message, Prompt

PROMPTS = "lamarck.prompts"
"""Where the texts are."""
NAME = re.compile(r"[a-z0-9_]+(/[a-z0-9_]+)*")
"""What a prompt is called; nothing else is looked up among files."""
SLOT = re.compile(r"\{(\w+)\}")


def render(prompt: Prompt, model: str = "a model that reads text") -> tuple[Message, ...]:
    """The prompt as messages: its text file with the fields put in, or the messages it brings along.

    Raises: CapabilityError where it has neither, or a slot that no field fills.
    """
    text = template(prompt.name)
    if text is None:
        if not prompt.messages:
            raise CapabilityError(f"{model} cannot be asked '{prompt.name}': there is no text prompts/{prompt.name}.md")
        return prompt.messages
    if missing := sorted(set(SLOT.findall(text)) - set(prompt.fields)):
        given = ", ".join(sorted(prompt.fields)) or "none"
        raise CapabilityError(f"{model}: prompts/{prompt.name}.md shows {', '.join(missing)}; the fields are {given}")
    return (Message(role="user", text=SLOT.sub(lambda slot: prompt.fields[slot[1]], text)),)


@cache
def template(name: str) -> str | None:
    """The text of a prompt with its slots, None where there is no file of this name."""
    if not NAME.fullmatch(name):
        return None
    file = files(PROMPTS).joinpath(f"{name}.md")
    return file.read_text(encoding="utf-8").rstrip("\n") if file.is_file() else None
