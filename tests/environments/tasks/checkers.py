"""Checks of a user's own, in the shapes in which people have them."""

from typing import Any


def by_text(answer: str, reference: str) -> bool:
    return answer == reference


def half(answer: str, reference: str) -> float:
    return 1.0 if answer == reference else 0.5


def of_values(task: Any, solution: Any) -> bool:
    return task.reference.read() in solution.text


def trl(completions: list[str], answer: list[str], **columns: Any) -> list[float]:
    assert set(columns) >= {"prompts", "question", "level"}
    return [2.0 if answer[0].endswith(text.split()[-1]) else -1.0 for text in completions]


async def verifiers(
    prompt: Any, completion: list[dict[str, str]], answer: str, state: dict[str, Any], parser: Any
) -> float:
    assert prompt[0]["role"] == "user"
    assert state["answer"] == answer
    return float(parser.parse_answer(completion) == answer)


def raises(answer: str, reference: str) -> bool:
    raise ValueError("I am broken")


def sometimes(answer: str, reference: str) -> bool:
    if answer == "7":
        raise ValueError("seven")
    return answer == reference


def nan(answer: str, reference: str) -> float:
    return float("nan")


def four(a: int, b: int, c: int, d: int) -> bool:
    return True


number = 3
