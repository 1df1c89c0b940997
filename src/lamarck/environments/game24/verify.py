"""The rules of the game: is this text a way to make the target from these numbers?

Two forms are read. Steps, one a line or parted by `;`, as `13 - 8 = 5`; what follows a step (the
numbers left) is a remark and not judged. Or one expression, as `(13-9)*(10-4)`, with `= 24` or not.
"""

import re
from collections.abc import Sequence

from lamarck.environments.game24 import expression, steps
from lamarck.environments.game24.ruling import Ruling, wrong

READ = 20_000
"""Characters read, from the end of the text: an answer stands last."""

_SIGNS = str.maketrans({"×": "*", "·": "*", "⋅": "*", "∗": "*", "÷": "/", "∕": "/", "−": "-", "–": "-"})
_BOLD = re.compile(r"\*\*(.*?)\*\*(.*)")
_LABEL = re.compile(
    r"(?:[-*•>]|[0-9]{1,2}[.)]) |step [0-9]{1,2} ?[:.)] ?"
    r"|(?:the )?(?:final )?(?:answer|solution|expression)(?: is)?(?: ?: ?| )",
    re.IGNORECASE,
)


def verify(numbers: Sequence[int], target: int, text: str) -> Ruling:
    """Judge an answer with exact fractions.

    In: the numbers given, in any order; any text, also a hostile one. Out: the ruling on the last
    line that reads as an expression, or on the block of steps that ends there. Prose is skipped.
    An answer is judged once: no earlier try in the text counts.
    """
    block: list[str] = []
    for line in reversed(_lines(text)):
        if steps.is_trace(line):
            block.append(line)
        elif block:
            break
        elif expression.is_readable(line):
            return expression.judge(numbers, target, line)
    if not block:
        return wrong("no step like `8 - 5 = 3` and no expression like `(9-5)*6` was found")
    pieces = [piece for line in reversed(block) for piece in line.split(";")]
    return steps.judge(numbers, target, pieces, text)


def _lines(text: str) -> list[str]:
    tail = text[-READ:]
    if len(text) > READ:
        # The first line of the tail may be the end of a longer one, and mean something else.
        tail = tail.partition("\n")[2]
    return [bare for line in tail.translate(_SIGNS).splitlines() if (bare := _bare(line))]


def _bare(line: str) -> str:
    """The line without list marks, labels, bold type and code quotes."""
    line = " ".join(line.split())
    for _ in range(3):
        line = line.strip("`$ ")
        bold = _BOLD.fullmatch(line)
        line = bold[1] + bold[2] if bold else line
        line = _LABEL.sub("", line, count=1) if _LABEL.match(line) else line
    return line
