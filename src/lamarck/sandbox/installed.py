"""The interpreter that runs inside, and the packages that programs may import there."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path

from lamarck.core import UsageError

SYSTEM = ("/usr", "/usr/local")
"""Prefixes that keep their place inside."""
MOVED = "/python"
"""Where an interpreter from elsewhere is seen inside, so that no path of a user's home is."""


@dataclass(frozen=True, kw_only=True)
class Interpreter:
    """The Python that runs this process, without what was installed into it."""

    command: str
    """As it is called inside."""
    shown: tuple[tuple[str, str], ...]
    """Folders: where they lie, where they are seen."""
    libraries: str
    """Where the loader finds its shared library; "" where it knows."""


def interpreter() -> Interpreter:
    """The one below a virtual environment."""
    prefix = sys.base_prefix
    name = f"bin/python{sys.version_info.major}.{sys.version_info.minor}"
    if prefix in SYSTEM:
        shown = [(path, path) for path in (f"{prefix}/bin", f"{prefix}/lib") if prefix != "/usr"]
        return Interpreter(command=f"{prefix}/{name}", shown=tuple(shown), libraries="")
    shown = [(f"{prefix}/{part}", f"{MOVED}/{part}") for part in ("bin", "lib", "lib64") if Path(prefix, part).is_dir()]
    return Interpreter(command=f"{MOVED}/{name}", shown=tuple(shown), libraries=f"{MOVED}/lib")


@dataclass(frozen=True, kw_only=True)
class Packages:
    """What of the installed packages is seen inside: theirs and their requirements' files, no others."""

    paths: tuple[Path, ...]
    imports: tuple[str, ...]
    """Modules that the warm interpreter imports before any run."""


def packages(names: Sequence[str]) -> Packages:
    """The top folders and files of each and of what it requires. Raises: UsageError for one that is not there."""
    paths: dict[str, Path] = {}
    imports: list[str] = []
    waiting, seen = list(names), set[str]()
    while waiting:
        name = waiting.pop(0)
        if _plain(name) in seen:
            continue
        seen.add(_plain(name))
        try:
            found = metadata.distribution(name)
        except metadata.PackageNotFoundError:
            if name in names:
                raise UsageError(
                    f"programs shall import '{name}', which is not installed; type: pip install {name}"
                ) from None
            continue  # a requirement of another platform
        for path in _tops(found):
            paths[path.name] = path
            if name in names and _importable(path):
                imports.append(path.name.removesuffix(".py"))
        waiting += _required(found)
    return Packages(paths=tuple(paths.values()), imports=tuple(imports))


def _plain(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def _tops(found: metadata.Distribution) -> Iterator[Path]:
    names = {file.parts[0] for file in found.files or () if file.parts[0] not in ("..", "__pycache__")}
    for name in sorted(names):
        path = Path(str(found.locate_file(name)))
        if path.exists() and path.suffix != ".pth":
            yield path


def _importable(path: Path) -> bool:
    return (path / "__init__.py").is_file() or path.suffix == ".py"


def _required(found: metadata.Distribution) -> Iterator[str]:
    for line in found.requires or ():
        name = re.match(r"[A-Za-z0-9._-]+", line)
        if name and "extra ==" not in line:
            yield name.group()
