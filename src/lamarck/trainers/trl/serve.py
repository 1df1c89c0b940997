"""The training process: takes orders from the main process until that is gone. Started by `process.py`."""

from __future__ import annotations

import contextlib
import os
import socket
import sys
import threading
import traceback
from collections.abc import Sequence
from multiprocessing.connection import Connection
from pkgutil import resolve_name
from typing import Any

from lamarck.core import LamarckError, MissingExtra, UsageError
from lamarck.trainers.trl.exchange import Asked, Order, TrainingFailed

FIT, SETTLED = "lamarck.trainers.trl.fit:fit", "lamarck.trainers.trl.fit:settled"
"""Imported with the first order: it loads the libraries, which takes seconds."""
LINKS = 2
"""That a process opens: for work, and to notice that the main process is gone."""


def main(address: str) -> None:
    """One process of those that train together."""
    link, life = (_connect(address, name) for name in ("work", "life"))
    threading.Thread(target=_watch, args=(life,), daemon=True).start()
    first = True
    while True:
        try:
            order = link.recv()
        except (EOFError, OSError):
            return
        link.send(_done(order, link, first=first))
        first = False


def _done(order: Order, link: Connection, *, first: bool) -> Any:
    """What came of an order: Fitted, None, or an error."""

    def ask(samples: Sequence[tuple[int, str]]) -> Sequence[float]:
        link.send(Asked(samples=tuple(samples)))
        return link.recv()

    try:
        if first:
            resolve_name(SETTLED)()
        return resolve_name(FIT)(order, ask)
    except ModuleNotFoundError as error:
        return UsageError(str(MissingExtra(f"training hf/ models (no module {error.name})", "local")))
    except LamarckError as error:
        return UsageError(str(error)) if isinstance(error, MissingExtra) else error
    except Exception as error:
        if _is_out_of_memory(error):
            return out_of_memory(order)
        traceback.print_exc()  # into the log of the process
        return TrainingFailed(f"training stopped: {type(error).__name__}: {_line(error)}")


def out_of_memory(order: Order) -> TrainingFailed:
    """What to lower, with its value now."""
    settings, cures = order.settings, list[str]()
    if settings.micro > 1:
        cures.append(f"micro (rows read at a time, now {settings.micro})")
    cures.append(f"length (tokens of a row, now {settings.length:,})")
    if not settings.checkpointing:
        cures.append("set checkpointing to true")
    if not settings.rank:
        cures.append("train an adapter instead of the weights (--set updating.rank=16)")
    return TrainingFailed(
        f"out of memory while training with '{order.loss}'; the model that training began with is kept. Lower "
        f"{', or '.join(cures)}; the names are those of the model's training.json"
    )


def _is_out_of_memory(error: Exception) -> bool:
    return (
        isinstance(error, MemoryError) or type(error).__name__ == "OutOfMemoryError" or "allocate memory" in str(error)
    )


def _line(error: Exception) -> str:
    return (str(error).strip() or repr(error)).splitlines()[0][:300]


def _connect(address: str, name: str) -> Connection:
    end = socket.socket(socket.AF_UNIX)
    end.connect(address)
    link = Connection(end.detach())
    link.send((name, int(os.environ.get("RANK", "0"))))
    return link


def _watch(life: Connection) -> None:
    """End with the main process, whatever is being computed."""
    with contextlib.suppress(EOFError, OSError):
        life.recv()
    os._exit(1)


if __name__ == "__main__":
    main(sys.argv[1])
