"""Files are there whole, or as they were; and what is no file is written into."""

from __future__ import annotations

import errno
import os
import resource
import signal
from pathlib import Path

import pytest

from sandbox.errors import OutsideError
from sandbox.whole import all_whole, write_all, write_whole


def test_a_disk_that_takes_no_more_leaves_what_was_there(tmp_path: Path) -> None:
    page = tmp_path / "page.html"
    write_whole(page, "before")
    hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    ignored = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)  # the limit is then an error, as of a full disk
    resource.setrlimit(resource.RLIMIT_FSIZE, (1000, hard[1]))
    try:
        with pytest.raises(OutsideError, match=r"page\.html: cannot be written: File too large"):
            write_all({tmp_path / "beside.csv": "new", page: "x" * 100_000})
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, hard)
        signal.signal(signal.SIGXFSZ, ignored)
    assert {path.name: path.read_text() for path in tmp_path.iterdir()} == {"page.html": "before"}


def test_links_stay_and_folders_are_made(tmp_path: Path) -> None:
    (tmp_path / "latest.html").symlink_to(tmp_path / "pages" / "today.html")
    write_whole(tmp_path / "latest.html", "today", mode=0o600)
    assert (tmp_path / "latest.html").is_symlink()
    assert (tmp_path / "pages" / "today.html").read_text() == "today"
    assert (tmp_path / "pages" / "today.html").stat().st_mode & 0o777 == 0o600


def test_a_pipe_is_written_into_and_stays(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    reader = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    try:
        write_whole(pipe, "through")
        assert os.read(reader, 100) == b"through"
    finally:
        os.close(reader)
    assert pipe.is_fifo()


def test_links_in_a_circle_are_an_error(tmp_path: Path) -> None:
    (tmp_path / "a").symlink_to(tmp_path / "b")
    (tmp_path / "b").symlink_to(tmp_path / "a")
    (tmp_path / "folder").mkdir()
    for path in (tmp_path / "a" / "page.html", tmp_path / "folder"):
        with pytest.raises(OutsideError, match="cannot be written"):
            write_whole(path, "never")


def test_files_of_a_folder_come_all_or_none(tmp_path: Path) -> None:
    def fill(folder: Path, text: str, full: bool = False) -> None:
        with all_whole(folder) as place:
            (place / "users.json").write_text(text)
            if full:
                raise OSError(errno.ENOSPC, "No space left on device")
            (place / "users.csv").write_text(text)

    with pytest.raises(OutsideError, match="new: cannot be written: No space left on device"):
        fill(tmp_path / "new", "never", full=True)
    assert not (tmp_path / "new").exists()
    fill(tmp_path / "there", "before")
    with pytest.raises(OutsideError):
        fill(tmp_path / "there", "never", full=True)
    assert {path.name: path.read_text() for path in (tmp_path / "there").iterdir()} == {
        "users.json": "before",
        "users.csv": "before",
    }
