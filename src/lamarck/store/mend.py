"""Repair: forget what is damaged and all that came after, so that it can be made again from its seed."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

import lamarck.store.info as page
import lamarck.store.manifest as manifests
from lamarck.core import DamagedRun, Phase
from lamarck.data.codec import Codec
from lamarck.data.strict import Malformed, parse, write
from lamarck.store.archive import BY_HAND, CARD, Archive
from lamarck.store.disk import Disk, damaged, sweep
from lamarck.store.events import EVENTS
from lamarck.store.info import RunInfo
from lamarck.store.manifest import MANIFEST, Entry, Manifest
from lamarck.store.pointer import elected
from lamarck.store.weights import LEARNERS, verify


def mend(disk: Disk) -> tuple[Phase, ...]:
    """Make a held run folder whole again; what came before the first damage stays.

    Out: the phases forgotten, as far as the manifest still names them. Raises: DamagedRun where not
    even the question the run was asked can be read.
    """
    root = disk.root
    sweep(root)
    info = _info(disk)
    known = manifests.read(root, salvage=True).entries
    kept = list[Entry]()
    for entry in known:
        try:
            verify(root, entry.files)
        except DamagedRun:
            break
        kept.append(entry)
    forgotten = known[len(kept) :]
    disk.write(root / MANIFEST, Manifest(entries=tuple(kept)).text().encode())
    # a trainer finds the folder of damaged weights taken, so they must go
    for name in _files(forgotten) - _files(kept):
        (root / name).unlink(missing_ok=True)
    for folder in sorted((path for path in root.rglob("*") if path.is_dir()), reverse=True):
        if not any(folder.iterdir()):
            folder.rmdir()
    phases = [entry.phase for entry in kept if not entry.phase.name.startswith(BY_HAND)]
    last = phases[-1] if phases else Phase(stage=0, round=0, name="")
    archive = Archive(root, Codec())
    by_hand = info.by_hand if f"{LEARNERS}/{info.by_hand}{CARD}" in _files(kept) else ""
    champion = by_hand or elected(archive, kept, info)
    where = {"stage": last.stage, "round": last.round, "phase": last.name}
    state = replace(info, status="paused", reason="repaired", champion=champion, by_hand=by_hand, finished="", **where)
    disk.write(root / page.INFO, page.dump(state))
    return tuple(entry.phase for entry in forgotten)


def _files(entries: Iterable[Entry]) -> set[str]:
    return {name for entry in entries for name in entry.files}


def _info(disk: Disk) -> RunInfo:
    """The run's page: from ``run.json``, or as the event log tells it. Leaves only readable events."""
    root, codec = disk.root, Codec()
    lines, told = list[str](), list[RunInfo]()
    raw = (root / EVENTS).read_bytes() if (root / EVENTS).exists() else b""
    for line in raw.splitlines():
        try:
            event = parse(line)
            if event["kind"] in ("started", "resumed"):
                told.append(codec.decode(RunInfo, event["info"]))
            lines.append(f"{write(event)}\n")
        except (Malformed, KeyError, TypeError):
            continue
    if "".join(lines).encode() != raw:
        disk.write(root / EVENTS, "".join(lines).encode())
    try:
        return page.read(root)
    except DamagedRun:
        if not told:
            raise damaged(root, page.INFO, "and events.jsonl are both damaged: start the run anew") from None
        return told[-1]
