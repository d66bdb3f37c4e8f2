"""What the hosts of a distributed run must have in common, and how a run goes on that loses one."""

from __future__ import annotations

import hashlib
import os
import platform
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, TypedDict

from verdicts.machine import versions

if TYPE_CHECKING:
    from collections.abc import Callable

    import pytest

PLUGIN: Final = Path(__file__).parent


class Origin(TypedDict):
    """What decides the verdicts of a worker, besides the claims."""

    host: str
    versions: dict[str, str]
    plugin: str
    "digest of the plugin's code"
    code: dict[str, str]
    "digests of the modules that the worker imported from its checkout, by their path in it"


def origin(root: Path) -> Origin:
    """What this process runs with.

    Args:
        root: of the checkout.
    """
    code = {}
    for name in [str(getattr(module, "__file__", None)) for module in list(sys.modules.values())]:
        if name.startswith(f"{root}{os.sep}") and not name.startswith(sys.prefix) and Path(name).is_file():
            code[Path(name).relative_to(root).as_posix()] = _digest(Path(name))
    plugin = hashlib.sha256("".join(_digest(file) for file in sorted(PLUGIN.rglob("*.py"))).encode()).hexdigest()
    known = {"python": platform.python_version(), **versions()}
    return {"host": platform.node(), "versions": known, "plugin": plugin, "code": code}


def differences(worker: Origin, root: Path) -> list[str]:
    """How a worker differs from this process and its checkout, a line each; what only one has is left aside."""
    here = origin(root)
    found = [
        f"{name} is {version} there and {here['versions'][name]} here: expected the same versions everywhere"
        for name, version in worker["versions"].items()
        if here["versions"].get(name, version) != version
    ]
    if worker["plugin"] != here["plugin"]:
        found.append("its plugin is not the one here: expected the same versions everywhere")
    ours = {path: root / path for path in worker["code"] if (root / path).is_file()}
    changed = [path for path, file in ours.items() if _digest(file) != worker["code"][path]]
    if changed:
        shown = ", ".join(sorted(changed)[:3]) + (f" and {len(changed) - 3} more" if changed[3:] else "")
        found.append(f"not the same as here: {shown}: expected the same checkout everywhere")
    return [f"host {worker['host']}: {line}" for line in found]


def go_on_after_loss(config: pytest.Config, tell: Callable[[str], None]) -> None:
    """Make xdist go on with the hosts that are left, where it would end in an error as one cannot be reached again.

    Args:
        config: of a run; nothing is done to one in a single process.
        tell: takes a line on each host that is lost.
    """
    session: Any = config.pluginmanager.get_plugin("dsession")
    if session is None:
        return
    replace = session._clone_node
    workers = list(session._active_nodes)
    gone: set[str] = set()

    def replace_somewhere(lost: Any) -> None:
        for worker in (lost, *workers):
            host = str(worker.gateway.spec)
            if host in gone:
                continue
            if worker is not lost and handed_on(lost):
                return
            try:
                replace(worker)
            except Exception as error:  # noqa: BLE001  # whatever it is, the host is no use to this run
                gone.add(host)
                tell(f"worker {lost.gateway.id} is lost, and none can be started by --tx {host}: {error!r}")
            else:
                return
        if session._active_nodes == {lost}:
            session.shouldstop = "every worker is lost"

    def handed_on(lost: Any) -> bool:
        """Whether others have been handed the cases of the lost worker."""
        at_work = any(not node.shutting_down for node in session._active_nodes if node is not lost)
        return at_work and session.sched.collection_is_completed and config.getvalue("dist") != "each"

    session._clone_node = replace_somewhere


def _digest(file: Path) -> str:
    return hashlib.sha256(file.read_bytes()).hexdigest()
