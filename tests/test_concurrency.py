"""What is made once, and how many processors a process may use: made-up files of control groups in a folder."""

from __future__ import annotations

import os
import threading
import time
from pathlib import Path

import pytest

from summarize import concurrency
from summarize.concurrency import cgroup_quota, made_once, n_processors


def write(root: Path, **files: str) -> None:
    """Files below root by their paths, in which "__" stands for a slash and "_dot_" for a full stop."""
    for name, text in files.items():
        path = root / name.replace("__", "/").replace("_dot_", ".")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)


def write_group(root: Path, folder: str, quota: str, period: str = "100000") -> None:
    """A group of version 1 with a limit."""
    path = root / "sys/fs/cgroup" / folder
    path.mkdir(parents=True, exist_ok=True)
    (path / "cpu.cfs_quota_us").write_text(f"{quota}\n")
    (path / "cpu.cfs_period_us").write_text(f"{period}\n")


@pytest.mark.parametrize(
    ("limit", "quota"),
    [("max 100000", None), ("150000 100000", 1.5), ("50000 100000", 0.5), ("", None), ("a b", None), ("1 0", None)],
)
def test_a_quota_of_version_2(tmp_path: Path, limit: str, quota: float | None) -> None:
    write(tmp_path, proc__self__cgroup="0::/a/b\n", sys__fs__cgroup__a__b__cpu_dot_max=limit)
    assert cgroup_quota(tmp_path) == quota


def test_the_groups_around_a_group_limit_it_too(tmp_path: Path) -> None:
    write(tmp_path, proc__self__cgroup="0::/a/b\n", sys__fs__cgroup__a__b__cpu_dot_max="400000 100000")
    write(tmp_path, sys__fs__cgroup__a__cpu_dot_max="200000 100000", sys__fs__cgroup__c__cpu_dot_max="1 100000")
    assert cgroup_quota(tmp_path) == 2


def test_a_container_sees_its_own_group_as_the_root(tmp_path: Path) -> None:
    write(tmp_path, proc__self__cgroup="0::/\n", sys__fs__cgroup__cpu_dot_max="300000 100000\n")
    assert cgroup_quota(tmp_path) == 3


@pytest.mark.parametrize("mount", ["cpu", "cpu,cpuacct", "cpuacct,cpu"])
@pytest.mark.parametrize(("quota", "expected"), [("-1", None), ("250000", 2.5)])
def test_a_quota_of_version_1(tmp_path: Path, mount: str, quota: str, expected: float | None) -> None:
    write(tmp_path, proc__self__cgroup=f"5:memory:/other\n4:{mount}:/docker/1f\n1:cpuset:/x\n0::/\n")
    write_group(tmp_path, f"{mount}/docker/1f", quota)
    write_group(tmp_path, f"{mount}/other", "1000")  # of another controller
    assert cgroup_quota(tmp_path) == expected


def test_a_container_of_version_1_is_mounted_at_the_root_though_its_path_is_the_hosts(tmp_path: Path) -> None:
    write(tmp_path, proc__self__cgroup="4:cpu,cpuacct:/docker/1f\n")
    write_group(tmp_path, "cpu,cpuacct", "50000", "25000")
    assert cgroup_quota(tmp_path) == 2


def test_without_control_groups_there_is_no_quota(tmp_path: Path) -> None:
    assert cgroup_quota(tmp_path) is None


@pytest.mark.parametrize(
    ("n_allowed", "quota", "n"), [(4, None, 4), (4, 8.0, 4), (4, 1.5, 2), (4, 0.2, 1), (1, 3.0, 1), (4, 2.0, 2)]
)
def test_the_number_of_processors(monkeypatch: pytest.MonkeyPatch, n_allowed: int, quota: float | None, n: int) -> None:
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: set(range(n_allowed)), raising=False)
    monkeypatch.setattr(concurrency, "cgroup_quota", lambda: quota)
    assert n_processors() == n


def test_where_there_is_no_affinity_all_processors_count(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(os, "sched_getaffinity", raising=False)
    monkeypatch.setattr(os, "cpu_count", lambda: 6)
    monkeypatch.setattr(concurrency, "cgroup_quota", lambda: None)
    assert n_processors() == 6


def test_what_is_made_once_is_made_once_by_all_threads() -> None:
    made: list[object] = []
    start = threading.Barrier(8)
    results: list[object] = []

    @made_once
    def make() -> object:
        time.sleep(0.05)
        made.append(object())
        return made[-1]

    def work() -> None:
        start.wait()
        results.append(make())

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(made) == 1
    assert results == made * 8
    assert make.__name__ == "make"


def test_what_could_not_be_made_is_tried_again() -> None:
    attempts = iter([ValueError("not yet"), None])

    @made_once
    def make() -> int:
        if error := next(attempts):
            raise error
        return 3

    with pytest.raises(ValueError, match="not yet"):
        make()
    assert make() == 3
