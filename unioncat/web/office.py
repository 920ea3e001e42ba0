"""The services behind the doors that need a login: /workbench, /admin, /api/v1."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["Office"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Office:
    """What staff pages call."""
