"""A problem in words, complete for a language model that never saw the list machine."""

from lamarck.environments.listmachine.generate import Problem
from lamarck.environments.listmachine.machine import ADD, OPERATIONS


def words(problem: Problem) -> str:
    """The task: what every operation does, what is wanted, and how the answer must be written."""
    shown = problem.letters if problem.kind == "synth" else "".join(dict.fromkeys(problem.program))
    table = "\n".join(f"{letter}: {_meaning(letter, problem.constant)}" for letter in shown)
    if problem.kind == "exec":
        return (
            f"A list of digits is changed by operations, each written as one letter:\n{table}\n"
            f"Start with the list {problem.digits} and run the program {problem.program}: do its operations from left "
            "to right, each on the list that the one before it gave. The list never gets longer or shorter.\n"
            "Write the list after every operation. End with the last list on a line of its own, "
            f"in this form: `answer: {'0' * len(problem.digits)}`"
        )
    known = f"The machine {problem.family} always runs the same secret program. " if problem.family else ""
    return (
        f"A list of digits is changed by operations, each written as one letter:\n{table}\n"
        "A program is a row of letters; its operations are done from left to right, each on the list that the one "
        f"before it gave, and a letter may come more than once.\n{known}Find a program, as short as you can, that "
        f"turns the list {problem.digits} into the list {problem.target}. Write the list after every operation. "
        "End with the program on a line of its own, in this form, with your letters: `answer: abc`"
    )


def _meaning(letter: str, constant: int | None) -> str:
    if letter == ADD:
        return f"add {constant} to every digit and keep the last figure"
    return OPERATIONS[letter].words
