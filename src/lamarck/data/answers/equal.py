r"""Whether two mathematical answers are the same: as text, number, expression, tuple, set, interval, matrix, equation.

Source: the graders of MATH (arXiv:2103.03874) and PRM800K (arXiv:2305.20050). Differs: 2/4 is 1/2; the order of a set
or of roots given as a list does not count; a percent sign and units are dropped; no computer algebra, see
:mod:`lamarck.data.answers.expression`.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from fractions import Fraction

from lamarck.data.answers import expression, latex
from lamarck.data.answers.numbers import near, number

WIDEST = 24
"""Parts of a set that are matched."""
BRACKETS = {"(": ")", "[": "]", "{": "}"}
MATRIX = re.compile(r"\\begin\s*\{([bpvBV]?matrix|array)\}(?:\{[^{}]*\})?(.*)\\end\s*\{\1\}", re.DOTALL)
MIXED = re.compile(r"^(-?)(\d+)\s*\\frac\{(\d+)\}\{(\d+)\}$|^(-?)(\d+)\s+(\d+)/(\d+)$")
LETTER = re.compile(r"^[a-h]$")
"""A choice, once brackets are gone: (B)."""
REPEATING = re.compile(r"^(-?)(\d*)\.(\d*)\\overline\s*\{(\d+)\}$")


def same(answer: str, reference: str, tolerance: float = 1e-6) -> bool:
    """Whether an answer is the reference, in another form perhaps. Symmetric but for labels such as `x =`."""
    if max(len(answer), len(reference)) > latex.LONGEST:
        return answer.strip() == reference.strip()
    if latex.squeezed(answer) == latex.squeezed(reference) != "":
        return True
    if (chosen := LETTER.match(latex.words(answer))) and LETTER.match(latex.words(reference)):
        return chosen[0] == latex.words(reference) and "text" in answer + reference
    one, other = latex.tidy(answer), latex.tidy(reference)
    if one.count("=") == other.count("=") == 1:
        heads = [text.partition("=")[0] for text in (one, other)]
        if _equations(one, other) or latex.squeezed(heads[0]) != latex.squeezed(heads[1]):
            return _equations(one, other)
    return _same(latex.unlabelled(one), latex.unlabelled(other), tolerance, 0)


def value(text: str) -> Fraction | None:
    r"""The number that an answer is: plain, mixed, repeating, or an expression that comes to an exact one."""
    text = latex.tidy(text)
    if match := MIXED.match(text):
        sign, whole, top, bottom = (part or "" for part in (match.groups()[:4] if match[2] else match.groups()[4:]))
        if int(bottom):
            size = int(whole) + Fraction(int(top), int(bottom))
            return -size if sign else size
    if match := REPEATING.match(text):
        sign, whole, start, loop = match.groups()
        size = Fraction(int((whole or "0") + start + loop) - int((whole or "0") + start or "0"))
        size /= 10 ** len(start) * (10 ** len(loop) - 1)
        return -size if sign else size
    if (
        re.match(r"[-\s]*[\d.][\d.,/\s]*(?:[eE][-+]?\d+)?(?:\s[a-zA-Z]{2}[a-zA-Z\s]*)?$", text)
        and (found := number(text)) is not None
    ):
        return found
    found = expression.value(_plain(text))
    return found if isinstance(found, Fraction) else None


def _same(one: str, other: str, tolerance: float, depth: int) -> bool:
    if latex.squeezed(one) == latex.squeezed(other) != "":
        return True
    if depth > 3:
        return False
    a, b = value(one), value(other)
    if a is not None and b is not None:
        return near(a, b, tolerance if re.search(r"\.\d", one + other) else 0.0)
    if (rows := _matrix(one)) and (others := _matrix(other)):
        return len(rows) == len(others) and _each(rows, others, tolerance, depth)
    for split in (_unions, _parts):
        (kind, parts), (theirs, others) = split(one), split(other)
        if len(parts) > 1 or len(others) > 1 or (kind and theirs):
            if kind != theirs or len(parts) != len(others) or len(parts) > WIDEST:
                return False
            ordered = kind in ("()", "[]", "(]", "[)")
            return _each(parts, others, tolerance, depth) if ordered else _matched(parts, others, tolerance, depth)
    return expression.agree(_plain(one), _plain(other))


def _each(ones: Sequence[str], others: Sequence[str], tolerance: float, depth: int) -> bool:
    return all(_same(a, b, tolerance, depth + 1) for a, b in zip(ones, others, strict=True))


def _matched(ones: Sequence[str], others: Sequence[str], tolerance: float, depth: int) -> bool:
    """The same parts in any order."""
    left = list(others)
    for one in ones:
        at = next((i for i, other in enumerate(left) if _same(one, other, tolerance, depth + 1)), None)
        if at is None:
            return False
        left.pop(at)
    return True


def _unions(text: str) -> tuple[str, list[str]]:
    pieces = [piece.strip() for piece in text.split("\\cup")]
    return ("union" if len(pieces) > 1 else ""), pieces


def _parts(text: str) -> tuple[str, list[str]]:
    """The brackets round a text, and what its top commas (and "and", "or", plus-minus) part."""
    text = re.sub(r"\\text\s*\{\s*(and|or)\s*\}|,?\s+\b(?:and|or)\b\s+", ", ", text)
    text = text.replace("\\{", "{").replace("\\}", "}").strip()
    if "\\pm" in text and text.count("\\pm") == 1 and "," not in text:
        return "", [text.replace("\\pm", sign) for sign in ("+", "-")]
    kind = ""
    closing = {")", "]", "}"}
    if len(text) > 2 and text[0] in BRACKETS and text[-1] in closing and _wraps(text):
        inner = _split(text[1:-1])
        if len(inner) > 1 or text[0] == "{":
            kind = "" if text[0] == "{" else text[0] + text[-1]
            return kind, [latex.unlabelled(part) for part in inner]
    parts = [part for part in _split(re.sub(r"(?<=\d),(?=\d{3}(?!\d))", "", text)) if part]
    return kind, [latex.unlabelled(part) for part in parts]


def _wraps(text: str) -> bool:
    """Whether the first bracket is closed by the last character and not before."""
    depth = 0
    for at, char in enumerate(text):
        depth += (char in "([{") - (char in ")]}")
        if not depth:
            return at == len(text) - 1
    return False


def _split(text: str) -> list[str]:
    parts, depth = [""], 0
    for char in text:
        depth += (char in "([{") - (char in ")]}")
        if char == "," and not depth:
            parts.append("")
        else:
            parts[-1] += char
    return [part.strip() for part in parts]


def _matrix(text: str) -> list[str]:
    """The rows of a matrix, each as a tuple; none for other texts."""
    match = MATRIX.search(text)
    if not match:
        return []
    rows = [row.strip() for row in re.split(r"\\\\", match[2]) if row.strip()]
    return [f"({', '.join(cell.strip() for cell in row.split('&'))})" if "&" in row else row for row in rows]


def _equations(one: str, other: str) -> bool:
    sides = [tuple(map(_plain, text.split("="))) for text in (one, other)]
    if any(not side.strip() for pair in sides for side in pair):
        return False
    (a, b), (c, d) = sides
    return expression.proportional(f"({a})-({b})", f"({c})-({d})")


def _plain(text: str) -> str:
    """The text as the parser of expressions reads it."""
    text = re.sub(r"(?<=\d),(?=\d{3}(?!\d))", "", latex.TEXT.sub("", text))
    text = re.sub(r"(?<![\\a-zA-Z])(sqrt|pi)(?![a-zA-Z])", r"\\\1 ", text)
    return re.sub(r"(\d)\s*\\frac(?=\{\d+\}\{\d+\}$)", r"\1+\\frac", text) if re.match(r"^\d+\s*\\frac", text) else text
