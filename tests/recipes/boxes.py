"""A user's word problems in a file, and a model that solves them by reading them, forwards and backwards."""

from __future__ import annotations

import json
import re
from pathlib import Path
from random import Random

from lamarck.core import Prompt

TOLD = re.compile(r"(?:holds|There are|lie) (\w+) red and (\w+) blue balls", re.IGNORECASE)
BOXES = re.compile(r"in (\w+) (?:such|of these) boxes")
SUM = re.compile(r"answer to this question is (\d+)|(\d+) balls in all")
NUMBERS = 3
"""How many each question gives."""


def file(folder: Path, n: int = 40) -> Path:
    """The problems as JSON lines, each with its answer."""
    rng, rows, place = Random(1), list[str](), folder / "boxes.jsonl"
    for red, blue, boxes in {(rng.randint(3, 60), rng.randint(3, 60), rng.randint(3, 9)) for _ in range(n)}:
        question = f"A box holds {red} red and {blue} blue balls. How many balls are in {boxes} such boxes?"
        rows.append(json.dumps({"question": question, "answer": str((red + blue) * boxes)}))
    place.write_text("\n".join(rows) + "\n")
    return place


def solved(text: str) -> str:
    """What the text asks for: the number of balls, or what a letter stands for; "" where that is no number."""
    told, boxes, given = TOLD.search(text), BOXES.search(text), SUM.search(text)
    if told is None or boxes is None:
        return ""
    red, blue, many = told[1], told[2], boxes[1]
    if given is None:
        return str((int(red) + int(blue)) * int(many)) if all(each.isdigit() for each in (red, blue, many)) else ""
    total = int(given[1] or given[2])
    if not many.isdigit():
        return str(total // (int(red) + int(blue)))
    return str(total // int(many) - int(blue if blue.isdigit() else red))


def written(prompt: Prompt, seed: int) -> str:
    """Rephrases and declares truly, and answers rightly in one of two wordings."""
    if prompt.name == "metamath/rephrase":
        told, boxes = TOLD.search(prompt.fields["task"]), BOXES.search(prompt.fields["task"])
        if told is None or boxes is None:
            return ""
        start, end = ("In a box lie", "There are")[seed % 2], ("of these", "such")[seed // 2 % 2]
        return f"{start} {told[1]} red and {told[2]} blue balls. What is the count in {boxes[1]} {end} boxes?"
    if prompt.name == "metamath/declare":
        boxes = BOXES.search(prompt.fields["clause"])
        return f"There are {prompt.fields['answer']} balls in all, in {boxes[1] if boxes else ''} such boxes."
    found = solved(prompt.messages[-1].text)
    return (f"The answer is {found}.", f"I reckon.\nThe answer is {found}.")[seed % 2]


def spoilt(prompt: Prompt, seed: int) -> str:
    """Changes a number where it rephrases, forgets the answer where it declares, and answers wrongly."""
    text = written(prompt, seed)
    if prompt.name == "metamath/rephrase":
        return re.sub(r"\d+ blue", lambda found: f"{int(found[0].split()[0]) + 1 + seed % 9} blue", text)
    if prompt.name == "metamath/declare":
        return "There are many balls in all."
    return f"The answer is {70_000 + seed % 9}."
