"""What searches share: candidates that are out from one round to the next, under settings that stay."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from lamarck.core import Context, State, UsageError


def going_on(name: str, first: Callable[[], State], settings: Mapping[str, Any], ctx: Context) -> State:
    """A search as the rounds before left it, with the candidates of this one; ``first`` begins it.

    Raises: UsageError where it was begun with other settings.
    """
    found = ctx.kept(name, first)
    begun = found.data["settings"]
    for one in sorted(one for one in settings if settings[one] != begun[one]):
        raise UsageError(
            f"the search was begun with {one} {begun[one]}, but {ctx.operator} has {settings[one]}; give both one "
            f"value: --set tasks.PerCandidate.of.{one}=VALUE --set updating.{one}=VALUE"
        )
    return found
