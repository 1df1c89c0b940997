"""The command that starts a zygote behind walls: what is seen inside, and nothing else."""

from __future__ import annotations

import json
import os
import shutil
import sys
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from lamarck.sandbox.installed import interpreter, packages

HERE = Path(__file__).parent
GUEST, PACKAGES = "/guest", "/packages"
SHOWN = (
    "/usr/bin",
    "/usr/lib",
    "/usr/lib32",
    "/usr/lib64",
    "/usr/share/zoneinfo",
    "/etc/ld.so.cache",
    "/etc/alternatives",
)
"""Not all of /usr: /usr/src and /usr/local may hold somebody's work."""
LINKED = ("/bin", "/lib", "/lib32", "/lib64")
"""Links into /usr on most systems."""
DEVICES = ("/dev/null", "/dev/full", "/dev/random", "/dev/urandom")
"""Not /dev/zero: mapped, it is memory that no count sees."""
WALLS = (
    *("--unshare-all", "--unshare-user", "--die-with-parent", "--new-session", "--hostname", "sandbox"),
    *("--uid", "1000", "--gid", "1000"),
    # for the zygote, which makes namespaces for its children; they drop all of it
    *("--cap-drop", "ALL", "--cap-add", "CAP_SYS_ADMIN", "--cap-add", "CAP_SETPCAP", "--cap-add", "CAP_SYS_RESOURCE"),
)
_FIRST_USER, _USERS = 60578, 128
"""Numbers that no distribution gives to anybody (systemd keeps a list of who has which)."""


@dataclass(frozen=True, kw_only=True)
class Launch:
    """A command, and the environment it is started with: nothing of ours."""

    words: tuple[str, ...]
    environment: dict[str, str]


def bubblewrap() -> str:
    """Where bwrap is; "" where it is not."""
    return shutil.which("bwrap", path=f"{os.environ.get('PATH', '')}:/usr/bin:/usr/local/bin") or ""


def behind_bubblewrap(names: Sequence[str], serial: int) -> Launch:
    """The zygote in namespaces, with some packages. ``serial`` picks its user where we are root.

    Raises: UsageError where a package is not installed.
    """
    program = ("-s", "-S", "-P", "-B", "-m", "lamarck.sandbox.guest", *packages(names).imports)
    inside = walled(names, program)
    if os.geteuid() != 0:
        return inside.launch
    return replace(inside.launch, words=_as_nobody(inside, serial))


@dataclass(frozen=True, kw_only=True)
class Inside:
    """A command behind walls, as the user who starts it."""

    launch: Launch
    sources: tuple[int, ...]
    """Which of its words are paths to be shown."""


def walled(names: Sequence[str], program: Sequence[str]) -> Inside:
    """Python with some arguments in namespaces, with some packages. Raises: UsageError where one is not installed."""
    python, wanted = interpreter(), packages(names)
    shown = [*((path, path) for path in SHOWN), *python.shown]
    shown += [(f"{HERE}/guest", f"{GUEST}/lamarck/sandbox/guest")]
    shown += [(f"{HERE}/guest/{name}", f"/etc/{name}") for name in ("passwd", "group")]
    shown += [(str(path), f"{PACKAGES}/{path.name}") for path in wanted.paths]
    words, sources = [bubblewrap(), *WALLS], list[int]()
    for path in LINKED:
        if Path(path).is_symlink():
            words += ["--symlink", str(Path(path).readlink()), path]
        elif Path(path).exists():
            shown.append((path, path))
    for source, target in shown:
        if Path(source).exists():
            sources.append(len(words) + 1)
            words += ["--ro-bind", source, target]
    for hidden in _hidden(shown):
        words += ["--tmpfs", hidden, "--remount-ro", hidden]
    words += ["--proc", "/proc", "--tmpfs", "/dev"]
    for device in DEVICES:
        words += ["--dev-bind", device, device]
    for link, target in (("fd", "fd"), ("stdin", "fd/0"), ("stdout", "fd/1"), ("stderr", "fd/2")):
        words += ["--symlink", f"/proc/self/{target}", f"/dev/{link}"]
    words += ["--dir", "/dev/shm", "--remount-ro", "/dev", "--dir", "/tmp", "--remount-ro", "/", "--chdir", "/"]
    words += [python.command, *program]
    environment = {
        "PATH": "/usr/bin:/bin",
        "LANG": "C.UTF-8",
        "PYTHONHASHSEED": "0",
        "PYTHONPATH": f"{GUEST}:{PACKAGES}" if wanted.paths else GUEST,
        "OMP_NUM_THREADS": "1",
        "OPENBLAS_NUM_THREADS": "1",
        **({"LD_LIBRARY_PATH": python.libraries} if python.libraries else {}),
    }
    return Inside(launch=Launch(words=tuple(words), environment=environment), sources=tuple(sources))


def without_namespaces(names: Sequence[str], serial: int) -> Launch:
    """The zygote with nothing around it but what it puts around itself. Raises: UsageError as above."""
    wanted, python, prefix = packages(names), str(Path(sys.executable).resolve()), sys.base_prefix
    system = f"/usr/bin/python{sys.version_info.major}.{sys.version_info.minor}"
    if os.geteuid() == 0 and not _open_to_all(python) and Path(system).exists():
        python, prefix = system, "/usr"
    readable = [path for path in (*SHOWN, *LINKED, *DEVICES) if Path(path).exists()]
    readable += [f"{prefix}/bin", f"{prefix}/lib", f"{HERE}/guest", *map(str, wanted.paths)]
    folders = sorted({str(path.parent) for path in wanted.paths})
    # `lamarck` and `lamarck.sandbox` as empty packages: the rest of them has no business in there
    program = (
        "import sys, types\n"
        f"for name, path in (('lamarck', {str(HERE.parent)!r}), ('lamarck.sandbox', {str(HERE)!r})):\n"
        "    sys.modules[name] = types.ModuleType(name)\n"
        "    sys.modules[name].__path__ = [path]\n"
        f"sys.path += {folders!r}\n"
        "from lamarck.sandbox.guest.zygote import main\n"
        "main()\n"
    )
    words = (python, "-s", "-S", "-P", "-B", "-c", program, *wanted.imports, "--bare", *readable)
    environment = {"PATH": "/usr/bin:/bin", "LANG": "C.UTF-8", "PYTHONHASHSEED": "0", "OMP_NUM_THREADS": "1"}
    inside = Inside(launch=Launch(words=words, environment=environment), sources=())
    return inside.launch if os.geteuid() != 0 else replace(inside.launch, words=_as_nobody(inside, serial))


def _open_to_all(path: str) -> bool:
    """Whether somebody who is not root can go there."""
    return all(parent.stat().st_mode & 0o001 for parent in Path(path).parents)


def _hidden(shown: Sequence[tuple[str, str]]) -> list[str]:
    """Folders of installed packages below what is shown, as seen inside."""
    version = f"python{sys.version_info.major}.{sys.version_info.minor}"
    found: list[str] = []
    for source, target in shown:
        if Path(source).name in ("lib", "lib64"):
            places = (f"{version}/site-packages", f"{version}/dist-packages", "python3/dist-packages")
            found += [f"{target}/{place}" for place in places if Path(source, place).is_dir()]
    return found


def _as_nobody(inside: Inside, serial: int) -> tuple[str, ...]:
    user = _FIRST_USER + (os.getpid() * 8 + serial) % _USERS
    # this process's own interpreter, without anything installed: it runs as root for a moment
    script = f"{HERE}/entrance.py"
    return (
        *(sys.executable, "-I", "-S", script, str(user)),
        *(json.dumps(inside.launch.words), json.dumps(inside.sources)),
    )
