r"""Where in a model's text its final answer stands: after `####`, in \boxed{...}, after "the answer is", at the end.

Source: GSM8K's grader (`#### 72`), MATH's (the last \boxed), zero-shot chain of thought (arXiv:2205.11916, appendix
A: "the answer is"), lm-evaluation-harness (the next question of a run-on text is cut off).
Differs: of several marks the last one in the text counts, whatever its kind.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

LONGEST = 40_000
"""Characters of a text that are looked at: its last ones."""
MARKS = 16
"""Marks of one kind that are looked at: the last ones."""
WIDEST = 4000
"""Characters behind a mark that are looked at."""
THOUGHT = re.compile(r"<(think|thinking|reasoning)>.*?</\1>", re.DOTALL)
NEXT = re.compile(
    r"\n[ \t]*(?:Q:|Question\s*\d*:|Problem\s*\d*:|Input:|###\s*(?:Question|Problem|Input|Instruction)\b)"
    r"|<\|(?:im_end|endoftext|eot_id)\|>|</s>"
)
"""Where a model that does not stop goes on with a question of its own."""
MARK = re.compile(r"####\s*(?P<answer>[^\n]*\S)")
BOX = re.compile(r"\\(?:boxed|fbox)\s*(?P<brace>\{)|\\boxed\s+(?P<bare>[^\s$]+)")
SAID = re.compile(
    r"""
    (?: \banswers?\b | \b(?:correct|right|best|final)\s+(?:option|choice|response|result|value)\b )
    \**
    (?: \s*\([^()\n]{1,60}\) )?                               # the answer (arabic numerals) is
    (?: \s+(?:to|for|of|among|from|here|in|we)\b [^.\n:=]{0,80}? | \s+(?:choice|option)\b [^.\n:=()]{0,80}? )?
    \s*
    (?: (?:\b(?:is|are|was|be|would\ be|will\ be|should\ be|must\ be|has\ to\ be|equals)\b)
        (?:\s+(?:therefore|thus|probably|most\ likely|likely|clearly|simply|just|then|given\ by))? \s*:?
      | [:=] | -> | \u2192 )
    """,
    re.IGNORECASE | re.VERBOSE,
)
DENIED = re.compile(r"\s*(?:not|unknown|unclear|impossible)\b", re.IGNORECASE)
CLOSING = 300
"""Characters that a closing sentence has at most."""
LABEL = re.compile(r"^[ \t]*(?:A|Ans|Output)\s*[:.](?=\s)", re.MULTILINE)
"""`A: 18` on a line of its own; not for choices, where A is an option."""


def trimmed(text: str) -> str:
    """The text without thoughts in tags, and without what it goes on with after its answer."""
    text = THOUGHT.sub("", text[-LONGEST:])
    for cut in NEXT.finditer(text):
        if text[: cut.start()].strip():
            return text[: cut.start()]
    return text


def marks(text: str, *, labels: bool = False) -> list[str]:
    """What follows each mark of a final answer, the last mark first; what is boxed is whole, the rest goes on for a
    page. ``labels`` counts `A:` at the head of a line too. A denial ("the answer is not clear") leaves
    the lines behind it."""
    ends = [match.span() for pattern in ((SAID, LABEL) if labels else (SAID,)) for match in pattern.finditer(text)]
    found = [(start, text[end : end + WIDEST]) for start, end in sorted(ends)[-MARKS:]]
    found += [(match.start(), match["answer"]) for match in list(MARK.finditer(text))[-MARKS:]]
    found += _boxes(text)
    return [
        span.partition("\n")[2] if DENIED.match(span) else span for _, span in sorted(found, key=lambda pair: -pair[0])
    ]


def settled(text: str, spans: list[str]) -> bool:
    """Whether the last mark closes the text: where it gives no answer, nothing before it is one."""
    return bool(spans) and len(spans[0]) < CLOSING and text.rstrip().endswith(spans[0].rstrip())


def boxed(text: str) -> str | None:
    """What the last box holds, on one line; None where there is none."""
    found = [" ".join(inside.split()) for _, inside in _boxes(text)]
    return found[-1] if found and found[-1] else None


def sentences(span: str) -> Iterator[str]:
    """What follows a mark, cut at line ends and full stops, without what is white."""
    for line in span.splitlines():
        for sentence in re.split(r"(?<=[.!?])\s+(?=[A-Z(\"'*]|$)", line):
            if sentence.strip(" *_:`$\t"):
                yield sentence.strip()


def last_line(text: str) -> str:
    """The last line that is not white, "" where there is none."""
    return next((line.strip() for line in reversed(text.splitlines()) if line.strip(" *_`$\t")), "")


def closing(text: str) -> str:
    """The last sentence of the last line, where it is whole or all that there is; "" where the text breaks off."""
    line = last_line(text)
    last = list(sentences(line))[-1:]
    whole = last and (re.search(r"[.!?)\]\"'*`$:]\s*$", last[0]) or len(text.strip()) < CLOSING)
    return last[0] if whole else ""


def _boxes(text: str) -> Iterator[tuple[int, str]]:
    for match in list(BOX.finditer(text))[-MARKS:]:
        if match["bare"]:
            yield match.start(), match["bare"]
        elif (end := _closing(text, match.end())) >= 0:
            yield match.start(), text[match.end() : end].strip()


def _closing(text: str, start: int) -> int:
    """Where the brace that was opened before ``start`` closes, -1 where it does not."""
    depth = 1
    for at in range(start, min(start + WIDEST, len(text))):
        if text[at] in "{}" and text[at - 1] != "\\":
            depth += 1 if text[at] == "{" else -1
            if not depth:
                return at
    return -1
