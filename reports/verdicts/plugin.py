"""The pytest plugin: registers the options, the examiner that runs claims, and the clerk that keeps the ledger."""

from __future__ import annotations

import pytest

from verdicts.baseline import Baseline
from verdicts.controller import Clerk
from verdicts.examiner import Examiner
from verdicts.options import add_options, read_options


def pytest_addoption(parser: pytest.Parser) -> None:
    """Declare the options."""
    add_options(parser)


def pytest_configure(config: pytest.Config) -> None:
    """Check the options and the baseline, and register the parts."""
    workerinput = getattr(config, "workerinput", None)
    _load_hypothesis_profile()
    options = read_options(config)
    try:
        baseline = Baseline.read(options.baseline)
    except ValueError as error:
        raise pytest.UsageError(str(error)) from error
    # one file that cannot be imported must not cost the evidence of all others; the exit status still says so
    config.option.continue_on_collection_errors = True
    examiner = Examiner(config, options, baseline, workerinput and workerinput["verdicts_catalogue"])
    config.pluginmanager.register(examiner, "verdicts-examiner")
    if workerinput is None:
        config.pluginmanager.register(Clerk(config, options, baseline, examiner), "verdicts-clerk")


def _load_hypothesis_profile() -> None:
    """Settings that name every field that matters, since hypothesis picks other defaults where CI is set."""
    from hypothesis import HealthCheck, Phase, Verbosity, settings

    settings.register_profile(
        "verdicts",
        max_examples=200,
        stateful_step_count=50,
        derandomize=True,
        database=None,
        deadline=None,
        print_blob=False,
        report_multiple_bugs=False,
        phases=(Phase.explicit, Phase.generate, Phase.target, Phase.shrink),
        verbosity=Verbosity.normal,
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much],
    )
    settings.load_profile("verdicts")
