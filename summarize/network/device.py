"""What the machine offers: devices, quick arithmetic, and memory that stays at hand from one step to the next."""

from __future__ import annotations

import ctypes
from typing import Literal

import torch

from summarize.errors import UsageError

Precision = Literal["int8", "bf16", "fp32"]  # of what is multiplied; sums are in 32 bits


def keep_freed_memory() -> None:
    """Have the C library keep what is freed for the next step.

    By default every tensor over 32 MB is given back to the system and faulted in again page by page: the softmax over
    the vocabulary then takes thirty times as long, and a whole step twice as long.
    """
    try:
        mallopt = ctypes.CDLL(None).mallopt
    except (AttributeError, OSError):  # not glibc
        return
    m_trim_threshold, m_top_pad, m_mmap_max = -1, -2, -4
    mallopt(m_mmap_max, 0)
    mallopt(m_trim_threshold, 2**31 - 1)
    mallopt(m_top_pad, 256 << 20)


def check_device(name: str) -> torch.device:
    """The device of that name. Raises UsageError where this machine has none."""
    try:
        device = torch.device(name)
        torch.empty(1, device=device)
    except (AssertionError, NotImplementedError, RuntimeError):
        raise UsageError(f"--device {name}: this machine has no such device; leave it out to use the CPU") from None
    return device


def fastest_precision(device: torch.device) -> Precision:
    """In what matrices are multiplied fastest: in 8-bit integers by a processor with instructions for it (AVX-512 VNNI,
    AMX), in bfloat16 by one with these (AVX-512 BF16, AMX) or a GPU."""
    if device.type != "cpu":
        return "bf16"
    if has_vnni():
        return "int8"
    return "bf16" if has_bf16() else "fp32"


def check_precision(name: Precision, device: torch.device) -> Precision:
    """That precision. Raises UsageError where the device cannot multiply in it.

    Without VNNI, products of 8-bit integers are added two by two in 16 bits, where they may overflow: summaries would
    be wrong, and nobody would see it.
    """
    if name == "int8" and device.type != "cpu":
        raise UsageError(f"--precision int8 is for the CPU, not for --device {device}")
    if name == "int8" and not has_vnni():
        raise UsageError("--precision int8: this processor has no instructions for it (AVX-512 VNNI); leave it out")
    return name


def has_vnni() -> bool:
    """Whether the processor has instructions for sums of products of 8-bit integers."""
    return bool(torch.cpu._is_vnni_supported())


def has_bf16() -> bool:
    """Whether the processor has instructions for bfloat16."""
    return bool(torch.cpu._is_avx512_bf16_supported())
