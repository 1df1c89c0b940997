"""What training was told, and who said so: the recipe, the user, or a model card with its public source."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, cast

from lamarck.report.markup import Html, Node, table, tag
from lamarck.report.sound import Sound


def values(run: Sound) -> Html:
    """A row a value of the last training of each loss."""
    rows: list[list[Node]] = []
    for event in last_of_each_loss(list(run.events())):
        settings, sources = _mapping(event.get("settings")), _mapping(event.get("sources"))
        for name, value in sorted(settings.items()):
            said = (
                "user"
                if name in run.info.options or by_user(name, run.info.sets)
                else str(sources.get(name, "not recorded"))
            )
            rows.append([str(event.get("loss")), tag("code", name), tag("code", f"{value}"), said])
    if not rows:
        return tag("p", "Nothing was trained in weights.", class_="quiet")
    return tag("div", table(["loss", "value", "is", "from"], rows, numbers=False), class_="totals")


def last_of_each_loss(events: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """Of each loss the last training, in the order the losses came first."""
    found = dict[str, Mapping[str, Any]]()
    for event in events:
        if event.get("kind") == "trained":
            found[str(event.get("loss"))] = event
    return list(found.values())


def by_user(name: str, sets: Mapping[str, Any]) -> bool:
    """Whether the user set a training value: some `--set` path ends in it."""
    return any(path.rpartition(".")[2] == name and "updating" in path for path in sets)


def _mapping(value: Any) -> Mapping[str, Any]:
    return cast("Mapping[str, Any]", value) if isinstance(value, Mapping) else {}
