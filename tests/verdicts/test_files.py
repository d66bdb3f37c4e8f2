"""Files are written whole or not at all, through links, and into what is no file."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from filelock import Timeout
from verdicts.files import lock_of, write_safely


def test_a_file_is_made_with_its_folders(tmp_path):
    write_safely(tmp_path / "a" / "b.txt", "ü\n")
    assert (tmp_path / "a" / "b.txt").read_bytes() == "ü\n".encode()


def test_a_file_that_cannot_be_written_whole_stays_as_it_was(tmp_path, monkeypatch):
    file = tmp_path / "a"
    write_safely(file, "old")

    def full(_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space"):
        write_safely(file, "new")
    assert [(path.name, path.read_text()) for path in tmp_path.iterdir()] == [("a", "old")]


def test_a_link_is_written_through(tmp_path):
    (tmp_path / "folder").mkdir()
    for target in ("folder/there", "folder/not there yet"):
        link = tmp_path / "link"
        link.unlink(missing_ok=True)
        link.symlink_to(target)
        write_safely(link, "new")
        assert link.is_symlink()
        assert (tmp_path / target).read_text() == "new"


def test_permissions_are_kept(tmp_path):
    file = tmp_path / "a"
    file.write_text("old")
    file.chmod(0o640)
    write_safely(file, "new")
    assert file.stat().st_mode & 0o777 == 0o640


def test_a_pipe_is_written_into(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    read = []
    reader = threading.Thread(target=lambda: read.append((tmp_path / "pipe").read_text()), daemon=True)
    reader.start()
    write_safely(tmp_path / "pipe", "x" * 200_000)
    reader.join(10)
    assert read == ["x" * 200_000]
    assert (tmp_path / "pipe").is_fifo()


def test_a_device_stays_a_device():
    write_safely("/dev/null", "gone")
    assert Path("/dev/null").read_bytes() == b""


def test_standard_output_is_written_into_even_where_it_is_a_file(tmp_path):
    code = "from verdicts.files import *; print('before', flush=True); write_safely('/dev/stdout', 'text\\n')"
    with (tmp_path / "out").open("wb") as out:
        subprocess.run([sys.executable, "-c", code], stdout=out, check=True)
    assert (tmp_path / "out").read_text() == "before\ntext\n"


def test_a_folder_is_refused(tmp_path):
    with pytest.raises(OSError, match="directory"):
        write_safely(tmp_path, "x")


def test_lone_surrogates_are_written_as_escapes(tmp_path):
    write_safely(tmp_path / "a", '"\ud835"')
    assert (tmp_path / "a").read_text() == r'"\ud835"'


def test_a_lock_is_one_for_all_names_of_a_file_and_leaves_nothing_beside_it(tmp_path):
    (tmp_path / "link").symlink_to("file")
    with lock_of(tmp_path / "file"):
        with pytest.raises(Timeout), lock_of(tmp_path / "link", timeout=0):
            pass
        with lock_of(tmp_path / "other", timeout=0):
            pass
        assert [path.name for path in tmp_path.iterdir()] == ["link"]
