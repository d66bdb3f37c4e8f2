"""The wheel is a good neighbour: one package, the plugin's own dependencies, installed in an environment of its own."""

from __future__ import annotations

import base64
import csv
import hashlib
import importlib.metadata
import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from zipfile import ZipFile

import pytest
from filelock import FileLock
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from verdicts.starting import FILES

ROOT = Path(__file__).parents[1]
PIP = [sys.executable, "-m", "pip", "--disable-pip-version-check"]
OFFLINE = ["--quiet", "--no-deps", "--no-index"]
PAPER = """
id = "Mine"
version = "v1"
title = "Numbers"

[[sections]]
id = "1"
title = "Introduction"
places = ["Table 1"]
"""
CLAIMS = """
from flint import arb
from verdicts import claim, printed

@claim("1.pi", at="Table 1", says="π is about 3.1416")
def test_pi(check):
    check(printed("3.1416"), arb.pi)
"""
TWICE = """
pytest_plugins = ["verdicts.plugin"]

def pytest_sessionfinish(session):
    plugins = [plugin for _, plugin in session.config.pluginmanager.list_name_plugin() if plugin is not None]
    print("registered", [getattr(plugin, "__name__", "") for plugin in plugins].count("verdicts.plugin"), "times")
"""


def run(*command, cwd=None, env=None):
    words = [str(word) for word in command]
    done = subprocess.run(words, cwd=cwd, env=env, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="session")
def wheel(tmp_path_factory, worker_id):
    """Built once for all workers, from a copy: a build leaves its traces in the source tree."""
    shared = tmp_path_factory.getbasetemp()
    shared = (shared if worker_id == "master" else shared.parent) / "wheel"
    with FileLock(f"{shared}.lock"):
        if not shared.exists():
            source = checkout(shared / "source")
            run(*PIP, "wheel", *OFFLINE, "--no-build-isolation", "--wheel-dir", shared, source)
    (built,) = shared.glob("*.whl")
    return built


def checkout(folder):
    """What a build reads, and the packages that it must leave out."""
    ignored = shutil.ignore_patterns("latest", "__pycache__", "*.egg-info")
    for name in ("reports", "fixtures", "theorems"):
        shutil.copytree(ROOT / name, folder / name, ignore=ignored)
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, folder)
    return folder


class Environment:
    """A virtual environment with what the wheel declares and nothing else, linked from the environment of the tests."""

    def __init__(self, folder, wheel, *more):
        run(sys.executable, "-m", "venv", "--without-pip", folder / "venv")
        self.bin = folder / "venv" / ("Scripts" if os.name == "nt" else "bin")
        self.site = Path(
            run(self.bin / "python", "-c", "import sysconfig; print(sysconfig.get_path('purelib'))").strip()
        )
        self.paper = folder / "paper"
        (self.paper / "claims").mkdir(parents=True)
        (self.paper / "claims" / "paper.toml").write_text(PAPER, encoding="utf-8")
        (self.paper / "claims" / "test_numbers.py").write_text(CLAIMS, encoding="utf-8")
        for name in closure([*requirements(wheel), *more]):
            self.link(importlib.metadata.distribution(name))

    def link(self, distribution):
        for top in {file.parts[0] for file in distribution.files} - {"..", "__pycache__"}:
            (self.site / top).symlink_to(distribution.locate_file(top))

    def pip(self, *arguments):
        run(*PIP, "--python", self.bin / "python", *arguments)

    def pytest(self, folder):
        """The text of a run in the paper's folder that is green."""
        clean = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "PYTEST", "COV"))}
        return run(self.bin / "python", "-m", "pytest", folder, cwd=self.paper, env=clean)

    def audit(self):
        """The text of one more run in the paper's folder, which comes first on the path; it leaves a ledger."""
        ledger = self.paper / "reports" / "latest" / "verdicts.json"
        ledger.unlink(missing_ok=True)
        text = self.pytest("claims/")
        (claim,) = json.loads(ledger.read_text(encoding="utf-8"))["claims"]
        assert (claim["id"], claim["verdict"]) == ("1.pi", "holds")
        return text


def requirements(wheel):
    """The names that the wheel says it needs, extras left out."""
    with ZipFile(wheel) as archive:
        (name,) = (name for name in archive.namelist() if name.endswith(".dist-info/METADATA"))
        return needed(re.findall(r"^Requires-Dist: (.*)$", archive.read(name).decode(), re.MULTILINE))


def needed(texts):
    parsed = map(Requirement, texts)
    return [each.name for each in parsed if each.marker is None or each.marker.evaluate({"extra": ""})]


def closure(names):
    """The distributions named and what they need in turn."""
    found, waiting = set(), list(names)
    while waiting:
        name = canonicalize_name(waiting.pop())
        if name not in found:
            found.add(name)
            waiting += needed(importlib.metadata.requires(name) or [])
    return sorted(found)


def test_the_wheel_ships_one_package_and_asks_for_no_more_than_the_plugin_needs(wheel):
    with ZipFile(wheel) as archive:
        names = archive.namelist()
    tops = {name.split("/")[0] for name in names}
    assert sorted(re.sub(r"-.*", "", top) for top in tops) == ["pytest_verdicts", "verdicts"]
    sources = {str(path.relative_to(ROOT / "reports")) for path in (ROOT / "reports" / "verdicts").rglob("*.py")}
    data = {"verdicts/py.typed", "verdicts/schema.json", "verdicts/views/templates/page.html"}
    data |= {f"verdicts/starter/{name}" for name in FILES}
    assert sources | data <= set(names)
    assert {"numpy", "torch", "sympy", "scipy", "mpmath"}.isdisjoint(closure(requirements(wheel)))


def test_installed_from_the_wheel_beside_a_package_called_fixtures(wheel, tmp_path):
    environment = Environment(tmp_path, wheel)
    environment.pip("install", *OFFLINE, wheel)
    environment.audit()
    environment.audit()  # what the first run wrote into reports/ hides nothing
    shown = run(environment.bin / "verdicts", "render", "text", "reports/latest/verdicts.json", cwd=environment.paper)
    assert "1 claim" in shown
    run(environment.bin / "verdicts", "new", "another/claims", cwd=environment.paper)
    assert "1 refuted, 1 holds" in environment.pytest("another/claims")
    theirs = downloaded("fixtures", tmp_path)
    environment.pip("install", *OFFLINE, theirs)
    before = intact(environment.site)
    environment.pip("install", *OFFLINE, "--force-reinstall", wheel)  # the other order
    (environment.paper / "conftest.py").write_text(TWICE, encoding="utf-8")
    assert "registered 1 times" in environment.audit()
    environment.pip("uninstall", "--quiet", "--yes", "pytest-verdicts")
    assert intact(environment.site) == before
    assert not list(environment.site.glob("verdicts/**/*.py"))


def test_installed_editable(wheel, tmp_path):
    environment = Environment(tmp_path, wheel, "setuptools")
    environment.pip("install", *OFFLINE, "--no-build-isolation", "--editable", checkout(tmp_path / "checkout"))
    environment.audit()
    environment.audit()


def downloaded(name, folder):
    """A package from the index; without a network its test is not run."""
    command = [*PIP, "download", "--quiet", "--no-deps", "--dest", str(folder), name]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        pytest.skip(f"{name} could not be downloaded: {done.stderr.strip().splitlines()[-1]}")
    (path,) = folder.glob(f"{name}-*.whl")
    return path


def intact(site):
    """The files of the package `fixtures`, each checked against the hash that its wheel came with."""
    (record,) = site.glob("fixtures-*.dist-info/RECORD")
    rows = [
        row for row in csv.reader(record.read_text(encoding="utf-8").splitlines()) if row[0].startswith("fixtures/")
    ]
    assert len(rows) > 10
    for name, stated, _ in rows:
        if stated:
            digest = hashlib.sha256((site / name).read_bytes()).digest()
            assert stated == "sha256=" + base64.urlsafe_b64encode(digest).rstrip(b"=").decode(), name
    return sorted(name for name, *_ in rows)
