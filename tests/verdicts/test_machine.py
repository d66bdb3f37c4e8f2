"""What a run says of the working tree it was made in."""

from __future__ import annotations

import shutil
import subprocess

import pytest
from verdicts.machine import working_tree


@pytest.mark.skipif(not shutil.which("git"), reason="needs git")
def test_commit_and_changes_of_a_working_tree(tmp_path):
    def git(*words):
        command = ["git", "-C", tmp_path, "-c", "user.name=a", "-c", "user.email=a@b", *words]
        return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()

    file = tmp_path / "a file"
    assert working_tree(tmp_path) == (None, False)
    git("init")
    assert working_tree(tmp_path) == (None, False)
    file.write_text("1", encoding="utf-8")
    git("add", ".")
    assert working_tree(tmp_path) == (None, True)
    git("commit", "-m", "first")
    (tmp_path / "untracked").touch()
    assert working_tree(tmp_path) == (git("rev-parse", "HEAD"), False)
    file.write_text("2", encoding="utf-8")
    assert working_tree(tmp_path) == (git("rev-parse", "HEAD"), True)


def test_without_git_nothing_is_known(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    assert working_tree(tmp_path) == (None, False)
