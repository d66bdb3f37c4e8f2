import pytest

from fixtures.device import available, description
from fixtures.effort import EFFORTS

torch = pytest.importorskip("torch")


def test_auto_takes_an_accelerator_where_there_is_one(monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    monkeypatch.setattr(torch.backends.mps, "is_available", lambda: False)
    assert available("auto") == "cpu"
    monkeypatch.setattr(torch.backends.mps, "is_available", lambda: True)
    assert available("auto") == "mps"
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    assert available("auto") == "cuda"


def test_a_device_that_is_not_there_is_named_in_one_line(monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    with pytest.raises(ValueError, match="finds no such device here") as error:
        available("cuda")
    assert "\n" not in str(error.value)
    with pytest.raises(ValueError, match="must be one of"):
        available("tpu")


def test_description_names_what_computes():
    assert description("cpu").startswith("cpu: ")


PLUGINS = 'pytest_plugins = ["fixtures.device", "fixtures.effort"]'


def test_options_reach_the_fixtures(pytester):
    pytester.makeconftest(PLUGINS)
    pytester.makepyfile(
        "def test_it(device, effort):\n    assert (device, effort.name, effort.dense) == ('cpu', 'paper', True)"
    )
    pytester.runpytest("--device", "cpu", "--effort", "paper").assert_outcomes(passed=1)


def test_a_missing_device_is_a_usage_error(pytester, monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    pytester.makeconftest(PLUGINS)
    pytester.makepyfile("def test_it(device):\n    pass")
    result = pytester.runpytest("--device", "cuda")
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(["*--device cuda: torch*finds no such device here, only cpu*"])


def test_an_unknown_effort_is_refused(pytester):
    pytester.makeconftest(PLUGINS)
    assert pytester.runpytest("--effort", "some").ret == pytest.ExitCode.USAGE_ERROR


def test_efforts_grow():
    assert [each.factor for each in EFFORTS.values()] == sorted(each.factor for each in EFFORTS.values())
    assert [name for name, each in EFFORTS.items() if each.dense] == ["paper"]
