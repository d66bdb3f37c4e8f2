"""Workflow files, the action and the recipes of docs/ci.md: linted, and what of them can run here is run."""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from verdicts.cli import main

ROOT = Path(__file__).parents[1]
WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.yml"))
ACTION = ROOT / ".github" / "actions" / "audit"
PAGE = (ROOT / "docs" / "ci.md").read_text(encoding="utf-8")
SECOND_PAPER = ROOT / "tests" / "verdicts" / "second_paper"
MAKEFILE = (ROOT / "Makefile").read_text(encoding="utf-8")
FILES = [*WORKFLOWS, ACTION / "action.yml"]


def load(path):
    return yaml.safe_load(path.read_text(encoding="utf-8"))


def section(title):
    return PAGE.split(f"\n## {title}\n")[1].split("\n## ")[0]


def recipe(title):
    (text,) = re.findall(r"```yaml\n(.*?)```", section(title), re.DOTALL)
    return text


def steps(path):
    data = load(path)
    jobs = data.get("jobs", {"action": data.get("runs", {})})
    return [step for job in jobs.values() for step in job["steps"]]


def follows(schema, *paths):
    pytest.importorskip("check_jsonschema")
    command = [sys.executable, "-m", "check_jsonschema", "--builtin-schema", f"vendor.{schema}", *map(str, paths)]
    run = subprocess.run(command, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stdout


def test_there_is_something_to_lint():
    assert {path.name for path in WORKFLOWS} >= {"audit.yml", "fresh-seeds.yml", "machines.yml"}
    assert all(steps(path) for path in FILES)


@pytest.mark.long
def test_files_follow_the_published_schemas(tmp_path):
    (tmp_path / "workflow.yml").write_text(recipe("GitHub"), encoding="utf-8")
    (tmp_path / ".gitlab-ci.yml").write_text(recipe("GitLab"), encoding="utf-8")
    follows("github-workflows", *WORKFLOWS, tmp_path / "workflow.yml")
    follows("github-actions", ACTION / "action.yml")
    follows("gitlab-ci", tmp_path / ".gitlab-ci.yml")


def test_a_security_linter_finds_nothing():
    linter = shutil.which("zizmor", path=f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}")
    if linter is None:
        pytest.skip("zizmor is not installed")
    run = subprocess.run(
        [linter, "--offline", "--no-progress", "--no-exit-codes", "--format=json", str(ROOT / ".github")],
        capture_output=True,
        text=True,
        check=True,
    )
    assert [(found["ident"], found["desc"]) for found in json.loads(run.stdout)] == []


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_actions_of_others_are_pinned_to_a_commit_and_named(path):
    for line in re.findall(r"uses: (.*)", path.read_text(encoding="utf-8")):
        assert re.fullmatch(r"\./\.github/actions/\w+|[\w-]+(/[\w-]+)+@[0-9a-f]{40} # v\d+\.\d+\.\d+", line)
        assert not line.startswith("./") or (ROOT / line / "action.yml").exists()


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_scripts_are_shell_without_expressions(path):
    scripts = [step["run"] for step in steps(path) if "run" in step]
    assert scripts
    for script in scripts:
        assert "${{" not in script  # what comes from outside stays a variable of the environment
        subprocess.run(["bash", "-n"], input=script, text=True, check=True)


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.name)
def test_what_jobs_call_exists(path):
    targets = set(re.findall(r"^([\w.$()/-]+):", MAKEFILE.replace("$(VENV)", ".venv"), re.MULTILINE))
    scripts = "\n".join(step.get("run", "") for step in steps(path))
    assert set(re.findall(r"make ([\w./-]+)", scripts)) <= targets
    assert {step["uses"] for step in steps(path) if step.get("uses", "").startswith("./")} <= {
        "./.github/actions/audit"
    }
    given = {key for step in steps(path) if step.get("uses") == "./.github/actions/audit" for key in step["with"]}
    assert given <= set(load(ACTION / "action.yml")["inputs"])
    for job in load(path)["jobs"].values():
        assert job["timeout-minutes"] <= 180
        assert set(job["permissions"]) <= {"contents", "security-events"}


def test_inputs_are_told_and_reach_the_script():
    inputs = load(ACTION / "action.yml")["inputs"]
    rows = re.findall(r"^\| `(\w+)` \|", section("GitHub"), re.MULTILINE)
    assert rows == list(inputs)
    run = (ACTION / "run.sh").read_text(encoding="utf-8")
    (env,) = [step["env"] for step in steps(ACTION / "action.yml") if step.get("id") == "run"]
    assert set(env.values()) == {f"${{{{ inputs.{name} }}}}" for name in inputs if name != "name"}
    assert all(f"${{{name}" in run or f"${name}" in run for name in env)


@pytest.fixture
def project(tmp_path, monkeypatch):
    """A project of the second paper, as a runner of a forge has it."""
    (tmp_path / "claims").mkdir()
    shutil.copy(SECOND_PAPER / "paper.toml", tmp_path / "claims")
    shutil.copy(SECOND_PAPER / "classics.py", tmp_path / "claims" / "test_classics.py")
    (tmp_path / "pytest.ini").write_text("[pytest]\n")
    monkeypatch.chdir(tmp_path)
    return tmp_path


class Runner:
    """Runs the scripts of the action."""

    def __init__(self, project):
        self.project = project
        self.env = os.environ | {
            "BIN": str(Path(sys.executable).parent),
            "GITHUB_STEP_SUMMARY": str(project / "summary.md"),
            "GITHUB_OUTPUT": str(project / "output"),
            "ARGUMENTS": "-p no:xdist -p no:cacheprovider -q",
        }

    def __call__(self, script, **given):
        return subprocess.run(
            [ACTION / script], env=self.env | given, cwd=self.project, capture_output=True, text=True, check=False
        )


@pytest.fixture
def runner(project):
    return Runner(project)


@pytest.mark.long
def test_the_action_passes_a_green_audit_and_shows_it(runner, project):
    runner("run.sh", ARGUMENTS=f"{runner.env['ARGUMENTS']} --verdicts-accept all")
    run = runner("run.sh", CLAIMS="claims", BASELINE="claims/baseline.json")
    assert run.returncode == 0, run.stdout + run.stderr
    assert (project / "output").read_text().splitlines()[-1] == "ledger=reports/verdicts-of-ci/verdicts.json"
    told = runner("tell.sh", BASELINE="claims/baseline.json")
    assert told.returncode == 0, told.stdout + told.stderr
    kept = {path.name for path in (project / "reports" / "verdicts-of-ci").iterdir()}
    assert kept == {f"verdicts.{end}" for end in ("json", "html", "md", "xml", "sarif", "badge.json", "txt")}
    assert "# Verdicts: A handful of classical statements" in (project / "summary.md").read_text(encoding="utf-8")
    notices = [line for line in told.stdout.splitlines() if line.startswith("::")]
    assert [line[: len(FIRST)] for line in notices[:1]] == [FIRST]
    assert not [line for line in notices if line.startswith("::error")]


LINE = (SECOND_PAPER / "classics.py").read_text(encoding="utf-8").split('"classics.archimedes"')[0].count("\n")
FIRST = f"::notice file=claims/test_classics.py,line={LINE},title=refuted%3A classics.archimedes::"


@pytest.mark.long
def test_the_action_fails_where_a_verdict_changed(runner, project):
    runner("run.sh", ARGUMENTS=f"{runner.env['ARGUMENTS']} --verdicts-accept all")
    claims = project / "claims" / "test_classics.py"
    claims.write_text(claims.read_text(encoding="utf-8").replace('["3.1416", "3.14"]', '["3.1416", "3.15"]'))
    assert runner("run.sh").returncode == 1
    told = runner("tell.sh")
    assert told.returncode == 1
    errors = [
        line for line in told.stdout.splitlines() if line.startswith("::error file=claims/test_classics.py,line=")
    ]
    assert len(errors) == 2  # one case is new, one is gone
    assert runner("tell.sh", BASELINE="claims/baseline.json").returncode == 1


@pytest.mark.long
def test_the_action_says_that_there_is_no_ledger(runner):
    assert runner("run.sh", CLAIMS="absent").returncode == 4
    told = runner("tell.sh")
    assert told.returncode == 1
    assert told.stdout == "::error title=verdicts::the run left no ledger: its own output says why\n"


def test_parts_of_a_matrix_become_one_ledger_as_told(project, capsys):
    commands = re.findall(r"^ {4}(\w+ .*)$", section("A matrix of machines"), re.MULTILINE)
    assert [command.split()[0] for command in commands] == ["pytest", "pytest", *["verdicts"] * 3]
    for command in commands:
        program, *arguments = shlex.split(command)
        if program == "pytest":
            run = [sys.executable, "-m", "pytest", "-p", "no:xdist", "-p", "no:cacheprovider", "-q", *arguments]
            assert subprocess.run(run, capture_output=True, check=False).returncode == 0
        else:
            assert main(arguments) == 0
    assert main(["verify", "parts/one.json"]) == 1
    assert "only a part of the paper's claims was asked for" in capsys.readouterr().out
    merged = json.loads((project / "verdicts.json").read_text(encoding="utf-8"))
    assert len(merged["run"]["merged"]) == 2
    assert merged["run"]["whole"]


def test_recipe_for_pre_commit_has_hooks_of_this_machine():
    hooks = yaml.safe_load(recipe("pre-commit"))["repos"][0]["hooks"]
    ours = yaml.safe_load((ROOT / ".pre-commit-config.yaml").read_text(encoding="utf-8"))["repos"][0]["hooks"]
    known = {key for hook in ours for key in hook} | {"files"}
    assert all(set(hook) <= known and hook["language"] == "system" for hook in hooks)
    assert re.match(hooks[0]["files"], "claims/test_introduction.py")


def test_renderings_named_exist():
    from verdicts.views import FORMATS

    named = re.findall(r"verdicts render (\w+)", PAGE + (ACTION / "tell.sh").read_text(encoding="utf-8"))
    assert set(named) <= set(FORMATS)
    views = re.search(r"for view in (.*); do", (ACTION / "tell.sh").read_text(encoding="utf-8"))[1]
    assert {view.split(":")[0] for view in views.split()} <= set(FORMATS)
