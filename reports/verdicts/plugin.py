"""The pytest plugin: registers the options and the parts that collect, run and gather claims."""

from __future__ import annotations

import json
from typing import Final

import pytest

from verdicts.baseline import Baseline
from verdicts.claims import DECLARED
from verdicts.collection import Collection
from verdicts.controller import Controller
from verdicts.options import Options, add_options, read_options, read_output
from verdicts.progress import Progress
from verdicts.runner import Runner

CONTROLLER: Final = "verdicts-controller"
COLLECTION: Final = "verdicts-collection"
RUNNER: Final = "verdicts-runner"
PROGRESS: Final = "verdicts-progress"


def pytest_addoption(parser: pytest.Parser) -> None:
    """Declare the options, and forget what was declared in this process before this session, which begins here."""
    DECLARED.clear()
    add_options(parser)


def pytest_configure(config: pytest.Config) -> None:
    """Check the options and the baseline, and register the parts."""
    config.addinivalue_line("markers", "claim(made, id, at, kind): the test states this claim of the paper")
    config.addinivalue_line("markers", "reading(name): the case takes this reading of its claim")
    for part in (CONTROLLER, COLLECTION, RUNNER):
        if config.pluginmanager.is_blocked(part):
            raise pytest.UsageError(f"-p no:{part}: no part works without the others; -p no:{__name__} leaves out all")
    sent = getattr(config, "workerinput", {}).get("verdicts")
    if sent is not None:
        plain = json.loads(sent)
        options, baseline = Options.of(plain["options"]), Baseline.from_plain(plain["baseline"])
    else:
        options, output = read_options(config), read_output(config)
        try:
            baseline = Baseline.read(output.baseline, required=output.baseline_named and not options.accept)
        except ValueError as error:
            nothing = Baseline(output.baseline, {}, present=False)
            Controller(config, options, output, nothing).leave_a_trace(pytest.ExitCode.USAGE_ERROR)
            raise pytest.UsageError(str(error)) from error
        controller = Controller(config, options, output, baseline)
        config.pluginmanager.register(controller, CONTROLLER)
        config.pluginmanager.register(Progress(config, controller), PROGRESS)
    collection = Collection(config, options, baseline)
    config.pluginmanager.register(collection, COLLECTION)
    config.pluginmanager.register(Runner(options, baseline, collection), RUNNER)
