"""Who may do what: one table, asked by every service that changes something."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from unioncat.model import MemberCode, NotAllowed

__all__ = ["ACTS", "ROLES", "Act", "Actor", "Role"]

Role = Literal["admin", "cataloguer", "viewer"]
ROLES: tuple[Role, ...] = ("admin", "cataloguer", "viewer")
Act = Literal["search", "contribute", "judge", "describe", "report", "watch", "administer"]

ACTS: Mapping[Act, Mapping[Role, Literal["all", "own"]]] = {
    "search": {"admin": "all", "cataloguer": "all", "viewer": "all"},  # the workbench's search and history
    "contribute": {"admin": "all", "cataloguer": "own"},  # records, holdings, uploads
    "judge": {"admin": "all", "cataloguer": "own"},  # verdicts on pairs in which the library has a part
    "describe": {"admin": "all", "cataloguer": "own"},  # the library's own page
    "report": {"admin": "all", "cataloguer": "own", "viewer": "all"},
    "watch": {"admin": "all", "viewer": "all"},  # dashboards, runs, audit
    "administer": {"admin": "all"},
}
"""Act → role → on which libraries. A missing row is "never"."""


@dataclass(frozen=True, slots=True)
class Actor:
    """Somebody who is logged in, or a machine with a token.

    member: the library that a cataloguer acts for; None for the others
    """

    account: int
    login: str
    role: Role
    member: MemberCode | None = None
    name: str = ""

    def may(self, act: Act, member: str | None = None) -> bool:
        """True if the act is allowed, on this library if one is named."""
        reach = ACTS[act].get(self.role)
        if reach is None:
            return False
        return reach == "all" or (self.member is not None and member in (None, self.member))

    def require(self, act: Act, member: str | None = None) -> None:
        """Raises NotAllowed."""
        if self.may(act, member):
            return
        if member is not None and self.may(act):
            raise NotAllowed(f"{self.login} acts for {self.member} and not for {member}")
        raise NotAllowed(f"the role {self.role} of {self.login} does not allow this")
