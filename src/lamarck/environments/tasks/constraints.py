"""Instructions that a program can check: lengths, words, format, letter case, IFEval's twenty-five kinds.

Source: Zhou et al. 2023 (arXiv:2311.07911), section 2 and its checkers: strict accuracy takes the text as it is,
loose accuracy also without its first or last line and without asterisks. Differs: sentences, tokens and languages
are found by rules of our own, where the original takes nltk and langdetect; words are no patterns.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, cast

from lamarck.data.rows import Row
from lamarck.environments.tasks.languages import language

Given = Mapping[str, Any]
Rule = Callable[[str, Given], bool]
ABBREVIATIONS = re.compile(
    r"\b(?:Mr|Mrs|Ms|Dr|Prof|Sr|Jr|St|vs|etc|Inc|Ltd|Co|e\.g|i\.e|a\.m|p\.m|U\.S|Ph\.D|No|Fig|approx|[A-Z])\.",
    re.IGNORECASE,
)
SENTENCE = re.compile(r"[.!?]+[\"'\u201d\u2019)\]*]*(?=\s|$)")
FENCE = re.compile(r"^```(?:json)?|```$", re.IGNORECASE)
ANSWERS = ("My answer is yes.", "My answer is no.", "My answer is maybe.")


@dataclass(frozen=True, kw_only=True)
class Obeyed:
    """Which instructions a text follows."""

    strict: bool
    """All of them, by the text as it stands."""
    loose: bool
    """All of them, each by some version of the text."""
    followed: int
    """Instructions followed strictly."""
    asked: int
    broken: tuple[str, ...]
    """Those not followed strictly."""

    @property
    def share(self) -> float:
        """Of the instructions, those followed strictly."""
        return self.followed / self.asked if self.asked else 1.0


def ruled(row: Row, text: str) -> Obeyed:
    """The ruling on a text under the instructions of a row: ``instruction_id_list`` and ``kwargs``."""
    names = [str(name) for name in cast("list[Any]", row["instruction_id_list"])]
    given = [_given(each) for each in cast("list[Any]", row["kwargs"])]
    strict = [_follows(name, text, each) for name, each in zip(names, given, strict=True)]
    versions = _versions(text)
    loose = [any(_follows(n, version, g) for version in versions) for n, g in zip(names, given, strict=True)]
    broken = tuple(name for name, follows in zip(names, strict, strict=True) if not follows)
    return Obeyed(strict=all(strict), loose=all(loose), followed=sum(strict), asked=len(names), broken=broken)


def unknown(row: Row) -> str:
    """The first instruction of a row that nobody here can check, "" where all can be."""
    return next((str(n) for n in cast("list[Any]", row["instruction_id_list"]) if n not in RULES), "")


def sentences(text: str) -> int:
    """How many sentences a text has."""
    plain = ABBREVIATIONS.sub(lambda match: match[0].replace(".", ""), text)
    return sum(len([part for part in SENTENCE.split(line) if re.search(r"\w", part)]) for line in plain.split("\n"))


def _versions(text: str) -> list[str]:
    lines = text.split("\n")
    cut = ["\n".join(part).strip() for part in (lines, lines[1:], lines[:-1], lines[1:-1])]
    return [*(text, *cut[1:]), *(version.replace("*", "") for version in (text, *cut[1:]))]


def _given(each: Any) -> Given:
    given: Any = json.loads(each) if isinstance(each, str) else each
    return {name: value for name, value in cast("Given", given or {}).items() if value is not None}


def _follows(name: str, text: str, given: Given) -> bool:
    try:
        return bool(text.strip()) and RULES[name](text, given)
    except (KeyError, TypeError, AttributeError, re.error, RecursionError):
        return False


def _counted(number: int, given: Given, wanted: str, relation: str = "relation") -> bool:
    least = int(given[wanted])
    return number < least if given.get(relation) == "less than" else number >= least


def _found(word: str, text: str) -> int:
    return len(re.findall(re.escape(word), text, re.IGNORECASE))


def _paragraphs(text: str, given: Given) -> bool:
    parts = re.split(r"\s?\*\*\*\s?", text)
    inner = [part for at, part in enumerate(parts) if part.strip() or 0 < at < len(parts) - 1]
    return all(part.strip() for part in inner) and len(inner) == int(given["num_paragraphs"])


def _first_word(text: str, given: Given) -> bool:
    parts = re.split(r"\n\n", text)
    full = sum(bool(part.strip()) for part in parts)
    nth = int(given["nth_paragraph"])
    if nth > full or not parts[nth - 1].strip():
        return False
    word = re.split(r"[.,?!'\"]", parts[nth - 1].split()[0].lstrip("'\""))[0].lower()
    return full == int(given["num_paragraphs"]) and word == str(given["first_word"]).lower()


def _postscript(text: str, given: Given) -> bool:
    marker = str(given["postscript_marker"]).lower()
    pattern = {"p.p.s": r"p\.\s?p\.\s?s", "p.s.": r"p\.\s?s\."}.get(marker, re.escape(marker))
    return re.search(pattern, text.lower()) is not None


def _highlights(text: str, given: Given) -> bool:
    once = [part for part in re.findall(r"\*[^\n*]*\*", text) if part.strip("*").strip()]
    twice = [part for part in re.findall(r"\*\*[^\n*]*\*\*", text) if part.strip("*").strip()]
    return len(once) + len(twice) >= int(given["num_highlights"])


def _sections(text: str, given: Given) -> bool:
    return len(re.findall(rf"\s?{re.escape(str(given['section_spliter']))}\s?\d+\s?", text)) >= int(
        given["num_sections"]
    )


def _bullets(text: str, given: Given) -> bool:
    stars = re.findall(r"^\s*\*[^*].*$", text, re.MULTILINE)
    return len(stars) + len(re.findall(r"^\s*-.*$", text, re.MULTILINE)) == int(given["num_bullets"])


def _json(text: str, given: Given) -> bool:
    try:
        json.loads(FENCE.sub("", FENCE.sub("", text.strip())).strip())
    except ValueError:
        return False
    return True


def _two(text: str, given: Given) -> bool:
    parts = text.split("******")
    full = [part.strip() for part in parts if part.strip()]
    return len(full) == 2 and full[0] != full[1] and all(part.strip() for part in parts[1:-1])


def _capitals(text: str, given: Given) -> bool:
    words = [word for word in re.findall(r"[\w'\u2019-]+", text) if word.isupper()]
    return _counted(len(words), given, "capital_frequency", "capital_relation")


def _letters(text: str, given: Given) -> bool:
    return _counted(text.lower().count(str(given["letter"]).lower()), given, "let_frequency", "let_relation")


def _repeats(text: str, given: Given) -> bool:
    return text.strip().lower().startswith(str(given["prompt_to_repeat"]).strip().lower())


def _ends(text: str, given: Given) -> bool:
    return text.strip().strip('"').lower().endswith(str(given["end_phrase"]).strip().lower())


RULES: Mapping[str, Rule] = {
    "keywords:existence": lambda text, given: all(_found(word, text) for word in given["keywords"]),
    "keywords:frequency": lambda text, given: _counted(_found(given["keyword"], text), given, "frequency"),
    "keywords:forbidden_words": lambda text, given: (
        not any(re.search(rf"\b{re.escape(word)}\b", text, re.IGNORECASE) for word in given["forbidden_words"])
    ),
    "keywords:letter_frequency": _letters,
    "language:response_language": lambda text, given: language(text) in ("", given["language"]),
    "length_constraints:number_sentences": lambda text, given: _counted(sentences(text), given, "num_sentences"),
    "length_constraints:number_paragraphs": _paragraphs,
    "length_constraints:number_words": lambda text, given: _counted(len(re.findall(r"\w+", text)), given, "num_words"),
    "length_constraints:nth_paragraph_first_word": _first_word,
    "detectable_content:number_placeholders": lambda text, given: (
        len(re.findall(r"\[.*?\]", text)) >= int(given["num_placeholders"])
    ),
    "detectable_content:postscript": _postscript,
    "detectable_format:number_bullet_lists": _bullets,
    "detectable_format:constrained_response": lambda text, given: any(answer in text for answer in ANSWERS),
    "detectable_format:number_highlighted_sections": _highlights,
    "detectable_format:multiple_sections": _sections,
    "detectable_format:json_format": _json,
    "detectable_format:title": lambda text, given: any(
        title.strip("<> \t") for title in re.findall(r"<<[^\n]+?>>", text)
    ),
    "combination:two_responses": _two,
    "combination:repeat_prompt": _repeats,
    "startend:end_checker": _ends,
    "startend:quotation": lambda text, given: len(text.strip()) > 1 and text.strip()[0] == text.strip()[-1] == '"',
    "change_case:capital_word_frequency": _capitals,
    "change_case:english_capital": lambda text, given: text.isupper() and language(text) in ("", "en"),
    "change_case:english_lowercase": lambda text, given: text.islower() and language(text) in ("", "en"),
    "punctuation:no_comma": lambda text, given: "," not in text,
}
"""IFEval's name of an instruction -> what checks it."""
