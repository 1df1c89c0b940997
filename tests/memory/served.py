"""A Postgres server of our own: in a new folder, on a Unix socket, gone afterwards."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest

USER = "nobody"
"""Who runs the server where we are root, whom it refuses."""
PASSWORD = "correct horse battery"
"""Of the role "locked"; all others need none."""
RULES = "local all locked scram-sha-256\nlocal all all trust\n"


def program(name: str) -> str:
    """Where one of the server's programs lies. Skips the test where it is not installed."""
    places = [*os.get_exec_path(), *map(str, sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True))]
    found = shutil.which(name, path=os.pathsep.join(places))
    if not found:
        pytest.skip(f"no Postgres server is installed (no {name}); type: make system")
    return found


class Served:
    """The server; ``stop`` and ``start`` as often as you like."""

    def __init__(self, folder: Path) -> None:
        self.folder, self._process = folder, None
        self._as = ["setpriv", f"--reuid={USER}", "--clear-groups"] if os.getuid() == 0 else []
        if self._as:
            shutil.chown(folder, USER)
        words = [
            program("initdb"),
            "-D",
            str(folder / "data"),
            "-U",
            "lamarck",
            "--auth=trust",
            "--no-sync",
            "-E",
            "UTF8",
        ]
        subprocess.run([*self._as, *words], check=True, capture_output=True, cwd=folder)
        (folder / "data" / "pg_hba.conf").write_text(RULES)

    def address(self, name: str = "", user: str = "lamarck") -> str:
        return f"postgresql://{user}@/postgres?host={self.folder}{name and f'#{name}'}"

    def start(self) -> None:
        words = [program("postgres"), "-D", str(self.folder / "data"), "-k", str(self.folder), "-c", "fsync=off"]
        words += ["-c", "listen_addresses=", "-c", "shared_buffers=16MB", "-c", "max_connections=30"]
        with (self.folder / "log").open("ab") as log:
            self._process = subprocess.Popen([*self._as, *words], stdout=log, stderr=log, cwd=self.folder)
        for _ in range(300):
            try:
                psycopg.connect(self.address(), connect_timeout=2).close()
                return
            except psycopg.OperationalError:
                signal.sigtimedwait((), 0.05)
        pytest.fail((self.folder / "log").read_text())

    def stop(self) -> None:
        """At once, as where the power fails."""
        if self._process:
            self._process.send_signal(signal.SIGQUIT)
            self._process.wait(30)
        self._process = None


@contextmanager
def served() -> Generator[Served]:
    program("postgres")
    folder = Path(tempfile.mkdtemp(prefix="pg-"))  # a socket's path must be short
    try:
        server = Served(folder)
        server.start()
        try:
            with psycopg.connect(server.address(), autocommit=True) as at:
                at.execute(f"CREATE ROLE locked LOGIN SUPERUSER PASSWORD '{PASSWORD}'")
            yield server
        finally:
            server.stop()
    finally:
        shutil.rmtree(folder, ignore_errors=True)
