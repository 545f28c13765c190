"""What the machine offers: its devices and threads, the precision that it multiplies in fastest, and the allocator's
settings."""

from __future__ import annotations

import ctypes
import os
import threading
from typing import Literal

import torch

from summarize.concurrency import MAKING, made_once, n_processors
from summarize.errors import UsageError

Precision = Literal["int8", "bf16", "fp32"]  # of the factors in matrix products; sums are in 32 bits
SECONDS_TO_MULTIPLY = 5  # takes a millisecond on an idle machine

_is_forked = False
_trial: threading.Thread | None = None  # multiplies matrices, since this process was forked


def keep_freed_memory() -> None:
    """Make the C library keep freed memory for the next step instead of returning it to the system.

    By default it returns every tensor over 32 MB, and the system maps the next one page by page: the softmax over the
    vocabulary then takes thirty times as long, and a training step twice as long. Does nothing without glibc.
    """
    try:
        mallopt = ctypes.CDLL(None).mallopt
    except (AttributeError, OSError):  # not glibc
        return
    m_trim_threshold, m_top_pad, m_mmap_max = -1, -2, -4
    mallopt(m_mmap_max, 0)
    mallopt(m_trim_threshold, 2**31 - 1)
    mallopt(m_top_pad, 256 << 20)


def limit_threads() -> None:
    """Have torch compute with no more threads than there are processors for this process.

    By itself it counts all processors of the affinity, whatever the quota of the control group. Does nothing where
    OMP_NUM_THREADS or MKL_NUM_THREADS is set.
    """
    if os.environ.keys().isdisjoint({"OMP_NUM_THREADS", "MKL_NUM_THREADS"}):
        n = n_processors()
        if torch.get_num_threads() > n:
            torch.set_num_threads(n)


@made_once
def prepare_for_forks() -> None:
    """Have every process that is forked from now on compute with one thread.

    OpenMP's threads are not forked, and the child would wait for them for ever. One thread needs no others.
    """
    if hasattr(os, "register_at_fork"):  # not on Windows
        os.register_at_fork(after_in_child=_after_fork_in_child)


def _after_fork_in_child() -> None:
    global _is_forked, _trial
    _is_forked, _trial = True, None
    torch.set_num_threads(1)


def can_multiply() -> bool:
    """Whether matrix products end in this process; tried once after a fork, in a thread of its own.

    A thread frees the buffers of its products when it ends, and MKL holds a lock meanwhile. A child that is forked at
    this time would wait for the lock at its first product, for ever.
    """
    global _trial
    if not _is_forked:
        return True
    with MAKING:  # other threads wait for the trial, too
        if _trial is None:
            _trial = threading.Thread(target=_multiply, daemon=True)
            _trial.start()
            _trial.join(SECONDS_TO_MULTIPLY)
        return not _trial.is_alive()


def _multiply() -> None:
    matrix = torch.ones(256, 256)
    torch.mm(matrix, matrix)


def check_device(name: str) -> torch.device:
    """The device of that name. Raises UsageError if this machine has no such device."""
    try:
        device = torch.device(name)
        torch.empty(1, device=device)
    except (AssertionError, NotImplementedError, RuntimeError):
        raise UsageError(f"device {name!r}: this machine has no such device; 'cpu' is on every machine") from None
    return device


def fastest_precision(device: torch.device) -> Precision:
    """The precision of the fastest matrix products: int8 on a CPU with instructions for it (AVX-512 VNNI, AMX), bf16 on
    a GPU or a CPU with those (AVX-512 BF16, AMX), else fp32."""
    if device.type != "cpu":
        return "bf16"
    if has_vnni():
        return "int8"
    return "bf16" if has_bf16() else "fp32"


def check_precision(name: Precision, device: torch.device) -> Precision:
    """The same name. Raises UsageError if the device cannot multiply in that precision.

    Without VNNI a CPU adds products of 8-bit integers in pairs in 16 bits. These sums can overflow, and summaries would
    be wrong without a sign of it.
    """
    if name == "int8" and device.type != "cpu":
        raise UsageError(f"precision 'int8' is for the CPU, not for device '{device}'")
    if name == "int8" and not has_vnni():
        raise UsageError("precision 'int8': this processor has no instructions for it (AVX-512 VNNI)")
    return name


def has_vnni() -> bool:
    """Whether the processor has instructions for sums of products of 8-bit integers."""
    return bool(torch.cpu._is_vnni_supported())


def has_bf16() -> bool:
    """Whether the processor has instructions for bfloat16."""
    return bool(torch.cpu._is_avx512_bf16_supported())
