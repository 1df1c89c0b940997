"""A monitor that only speaks."""

from __future__ import annotations

from dataclasses import dataclass, replace

from lamarck.core import Alarm, Context, Finding, Monitor, Seen


@dataclass(frozen=True, kw_only=True)
class Warned:
    """Another monitor, whose alarms keep their reason and lose what they do."""

    of: Monitor

    @property
    def name(self) -> str:
        """The other's."""
        return self.of.name

    def __call__(self, seen: Seen, ctx: Context) -> Finding:
        """Out: its finding; an alarm in it changes nothing."""
        found = self.of(seen, ctx)
        return replace(found, alarm=Alarm(reason=found.alarm.reason)) if found.alarm else found
