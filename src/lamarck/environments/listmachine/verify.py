"""The machine's ruling on an answer, and the first thing that is wrong in a trace."""

from dataclasses import dataclass

from lamarck.environments.listmachine.machine import applied, knows, run
from lamarck.environments.listmachine.reading import Reading, Step, read
from lamarck.environments.listmachine.traces import exec_trace, synth_trace


@dataclass(frozen=True, kw_only=True)
class Ruling:
    """The judgement on one answer."""

    right: bool
    trace: bool
    """Letter for letter a trace of the small model with every step true."""
    steps: int
    """True steps before the first fault."""
    reached: str | None
    """The list it comes to; None where it comes to none."""
    why: str
    """One sentence about the first fault, "" where there is none."""


@dataclass(frozen=True, kw_only=True)
class Question:
    """What is asked, without its solution."""

    kind: str
    digits: str
    asked: str
    """The program to run, or the target to reach."""
    letters: str
    constant: int | None = None


def verify(question: Question, text: str) -> Ruling:
    """In: any text. Out: exec is right by its last list, synth by what its last program gives when it is run."""
    reading = read(question.kind, question.letters, text)
    true, fault = _followed(question, reading)
    if question.kind == "exec":
        target, reached = run(question.asked, question.digits, question.constant), reading.answer
    else:
        target = question.asked
        reached = None if reading.answer is None else run(reading.answer, question.digits, question.constant)
    right = reached == target
    return Ruling(
        right=right,
        trace=right and not fault and text == _written(question, reading),
        steps=true,
        reached=reached,
        why=fault or ("" if right else _missed(question, reading, reached)),
    )


def _followed(question: Question, reading: Reading) -> tuple[int, str]:
    """How many steps are true, and what is wrong with the next one."""
    now, left = question.digits, question.asked
    for at, step in enumerate(reading.steps, 1):
        if fault := _fault(question, step, now, left):
            return at - 1, f"step {at}: {fault}"
        now, left = step.digits, step.rest
    true = len(reading.steps)
    if reading.unread:
        return true, f"step {true + 1} cannot be read: {_quoted(reading.unread)}"
    if question.kind == "exec" and reading.steps and left:
        return true, f"the steps stop with '{left}' left to run"
    return true, ""


def _fault(question: Question, step: Step, now: str, left: str) -> str:
    """Why this step is not the next one of a true trace, "" where it is."""
    if question.kind == "exec" and not left:
        return f"nothing is left to run, not even {step.letter}"
    if question.kind == "exec" and step.letter != left[0]:
        return f"the program says {left[0]} next, not {step.letter}"
    if step.letter not in question.letters or not knows(step.letter, question.constant):
        return f"there is no operation {step.letter} here, only {question.letters}"
    true = applied(step.letter, now, question.constant)
    if step.digits != true:
        return f"{step.letter} on {now} gives {true}, not {_short(step.digits)}"
    if question.kind == "exec" and step.rest != left[1:]:
        return f"'{left[1:]}' is left to run, not '{_short(step.rest)}'"
    if question.kind == "synth" and step.rest != left:
        return f"the target is {left}, not {_short(step.rest)}"
    return ""


def _written(question: Question, reading: Reading) -> str:
    """The trace that the small model's language has for this answer."""
    if question.kind == "exec":
        return exec_trace(question.digits, question.asked, question.constant)
    return synth_trace(question.digits, reading.answer or "", question.asked, question.constant)


def _missed(question: Question, reading: Reading, reached: str | None) -> str:
    if reached is None:
        wanted = "list" if question.kind == "exec" else "program"
        return f"no {wanted} was found; end with a line like `answer: ...`"
    if question.kind == "exec":
        return f"the program {question.asked} does not turn {question.digits} into {_short(reached)}"
    program = _short(reading.answer or "")
    return f"the program {program} turns {question.digits} into {reached}, not into {question.asked}"


def _short(text: str) -> str:
    return text if len(text) <= 20 else text[:17] + "..."


def _quoted(text: str) -> str:
    return repr(text if len(text) <= 40 else text[:37] + "...")
