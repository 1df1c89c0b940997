"""Files are fetched by descriptor: no name leads out of the folder."""

import os
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from lamarck.sandbox.artifacts import collected

LARGEST = 100


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[tuple[Path, int]]:
    inside = tmp_path / "inside"
    (inside / "deep").mkdir(parents=True)
    (inside / "deep" / "file").write_bytes(b"deep")
    (inside / "file").write_bytes(b"here")
    (tmp_path / "outside").write_bytes(b"secret")
    fd = os.open(inside, os.O_RDONLY)
    yield inside, fd
    os.close(fd)


def test_ordinary_files_come_out(folder: tuple[Path, int]):
    assert collected(folder[1], ["file", "deep/file", "missing"], LARGEST) == {"file": b"here", "deep/file": b"deep"}


def test_nothing_else_does(folder: tuple[Path, int], tmp_path: Path):
    inside, fd = folder
    (inside / "link").symlink_to(tmp_path / "outside")
    (inside / "way").symlink_to(tmp_path)
    os.link(tmp_path / "outside", inside / "twice")
    os.mkfifo(inside / "pipe")
    (inside / "large").write_bytes(b"x" * (LARGEST + 1))
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(f"/proc/self/fd/{fd}/socket")
        names = ["link", "way/outside", "twice", "pipe", "large", "socket", "deep"]
        assert collected(fd, names, LARGEST) == {}


@pytest.mark.parametrize(
    "name", ["", ".", "..", "../outside", "/etc/passwd", "deep/../../outside", "a\0b", "deep//file"]
)
def test_no_name_leads_out(folder: tuple[Path, int], name: str):
    assert collected(folder[1], [name], LARGEST) == {}


def test_no_descriptor_is_left(folder: tuple[Path, int]):
    before = len(list(Path("/proc/self/fd").iterdir()))
    collected(folder[1], ["deep/file", "deep/missing", "link"], LARGEST)
    assert len(list(Path("/proc/self/fd").iterdir())) == before
