"""What a library takes home: the report on its records, and its records enriched (give-back)."""

from __future__ import annotations

from collections.abc import Iterator

from unioncat.model import NotFound
from unioncat.services.disseminate import Disseminator
from unioncat.services.formats import Formats
from unioncat.services.report import MemberReport, Reports
from unioncat.services.report_html import report_html
from unioncat.services.report_xlsx import report_xlsx
from unioncat.services.roles import Actor
from unioncat.store import Store

__all__ = ["GIVEBACK_FORMATS", "LibraryDesk"]

GIVEBACK_FORMATS = ("iso2709", "marcxml")


class LibraryDesk:
    """A cataloguer sees the own library's; administrators and viewers see all."""

    def __init__(self, store: Store, formats: Formats, disseminator: Disseminator | None) -> None:
        self._reports = Reports(store)
        self._formats = formats
        self._disseminator = disseminator

    @property
    def gives_back(self) -> bool:
        return self._disseminator is not None

    def _report(self, actor: Actor, member: str) -> MemberReport:
        actor.require("report", member)
        return self._reports.of(member)

    def page(self, actor: Actor, member: str, language: str, *, catalogue: str = "", public_url: str = "") -> str:
        """The report as a whole HTML page. Raises NotAllowed, NotFound."""
        return report_html(self._report(actor, member), language, catalogue=catalogue, public_url=public_url)

    def workbook(self, actor: Actor, member: str, language: str) -> bytes:
        """The report as XLSX. Raises NotAllowed, NotFound."""
        return report_xlsx(self._report(actor, member), language)

    def giveback(self, actor: Actor, member: str, name: str) -> Iterator[bytes]:
        """The library's own records with what others added, one after the other. Raises NotAllowed, NotFound."""
        actor.require("report", member)
        if self._disseminator is None or name not in GIVEBACK_FORMATS or name not in self._formats.export:
            raise NotFound("there is no such file")
        return self._disseminator.giveback(member, self._formats.export[name])
