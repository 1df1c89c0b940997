r"""LaTeX of final answers brought to one spelling: `\dfrac12` and `\frac{1}{2}`, `1{,}000` and `1000`.

Source: the normalisation of MATH's grader (Hendrycks et al. 2021, arXiv:2103.03874) and of Minerva's (Lewkowycz et
al. 2022, arXiv:2206.14858, appendix D), in code of our own. Differs: units are dropped only behind a number.
"""

from __future__ import annotations

import re

SPACES = re.compile(
    r"(?<!\\)\\[!,;:> ]|\\q?quad\b|~|\\displaystyle\b|\\(?:left|right|bigl?|Bigl?|bigr|Bigr)(?![a-zA-Z])\.?"
)
FONTS = re.compile(
    r"\\(?:mathrm|mathbf|mathit|mathsf|mathcal|mathbb|operatorname|textbf|textit|textrm|bm|mbox|emph)\s*(?=\{)"
)
SYMBOLS = (
    ("\u2212", "-"), ("\u2013", "-"), ("\u00d7", "*"), ("\u00b7", "*"), ("\u00f7", "/"), ("\u03c0", "\\pi "),
    ("\u221e", "\\infty "), ("\u222a", "\\cup "), ("\u2264", "\\le "), ("\u2265", "\\ge "), ("\u221a", "\\sqrt"),
    ("\u00b0", ""), ("\u00b2", "^2"), ("\u00b3", "^3"), ("\\leq", "\\le"), ("\\geq", "\\ge"), ("\\neq", "\\ne"),
    ("\\$", ""), ("\\%", ""), ("%", ""), ("\\#", ""), ("\\lbrace", "\\{"), ("\\rbrace", "\\}"),
    ("\\land", " and "), ("\\lor", " or "), ("\\infin", "\\infty"), ("\\varnothing", "\\emptyset"),
    ("\\textdollar", ""), ("\u20ac", ""), ("\u00a3", ""),
)  # fmt: skip
UNITS = (
    r"(?:degrees?|deg|cm|mm|km|m|kg|g|mg|lbs?|ft|feet|foot|in|inch(?:es)?|yards?|miles?|mph|meters?|metres?|centimeters?|"
    r"kilometers?|grams?|kilograms?|pounds?|ounces?|liters?|seconds?|secs?|minutes?|mins?|hours?|hrs?|days?|weeks?|months?|"
    r"years?|cents?|dollars?|bucks?|euros?|percent|units?|points?|square|cubic|ways?|people|students?|integers?|"
    r"solutions?|times|p\.?m\.?|a\.?m\.?)"
)
TRAILING = re.compile(
    rf"(?<=[\d}})])\s*(?:\\text\s*\{{[^{{}}]*\}}|(?:\s*/?\s*\b{UNITS}\b)+(?:\^\{{?[23]\}}?)?)(?:\^\{{?[23]\}}?)?$"
)
TEXT = re.compile(r"\\text\s*\{([^{}]*)\}")
LABELLED = re.compile(
    r"^(?:[a-zA-Z](?:_\{?\w+\}?)?|[a-zA-Z]\([a-zA-Z]\)|\\[a-z]+|[A-Za-z ]{2,30})\s*(?:=|\\approx|\\in\b)\s*(?=\S)"
)


LONGEST = 2000
"""Characters of an answer; what is longer is compared as it stands."""


def tidy(text: str) -> str:
    r"""The answer without dollars, fonts, spacing, units and a full stop; \frac and \sqrt with braces."""
    if len(text) > LONGEST:
        return text
    text = _outside_math(text.strip())
    text = re.sub(r"(?<=\d)(?:\{,\}|,\\!)(?=\d{3})", "", text)
    text = SPACES.sub(" ", text)
    for old, new in SYMBOLS:
        text = text.replace(old, new)
    text = FONTS.sub(r"\\text", text)
    text = re.sub(r"\^\s*\{?\s*\\(?:circ|degree)\s*\}?|\\degree\b", "", text)
    text = re.sub(r"\\[dtc]frac", r"\\frac", text).replace("$", "")
    text = re.sub(r"^\\(?:boxed|fbox)\s*(?=\{)", "", text.strip()).rstrip(".,;: ")
    text = _unboxed(text)
    text = TRAILING.sub("", text) if not text.startswith("\\text") else text
    return _braced(re.sub(r"\s+", " ", text).strip())


def squeezed(text: str) -> str:
    """What two spellings of one answer have in common: no space, no letter case, no superfluous braces."""
    text = TEXT.sub(r"\1", tidy(text))
    text = re.sub(r"(?<=[_^])\{(\w)\}", r"\1", text)
    text = re.sub(r"(?<![\d.])\.(?=\d)", "0.", text)
    text = re.sub(r"(\d)\.0+(?!\d)", r"\1", text)
    return re.sub(r"[\s\"'`]+", "", text).casefold()


def words(text: str) -> str:
    r"""An answer in words as plain text: `\text{(Monday)}` as "monday"."""
    return re.sub(r"\s+", " ", TEXT.sub(r" \1 ", tidy(text))).strip(" .,;:!?\"'`()*").casefold()


def unlabelled(text: str) -> str:
    """What stands right of `x =`, where that is all there is on the left."""
    label = LABELLED.match(text)
    rest = text[label.end() :] if label else text
    return rest if label and "=" not in rest else text


def _outside_math(text: str) -> str:
    r"""What stands between the last pair of dollars or of \( \), where something does and the rest is prose."""
    text = re.sub(r"\\[(\[]\s*|\s*\\[)\]]", "$", text) if re.search(r"\\[(\[]", text) else text
    inside = [piece for piece in re.findall(r"(?<!\\)\$\$?([^$]+)(?<!\\)\$\$?", text) if piece.strip()]
    outside = re.sub(r"(?<!\\)\$\$?[^$]+(?<!\\)\$\$?", "", text)
    return inside[-1] if inside and (len(inside) == 1 or re.search(r"[a-z]{2}", outside)) else text


def _unboxed(text: str) -> str:
    """Without braces round the whole."""
    while text.startswith("{") and text.endswith("}") and text.count("{") == text.count("}") == 1:
        text = text[1:-1].strip()
    return text


def _braced(text: str) -> str:
    r"""\frac12, \frac1{72} and \sqrt3 with their braces, 3\frac12 as a sum."""
    text = re.sub(r"\\frac\s*(\w)\s*(\w)", r"\\frac{\1}{\2}", text)
    text = re.sub(r"\\frac\s*(\w)\s*(?=\{)", r"\\frac{\1}", text)
    text = re.sub(r"(\\frac\s*\{[^{}]*\})\s*(\w)", r"\1{\2}", text)
    return re.sub(r"\\sqrt\s*(\w)", r"\\sqrt{\1}", text)
