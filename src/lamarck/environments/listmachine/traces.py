"""The small model's own lines for a task, and the traces that answer them.

    exec      E27253:scnd=      | s22357:cnd;c24729:nd;n75270:d;d40440:;     operation, list, what is left to run
    synth     S46729>01325=     | c40691>01325;...                           operation, list, target
    direct    D27253:scnd=      | 40440          P46729>01325= | the program's letters
    fact      Mk3|E27253:skd=   | as exec; k adds 3

Each step of a trace says all that the next step needs.
"""

from lamarck.environments.listmachine.machine import states


def exec_line(digits: str, program: str) -> str:
    """The line that asks to run a program."""
    return f"E{digits}:{program}="


def synth_line(digits: str, target: str) -> str:
    """The line that asks for a program."""
    return f"S{digits}>{target}="


def told(line: str, constant: int | None) -> str:
    """The line with the constant of `k` told before it, where there is one."""
    return line if constant is None else f"Mk{constant}|{line}"


def exec_steps(asked: str, done: str, lists: list[str]) -> str:
    """The trace of these operations and lists for a program asked for, as long; both may be wrong."""
    pairs = zip(done, lists, strict=True)
    return "".join(f"{letter}{now}:{asked[at:]};" for at, (letter, now) in enumerate(pairs, 1))


def synth_steps(program: str, lists: list[str], target: str) -> str:
    """The trace of these lists towards a target; they may be wrong."""
    return "".join(f"{letter}{now}>{target};" for letter, now in zip(program, lists, strict=True))


def exec_trace(digits: str, program: str, constant: int | None = None) -> str:
    """The trace that runs the program."""
    return exec_steps(program, program, states(program, digits, constant))


def synth_trace(digits: str, program: str, target: str, constant: int | None = None) -> str:
    """The trace that reaches the target by this program."""
    return synth_steps(program, states(program, digits, constant), target)
