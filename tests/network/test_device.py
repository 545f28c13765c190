"""Devices and precisions that the machine does not have are refused in a sentence."""

from __future__ import annotations

import threading

import pytest
import torch

from summarize.errors import UsageError
from summarize.network import device
from summarize.network.device import check_device, check_precision, fastest_precision

CPU, GPU = torch.device("cpu"), torch.device("cuda")


def test_the_cpu_is_always_there() -> None:
    assert check_device("cpu") == CPU


@pytest.mark.parametrize("name", ["nonsense", "cuda:99", ""])
def test_an_absent_device_is_refused_by_name(name: str) -> None:
    with pytest.raises(UsageError, match=f"device '{name}': this machine has no such device"):
        check_device(name)


@pytest.mark.parametrize(
    ("on", "vnni", "bf16", "expected"),
    [
        (CPU, True, True, "int8"),
        (CPU, True, False, "int8"),
        (CPU, False, True, "bf16"),
        (CPU, False, False, "fp32"),
        (GPU, True, True, "bf16"),
        (GPU, False, False, "bf16"),
    ],
)
def test_the_fastest_precision_is_that_of_the_instructions(
    monkeypatch: pytest.MonkeyPatch, on: torch.device, vnni: bool, bf16: bool, expected: str
) -> None:
    monkeypatch.setattr(device, "has_vnni", lambda: vnni)
    monkeypatch.setattr(device, "has_bf16", lambda: bf16)
    assert fastest_precision(on) == expected


def test_int8_needs_a_cpu_with_its_instructions(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(device, "has_vnni", lambda: True)
    assert check_precision("int8", CPU) == "int8"
    with pytest.raises(UsageError, match="precision 'int8' is for the CPU, not for device 'cuda'"):
        check_precision("int8", GPU)
    monkeypatch.setattr(device, "has_vnni", lambda: False)
    with pytest.raises(UsageError, match="precision 'int8': this processor has no instructions for it"):
        check_precision("int8", CPU)


@pytest.mark.parametrize("name", ["bf16", "fp32"])
@pytest.mark.parametrize("on", [CPU, GPU])
def test_other_precisions_are_for_every_device(name: str, on: torch.device) -> None:
    assert check_precision(name, on) == name  # type: ignore[arg-type]


def test_after_a_fork_a_product_is_tried_once(monkeypatch: pytest.MonkeyPatch) -> None:
    goes_on, n_tried = threading.Event(), 0

    def multiply() -> None:
        nonlocal n_tried
        n_tried += 1
        goes_on.wait()

    monkeypatch.setattr(device, "_multiply", multiply)
    monkeypatch.setattr(device, "SECONDS_TO_MULTIPLY", 0.01)
    monkeypatch.setattr(device, "_trial", None)
    assert device.can_multiply()  # nothing is tried without a fork
    monkeypatch.setattr(device, "_is_forked", True)
    assert [device.can_multiply() for _ in range(2)] == [False, False]
    assert device._trial is not None
    goes_on.set()
    device._trial.join()
    assert device.can_multiply()  # it was only late
    assert n_tried == 1


def test_after_a_fork_all_threads_wait_for_the_same_trial(monkeypatch: pytest.MonkeyPatch) -> None:
    begun, goes_on, results = threading.Event(), threading.Event(), list[bool]()

    def multiply() -> None:
        begun.set()
        goes_on.wait()

    monkeypatch.setattr(device, "_multiply", multiply)
    monkeypatch.setattr(device, "SECONDS_TO_MULTIPLY", 60)
    monkeypatch.setattr(device, "_trial", None)
    monkeypatch.setattr(device, "_is_forked", True)
    first, second = (threading.Thread(target=lambda: results.append(device.can_multiply())) for _ in range(2))
    first.start()
    begun.wait()
    second.start()
    second.join(0.2)
    goes_on.set()
    first.join()
    second.join()
    assert results == [True, True]
