"""Threads, forks and processors: what is made once, what a forked process can use, and how many processors there are.

It imports no other module of the package, and neither torch nor numpy.
"""

from __future__ import annotations

import math
import os
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from pathlib import Path, PurePosixPath
from typing import TypeVar

T = TypeVar("T")

# Held while something is made or grown at its first use, by all objects alike, so that a fork can wait for it: a lock
# that another thread holds at a fork is never released in the child.
MAKING = threading.RLock()

_computing: dict[object, int] = {}  # a key for each block of `computing` that a thread is in, and the thread
_is_interrupted = False  # see was_forked_while_computing


def made_once(make: Callable[[], T]) -> Callable[[], T]:
    """A function that returns what make returns, and calls it only once, at its first call; other threads wait."""
    made: list[T] = []

    @wraps(make)
    def get() -> T:
        if not made:
            with MAKING:
                if not made:
                    made.append(make())
        return made[0]

    return get


@contextmanager
def computing() -> Iterator[None]:
    """A block in which this thread computes with libraries that have locks of their own."""
    key = object()
    _computing[key] = threading.get_ident()
    try:
        yield
    finally:
        _computing.pop(key, None)


def was_forked_while_computing() -> bool:
    """Whether this process was forked while another thread was in a block of `computing`.

    The locks that the thread held are never released here, so that a block of `computing` could wait for ever.
    """
    return _is_interrupted


def _after_fork_in_child() -> None:
    global _is_interrupted
    MAKING.release()
    own = threading.get_ident()
    others = [key for key, thread in _computing.items() if thread != own]
    _is_interrupted = _is_interrupted or bool(others)
    for key in others:
        del _computing[key]


if hasattr(os, "register_at_fork"):  # not on Windows
    os.register_at_fork(before=MAKING.acquire, after_in_parent=MAKING.release, after_in_child=_after_fork_in_child)


def n_processors() -> int:
    """How many processors this process may use at once: those of its affinity, or fewer by the quota of its cgroup."""
    n_allowed = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    quota = cgroup_quota()
    return n_allowed if quota is None else max(1, min(n_allowed, math.ceil(quota)))


def cgroup_quota(root: Path = Path("/")) -> float | None:
    """The processor time that the control group of this process may use, in processors; None without a limit.

    root: the folder in which proc/self/cgroup and sys/fs/cgroup are. A group is limited by those around it, too. A
    container often sees its own group as the root of all.
    """
    quotas = [quota for folder in _cgroup_folders(root) if (quota := _folder_quota(folder)) is not None]
    return min(quotas, default=None)


def _cgroup_folders(root: Path) -> Iterator[Path]:
    """The folders of the groups of this process, of version 1 and 2, each with those around it."""
    try:
        lines = (root / "proc/self/cgroup").read_text().splitlines()
    except OSError:  # not Linux
        return
    for line in lines:  # 0::/a/group in version 2, 4:cpu,cpuacct:/a/group in version 1
        _, controllers, group = line.split(":", 2)
        if controllers and "cpu" not in controllers.split(","):
            continue
        mounts = ("cpu", "cpu,cpuacct", "cpuacct,cpu") if controllers else ("", "unified")
        for mount in mounts:
            path = PurePosixPath(group.lstrip("/"))
            yield from (root / "sys/fs/cgroup" / mount / folder for folder in (path, *path.parents))


def _folder_quota(folder: Path) -> float | None:
    """The limit of one group: cpu.max in version 2, cpu.cfs_quota_us and cpu.cfs_period_us in version 1."""
    try:
        if (folder / "cpu.max").exists():
            quota, period = (folder / "cpu.max").read_text().split()
        else:
            quota, period = ((folder / f"cpu.cfs_{name}_us").read_text() for name in ("quota", "period"))
        n = float(quota) / float(period)  # "max" is no number
    except (OSError, ValueError, ZeroDivisionError):
        return None
    return n if n > 0 else None  # −1: without a limit
