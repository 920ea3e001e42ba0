"""Lists of signed 64-bit numbers as bytes: eight each, little-endian. How match keys are kept and sent."""

from __future__ import annotations

import struct
from collections.abc import Sequence


def pack_numbers(numbers: Sequence[int]) -> bytes:
    return struct.pack(f"<{len(numbers)}q", *numbers)


def unpack_numbers(packed: bytes) -> tuple[int, ...]:
    """Raises struct.error unless the length is a multiple of eight."""
    return struct.unpack(f"<{len(packed) // 8}q", packed)
