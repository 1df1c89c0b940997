"""A text file that is there whole, or not at all."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

from lamarck.core import UsageError


def written(path: Path, text: str) -> None:
    """Write a text to a file through one beside it, which then takes its name. Raises: UsageError where it cannot."""
    draft: Path | None = None
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(
            "w", encoding="utf-8", newline="\n", dir=path.parent, prefix=f".{path.name}-", delete=False
        ) as file:
            draft = Path(file.name)
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        draft.chmod(0o644)
        draft.replace(path)
    except OSError as error:
        if draft:
            draft.unlink(missing_ok=True)
        raise UsageError(f"{path}: cannot be written ({error.strerror})") from error
