"""Processes of pytest that start warm.

Tests start some hundred processes of pytest, these start workers, and each interpreter would spend half a second on
importing what the one before has imported. So a clean server without threads imports it once, and forks where a test
or xdist starts `python -m pytest` or a worker: a process with a pid, signals, an exit status, a folder, variables,
pipes and files of its own, and nothing of the process that asked. What else is started, or asks for another
interpreter by a variable such as PYTHONHASHSEED, starts cold.

    asking process --request--> server --fork--> guardian --fork--> the process
          ^-------------------exit status-----------'
"""

from __future__ import annotations

import atexit
import contextlib
import functools
import gc
import inspect
import json
import os
import runpy
import select
import signal
import socket
import subprocess
import sys
import tempfile
import types
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import pluggy
import pytest
from _pytest.config import Config
from _pytest.fixtures import FixtureFunctionDefinition, FixtureManager
from execnet.gateway_io import popen_bootstrapline

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from _pytest.assertion.rewrite import AssertionRewritingHook

PYTEST: Final = [sys.executable, "-m", "pytest"]
WORKER: Final = [sys.executable, "-u", "-c", popen_bootstrapline]
NO_REQUEST: Final = {"preexec_fn": None, "pass_fds": (), "shell": False, "process_group": -1, "umask": -1}
"options of a process that a request has no words for, and their defaults"
READ_LATER: Final = {"PYTHONPATH", "PYTHONDONTWRITEBYTECODE"}
PIPES: Final = ("p2cread", "p2cwrite", "c2pread", "c2pwrite", "errread", "errwrite")
IMPORTED: Final = (
    "flint", "hypothesis.extra", "latex2mathml.converter", "verdicts.machine", "verdicts.views.html",
    "verdicts.views.screen", "verdicts.views.terminal", "xdist.dsession", "xdist.remote", "xdist.scheduler",
    "xdist.workermanage",
)  # fmt: skip
"what pytest and its plugins import as they need it"
KNOWN: Final = """
verdicts.machine.run_record((None, False), "", 0, 0)
pages = verdicts.views.html.environment()
for name in pages.list_templates():
    pages.get_template(name)
"""
"what they find out once: the versions of packages, and the compiled templates of the page"
PACKAGES: Final = {"_hypothesis_pytestplugin", "_pytest", "verdicts", "xdist"}
"those of pytest's plugins that the tests load, and that do not change"
MOST: Final = 1 << 20
KILLED: Final = signal.SIGKILL.to_bytes(4, "big")


def read_plugins_once() -> None:
    """Let pytest ask once, and not at each of its starts in this process, which installed packages are its plugins."""
    plugins = [
        installed
        for installed in metadata.distributions()
        if any(entry.group == "pytest11" for entry in installed.entry_points) and installed.name != "anyio"
    ]  # anyio comes with others, and no test is about it
    for plugin in plugins:
        known = {name: getattr(plugin, name) for name in ("entry_points", "files", "metadata", "version")}
        plugin.__class__ = type("Plugin", (type(plugin),), known)
    metadata.distributions = lambda: plugins
    pluggy.__version__ = metadata.version("pluggy")  # asked for at each start, and read from a file each time


@functools.lru_cache(maxsize=512)  # more than last; what was made for one start is soon forgotten
def lasts(thing: Any) -> bool:
    """Whether it is of a package that does not change, and not made anew by each start."""
    name = getattr(thing, "__module__", getattr(thing, "__name__", None))
    return str(name).partition(".")[0] in PACKAGES and "<locals>" not in getattr(thing, "__qualname__", "")


def look_into_plugins_once() -> Callable[[], None]:
    """Let pytest look once, not at each of its starts, for hooks, fixtures and modules of what comes with it and ours.

    Returns what makes it look anew.
    """
    registered, hook_of = FixtureManager.pytest_plugin_registered, pluggy._manager._static_hook_attr
    mark, arguments_of = Config._mark_plugins_for_rewrite, pluggy._impl.varnames
    marked: list[str] = []

    @functools.cache
    def with_fixtures_only(kind: type | types.ModuleType) -> types.ModuleType | None:
        found = {name: getattr(kind, name, None) for name in dir(kind)}
        found = {name: value for name, value in found.items() if type(value) is FixtureFunctionDefinition}
        module = types.ModuleType(kind.__name__)
        vars(module).update(found)
        return module if found else None

    def find_fixtures(self: FixtureManager, plugin: object, plugin_name: str) -> None:
        kind = plugin if isinstance(plugin, types.ModuleType) else type(plugin)
        if not lasts(kind):
            registered(self, plugin, plugin_name)
        elif found := with_fixtures_only(kind):
            registered(self, found if kind is plugin else plugin, plugin_name)

    def find_hook(plugin: object, name: str) -> object:
        kind = plugin if isinstance(plugin, types.ModuleType) else type(plugin)
        own = kind is not plugin and name in getattr(plugin, "__dict__", ())
        found = getattr(kind, name, None) if lasts(kind) and not own else None
        if not isinstance(found, types.FunctionType):
            return hook_of(plugin, name)
        return found, found if kind is plugin else getattr(plugin, name)

    @functools.cache
    def hooks(kind: type | types.ModuleType) -> list[str]:
        return [name for name in dir(kind) if name.startswith("pytest_")]

    def names(plugin: object) -> list[str]:
        kind = plugin if isinstance(plugin, types.ModuleType) else type(plugin)
        return hooks(kind) if lasts(kind) else dir(plugin)

    @functools.cache
    def arguments(function: Any, bound: type | None) -> object:
        return arguments_of(function if bound is None else function.__get__(bound))

    def argument_names(function: Any) -> object:
        plain = getattr(function, "__func__", function)
        if not lasts(plain):
            return arguments_of(function)
        return arguments(plain, None if plain is function else object)

    def mark_plugins(self: Config, hook: AssertionRewritingHook, disable_autoload: bool) -> None:  # noqa: FBT001
        if not marked:
            mark(self, types.SimpleNamespace(mark_rewrite=marked.append), disable_autoload=False)
        self.pluginmanager.rewrite_hook = hook
        if not disable_autoload:
            hook.mark_rewrite(*marked)

    def anew() -> None:
        FixtureManager.pytest_plugin_registered, pluggy._manager._static_hook_attr = registered, hook_of
        Config._mark_plugins_for_rewrite, pluggy._impl.varnames = mark, arguments_of
        del pluggy._manager.dir

    FixtureManager.pytest_plugin_registered, pluggy._manager._static_hook_attr = find_fixtures, find_hook
    Config._mark_plugins_for_rewrite, pluggy._impl.varnames = mark_plugins, argument_names
    pluggy._manager.dir = names
    return anew


def read_at_start(variables: Mapping[str, str]) -> dict[str, str]:
    """The variables that Python and hypothesis read once, as they start."""
    names = {name for name in variables if name == "CI" or name.startswith(("PYTHON", "HYPOTHESIS"))}
    return {name: variables[name] for name in names - READ_LATER}


def after_pytest(words: Any) -> list[str] | None:
    """The arguments of pytest, where it is what the words start."""
    words = [part for word in words for part in (["-m", "pytest"] if word == "-mpytest" else [word])]
    return words[len(PYTEST) :] if words[: len(PYTEST)] == PYTEST else None


class Popen(subprocess.Popen):
    """Starts a process warm if it can."""

    Cold: Final = subprocess.Popen
    server: socket.socket | None = None
    served: Mapping[str, str] = {}
    "the variables that the server read as it started"
    status: int | None = None
    "the file where the guardian of a warm process says how it ended; no socket, which warns where nobody waited"

    def _execute_child(self, *given: Any) -> None:
        asked = inspect.signature(super()._execute_child).bind(*given).arguments
        words = asked["args"] if isinstance(asked["args"], list | tuple) else []
        variables = dict(os.environ if asked["env"] is None else asked["env"])
        arguments = after_pytest(words)
        served = arguments is not None or list(words) == WORKER
        served = served and all(asked[name] == default for name, default in NO_REQUEST.items())
        if not (served and self._serves(variables)):
            super()._execute_child(*given)
            return
        request = {
            "arguments": arguments,
            "folder": str(Path(asked["cwd"] or "").absolute()),
            "variables": variables,
            "session": asked["start_new_session"],
        }
        files = [asked[PIPES[number]] for number in (0, 3, 5)]
        files = [number if file == -1 else file for number, file in enumerate(files)]
        status, answer = socket.socketpair()
        self.status = status.detach()
        with answer:
            handles = [*files, answer.fileno(), self.server.fileno()]
            socket.send_fds(self.server, [json.dumps(request).encode()], handles)
        self.pid = int.from_bytes(os.read(self.status, 4), "big")
        assert self.pid, "the server has died"
        self._child_created = True
        self._close_pipe_fds(*(asked[name] for name in PIPES))

    @classmethod
    def _serves(cls, variables: Mapping[str, str]) -> bool:
        """Whether the server read the same variables at its start; the first who asks starts it."""
        if cls.server is None:
            cls.served = read_at_start(os.environ)
            cls.server, end = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
            with end:
                words = [sys.executable, __file__, str(end.fileno())]
                cls.process = cls.Cold(
                    words, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, pass_fds=[end.fileno()]
                )
        return read_at_start(variables) == cls.served

    def _try_wait(self, flags: int) -> tuple[int, int]:
        if self.status is None:
            return super()._try_wait(flags)
        os.set_blocking(self.status, not flags & os.WNOHANG)
        try:
            ended = int.from_bytes(os.read(self.status, 4) or KILLED, "big")
        except BlockingIOError:
            return 0, 0
        os.close(self.status)
        return self.pid, ended

    def _wait(self, timeout: float | None) -> int | None:
        if self.status is not None and self.returncode is None:
            if not select.select([self.status], [], [], timeout)[0]:
                raise subprocess.TimeoutExpired(self.args, timeout)
            timeout = None  # it has ended; the way of subprocess, to look now and then, loses half a moment each time
        return super()._wait(timeout)

    def _internal_poll(self, **given: Any) -> int | None:
        if self.status is None:
            return super()._internal_poll(**given)
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._wait(0)
        return self.returncode


@contextlib.contextmanager
def starts() -> Iterator[None]:
    """Let processes of pytest start warm, where the system passes files between processes in whole messages."""
    subprocess.Popen = Popen if sys.platform == "linux" else Popen.Cold
    read_anew = metadata.distributions
    read_plugins_once()
    look_anew = look_into_plugins_once()
    try:
        yield
    finally:
        look_anew()
        metadata.distributions = read_anew
        subprocess.Popen = Popen.Cold
        if Popen.server is not None:
            Popen.server.close()
            Popen.process.kill()
            Popen.process.wait()
            Popen.server = None


def serve(requests: socket.socket) -> Callable[[], object]:
    """Fork a process for each request; returns only in these, what they are to run."""
    interrupted = signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # nobody waits for a guardian
    while True:
        message, handles, *_ = socket.recv_fds(requests, MOST, 5)
        if not message:
            raise SystemExit
        if os.fork() == 0:
            break
        for handle in handles:
            os.close(handle)
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    answer = socket.socket(fileno=handles[3])
    if process := os.fork():
        for handle in (*range(3), *handles[:3], handles[4], requests.fileno()):
            os.close(handle)
        answer.send(os.waitpid(process, 0)[1].to_bytes(4, "big"))
        os._exit(0)
    signal.signal(signal.SIGINT, interrupted)
    return become(json.loads(message), handles, answer)


def become(request: dict[str, Any], handles: list[int], answer: socket.socket) -> Callable[[], object]:
    """Make of this process what was asked for."""
    if request["session"]:
        os.setsid()
    answer.send(os.getpid().to_bytes(4, "big"))
    for number, handle in enumerate(handles[:3]):
        os.dup2(handle, number)
    os.dup2(handles[4], 3, inheritable=False)
    os.closerange(4, max(handles) + 1)
    answer.detach()
    if not request["session"]:  # workers of a new session must be born into it
        Popen.server = socket.socket(fileno=3)
        subprocess.Popen = Popen
    os.chdir(request["folder"])
    os.environ.clear()
    os.environ.update(request["variables"])
    sys.dont_write_bytecode = bool(os.environ.get("PYTHONDONTWRITEBYTECODE"))
    sys.modules["__main__"] = types.ModuleType("__main__")
    folder = "" if request["arguments"] is None else request["folder"]
    sys.path[:0] = [folder, *filter(None, os.environ.get("PYTHONPATH", "").split(os.pathsep))]
    sys.modules["xdist.plugin"]._sys_path[:] = sys.path  # a copy made as it is imported, for workers
    if request["arguments"] is None:
        sys.argv = ["-c"]
        return lambda: exec(popen_bootstrapline, vars(sys.modules["__main__"]))
    sys.argv = ["pytest", *request["arguments"]]
    return lambda: runpy.run_module("pytest", run_name="__main__", alter_sys=True)


def keep_modules() -> None:
    """Let what is imported by now outlive the process, which else takes as long to take it down as to do its work."""
    kept: dict[str, Any] = {
        name: module for name, module in sys.modules.items() if name.partition(".")[0] not in sys.stdlib_module_names
    }
    kept[""] = kept  # never collected, once it is frozen

    @atexit.register
    def forget() -> None:
        for name, module in kept.items():
            if sys.modules.get(name) is module:
                del sys.modules[name]


def main() -> None:
    """Be the server, then one of its processes; these hear signals, which nohup and shells in the background ignore."""
    signal.signal(signal.SIGINT, signal.default_int_handler)
    for number in (signal.SIGHUP, signal.SIGTERM):
        signal.signal(number, signal.SIG_DFL)
    added = {sys.path[0], *map(os.path.abspath, os.environ.get("PYTHONPATH", "").split(os.pathsep))}
    plain = [folder for folder in sys.path if folder not in added]
    with tempfile.TemporaryDirectory() as folder, contextlib.chdir(folder):
        Path("test_imports.py").write_text(f"import {', '.join(IMPORTED)}\n{KNOWN}", encoding="utf-8")
        read_plugins_once()
        look_into_plugins_once()
        pytest.main(["--collect-only", "-p", "no:cacheprovider"])  # pytest imports with asserts rewritten
    del sys.modules["test_imports"]
    sys.path[:] = plain
    Popen.served = read_at_start(os.environ)
    keep_modules()
    gc.freeze()
    serve(socket.socket(fileno=int(sys.argv[1])))()


if __name__ == "__main__":
    main()
