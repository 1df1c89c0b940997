"""Write the page that the recipes themselves make, docs/recipes.md: ``make docs``. A test holds it current."""

from __future__ import annotations

from pathlib import Path

from lamarck import recipes
from lamarck.core import Recipe

PAGE = Path(__file__).parents[1] / "docs" / "recipes.md"
EVIDENCE = Path(__file__).parents[1] / "benchmarks" / "results" / "evidence"
HEADINGS = {
    "task": "Task evolution",
    "solution": "Solution evolution",
    "negative": "Negative solutions",
    "feedback": "Feedback",
    "filtering": "Filtering",
    "correcting": "Correcting",
    "updating": "Updating",
    "evaluation": "Evaluation",
}
"""How a place in the survey's taxonomy begins -> the heading it stands under."""
PAGES = {"rest_em": "learning.md"}
"""Evidence that has a page of its own."""
HEAD = """# The methods there are

This page is made from the recipes (`make docs`). "Labels" says what a recipe may do with a task's right answer:
*none* nothing, *check* let the environment compare, *train* also show it to the learner. The mechanisms are what makes
a method work: `--ablate NAME` takes one out, and a test of the recipe then fails. Where there is evidence, five seeds
of the recipe stand beside its broken arms.

```bash
lamarck show star             # slot by slot
lamarck diff star rest_em     # which slots of two differ
```
"""
ROW = "| recipe | method | place in the survey | labels | mechanisms | evidence |\n|---|---|---|---|---|---|\n"


def page() -> str:
    """The page, as the recipes are now."""
    found = [recipes.load(name) for name in recipes.names()]
    parts = [HEAD]
    for begins, heading in HEADINGS.items():
        mine = [one for one in found if one.place.partition(":")[0] == begins]
        parts += [f"\n## {heading}\n\n{ROW}", *map(_row, mine)] if mine else []
    return "".join(parts)


def _row(one: Recipe) -> str:
    file = f"[`{one.name}`](../src/lamarck/recipes/{one.name}.py)"
    where = PAGES.get(one.name) or ("evidence.md" if (EVIDENCE / f"{one.name}.json").is_file() else "")
    seen = f"[yes]({where})" if where else ""
    off = ", ".join(f"`{name}`" for name in one.ablations)
    return f"| {file} | {one.called}, {_linked(one.paper)} | {one.place} | {one.labels} | {off} | {seen} |\n"


def _linked(paper: str) -> str:
    kind, _, number = paper.partition(":")
    return f"[{number}](https://arxiv.org/abs/{number})" if kind == "arXiv" else f"[page]({paper})"


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
    print(PAGE)
