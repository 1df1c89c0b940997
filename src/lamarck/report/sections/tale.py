"""One puzzle, told in the page."""

from __future__ import annotations

from lamarck.report.markup import Html, join, tag
from lamarck.report.sound import Sound
from lamarck.report.story import find, untold, who
from lamarck.report.words import count


def tale(run: Sound) -> Html:
    """What the base claimed, what the verifier said, how a later learner solves it."""
    found = find(run)
    if found is None:
        return tag("p", untold(run), class_="quiet")
    tries = "once" if found.wrongs == 1 else f"{found.wrongs:,} times"
    before = tag(
        "div",
        tag("p", f"The base tried {tries} and was never right. One of its answers:"),
        tag("ol", [tag("li", tag("code", step)) for step in found.claim])
        if found.claim
        else tag("p", "nothing at all"),
        tag("p", tag("b", "The verifier: "), found.ruling) if found.ruling else None,
        class_="before",
    )
    after = tag(
        "div",
        tag("p", f"{who(found)} solves it in {found.rights:,} of {count(found.of, 'sample')}:"),
        tag("ol", [tag("li", tag("code", step)) for step in found.solution]),
        class_="after",
    )
    return join(tag("p", found.puzzle, class_="puzzle"), tag("div", before, after, class_="tale"))
