"""Rulesets as versions: those that were put live, in order, and the one that was rehearsed last."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row, delete, func, select
from sqlalchemy.orm import Session

from unioncat.model import NotFound
from unioncat.store.tables import RulesetRow

_FACTS = (
    RulesetRow.id,
    RulesetRow.name,
    RulesetRow.digest,
    RulesetRow.who,
    RulesetRow.made,
    RulesetRow.figures,
    RulesetRow.live_from,
)


@dataclass(frozen=True, slots=True)
class Version:
    """One version, without its text.

    number:    grows with each; name: with the version that its author gave; digest: of its content
    who, made: who put it here, and when; "" is the catalogue's first one
    figures:   what its rehearsal said (see `unioncat.services.rehearse`); {} if there was none
    live_from: None if it was only rehearsed
    """

    number: int
    name: str
    digest: str
    who: str
    made: datetime
    figures: Mapping[str, Any]
    live_from: datetime | None


class Rulesets:
    def __init__(self, session: Session) -> None:
        self._session = session

    def add(
        self,
        name: str,
        body: str,
        live_from: datetime | None,
        *,
        digest: str = "",
        who: str = "",
        made: datetime | None = None,
        figures: Mapping[str, Any] | None = None,
    ) -> int:
        """Its number. live_from None: it is only rehearsed, and takes the place of what was rehearsed before."""
        moment = made or live_from
        assert moment is not None
        self._session.execute(delete(RulesetRow).where(RulesetRow.live_from.is_(None)))
        row = RulesetRow(
            name=name, digest=digest, body=body, who=who, made=moment, figures=dict(figures or {}), live_from=live_from
        )
        self._session.add(row)
        self._session.flush()
        return row.id

    def live_number(self) -> int | None:
        """Of the one in use; None if none ever was put live."""
        return self._session.scalar(select(func.max(RulesetRow.id)).where(RulesetRow.live_from.is_not(None)))

    def live(self) -> str | None:
        """The body of the one in use; None if none ever was put live."""
        number = self.live_number()
        return None if number is None else self.body(number)

    def body(self, number: int) -> str:
        """Raises NotFound."""
        found = self._session.scalar(select(RulesetRow.body).where(RulesetRow.id == number))
        if found is None:
            raise NotFound(f"there is no version {number} of the rules")
        return found

    def get(self, number: int) -> Version:
        """Raises NotFound."""
        found = self._session.execute(select(*_FACTS).where(RulesetRow.id == number)).first()
        if found is None:
            raise NotFound(f"there is no version {number} of the rules")
        return _version(found)

    def all(self) -> list[Version]:
        """Newest first; the one rehearsed last too."""
        return [_version(row) for row in self._session.execute(select(*_FACTS).order_by(RulesetRow.id.desc()))]


def _version(row: Row[Any]) -> Version:
    number, name, digest, who, made, figures, live_from = tuple(row)
    return Version(number, name, digest, who, made, figures, live_from)
