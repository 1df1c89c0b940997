from __future__ import annotations

import os
from pathlib import Path

import pytest
from tests.store.given import INFO

from lamarck.core import UsageError
from lamarck.store import RunReader, RunStore, find, fresh, named

BAD = ("../x", "/x", "a/b", "a\0b", "a\nb", "a\n", "", ".", "..", "-rf", ".git", "x" * 300, "\u202eabc", "é", "a b")


@pytest.mark.parametrize("name", BAD)
def test_a_bad_name_is_refused_in_one_line(name: str, tmp_path: Path):
    with pytest.raises(UsageError, match="is no name for a run") as caught:
        named(name)
    assert str(caught.value).isprintable()
    assert str(caught.value).isascii()
    assert len(str(caught.value)) < 250
    if "/" not in name and name not in ("", ".", ".."):
        with pytest.raises(UsageError):
            RunStore.hold(tmp_path / name, INFO)


def test_good_names():
    assert named("rest_em-game24") == Path("runs/rest_em-game24")
    assert named("x" * 64).name == "x" * 64


def test_a_fresh_name_is_free(tmp_path: Path):
    assert fresh("star", tmp_path).name == "star"
    (tmp_path / "star").mkdir()
    (tmp_path / "star-2").symlink_to("nowhere")
    assert fresh("star", tmp_path).name == "star-3"


def test_a_run_is_found_by_name_or_path(tmp_path: Path):
    RunStore.hold(tmp_path / "star", INFO).close()
    assert find("star", tmp_path) == tmp_path / "star"
    assert find(tmp_path / "star") == tmp_path / "star"
    with pytest.raises(UsageError, match="unknown run 'strr': did you mean star"):
        find("strr", tmp_path)
    for odd in ("", "\0", "x" * 5000, "a\nb", "../../etc"):
        with pytest.raises(UsageError, match="unknown run"):
            find(odd, tmp_path)


def test_a_link_is_refused(tmp_path: Path):
    RunStore.hold(tmp_path / "real", INFO).close()
    (tmp_path / "link").symlink_to(tmp_path / "real")
    for use in (lambda: RunStore.hold(tmp_path / "link", INFO), lambda: RunReader(tmp_path / "link")):
        with pytest.raises(UsageError, match="is a symbolic link; type the folder it leads to"):
            use()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can make another user's folder")
def test_another_user_s_folder_is_refused(tmp_path: Path):
    RunStore.hold(tmp_path / "run", INFO).close()
    os.chown(tmp_path / "run", 12345, 12345)
    for use in (lambda: RunStore.hold(tmp_path / "run", INFO), lambda: RunReader(tmp_path / "run")):
        with pytest.raises(UsageError, match=r"belongs to another user \(id 12345\)"):
            use()


def test_a_folder_of_other_things_is_refused(tmp_path: Path):
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "thesis.tex").write_text("do not touch")
    with pytest.raises(UsageError, match=r"exists and is no run; give a new folder: --out .*mine-2"):
        RunStore.hold(tmp_path / "mine", INFO)
    assert [p.name for p in (tmp_path / "mine").iterdir()] == ["thesis.tex"]


def test_a_file_is_refused_and_an_empty_folder_taken(tmp_path: Path):
    (tmp_path / "file").write_text("")
    with pytest.raises(UsageError, match="is no folder"):
        RunStore.hold(tmp_path / "file", INFO)
    (tmp_path / "empty").mkdir(mode=0o755)
    RunStore.hold(tmp_path / "empty", INFO).close()
    assert (tmp_path / "empty").stat().st_mode & 0o777 == 0o700


def test_a_folder_that_cannot_be_made_is_one_line(tmp_path: Path):
    (tmp_path / "file").write_text("")
    with pytest.raises(UsageError, match="cannot be made"):
        RunStore.hold(tmp_path / "file" / "run", INFO)


def test_a_lock_that_is_a_link_is_refused(tmp_path: Path):
    (tmp_path / "run").mkdir()
    (tmp_path / "run" / "lock").symlink_to(tmp_path / "victim")
    with pytest.raises(UsageError, match=r"lock cannot be opened"):
        RunStore.hold(tmp_path / "run", INFO)
    assert not (tmp_path / "victim").exists()


def test_what_is_no_run_cannot_be_read(tmp_path: Path):
    with pytest.raises(UsageError, match="is no run"):
        _ = RunReader(tmp_path).info
    with pytest.raises(UsageError, match="does not exist"):
        RunReader(tmp_path / "gone")
