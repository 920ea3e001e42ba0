"""What an OAI-PMH endpoint has, and which of its formats serves us best."""

from __future__ import annotations

from harvesters.base import OfferedFormat, OfferedSet, Probe
from harvesters.oai_client import OaiClient, TooMuchAtOnce
from harvesters.oai_page import OaiPage, parse_stamp, reading_format
from unioncat.model import ConfigError, SourceUnavailable

__all__ = ["choose_format", "probe"]

_BEST_FIRST = ("marcxml", "mods", "oai_qdc", "oai_dc")
_SETS_SHOWN = 500


def choose_format(client: OaiClient, wanted: str, readable: frozenset[str]) -> str:
    """The metadataPrefix to ask for: `wanted`, a reading format by which it is offered, or the best there is.

    Raises ConfigError if the endpoint offers nothing that can be read.
    """
    if wanted and wanted not in _BEST_FIRST:
        return wanted
    offered = formats_of(client)
    if wanted:
        if any(each.prefix == wanted for each in offered):
            return wanted
        of_kind = [each.prefix for each in offered if each.reads_as == wanted]
        if of_kind:
            return of_kind[0]
        names = ", ".join(each.prefix for each in offered)
        raise ConfigError(f"{client.endpoint} does not offer {wanted}; it has {names}")
    best = best_of(offered, readable)
    if best is None:
        names = ", ".join(each.prefix for each in offered) or "no format"
        raise ConfigError(f"{client.endpoint} offers nothing that can be read here; it has {names}")
    return best.prefix


def best_of(offered: list[OfferedFormat], readable: frozenset[str]) -> OfferedFormat | None:
    """The format that keeps most of a record, among those we read. readable: empty is "any"."""
    for name in _BEST_FIRST:
        if readable and name not in readable:
            continue
        for each in offered:
            if each.reads_as == name:
                return each
    return None


def formats_of(client: OaiClient) -> list[OfferedFormat]:
    page = client.ask({"verb": "ListMetadataFormats"})
    found: list[OfferedFormat] = []
    if page.root is not None:
        for element in page.root.iter("{*}metadataFormat"):
            prefix = _text(element, "metadataPrefix")
            namespace = _text(element, "metadataNamespace")
            guess = {"marc21": "marcxml", "marcxml": "marcxml", "oai_dc": "oai_dc", "mods": "mods"}.get(prefix, "")
            if prefix:
                found.append(OfferedFormat(prefix, namespace, reading_format(namespace, "", guess)))
    return found


def probe(client: OaiClient, readable: frozenset[str]) -> Probe:
    """Raises SourceUnavailable or ConfigError with a sentence if nothing at this address speaks OAI-PMH."""
    identify = client.ask({"verb": "Identify"})
    root = identify.root
    if root is None or next(root.iter("{*}repositoryName", "{*}Identify"), None) is None:
        raise ConfigError(f"{client.endpoint} does not answer Identify ({identify.error or 'not OAI-PMH'})")
    remarks: list[tuple[str, str]] = []
    granularity = "second" if "hh" in _text(root, "granularity") else "day"
    deletions = _text(root, "deletedRecord").lower()
    if deletions not in ("persistent", "transient", "no"):
        deletions = "unknown"
    if deletions != "persistent":
        remarks.append(
            (
                "Nguồn không báo (hoặc không báo mãi) các biểu ghi đã xoá: nên thu hoạch lại toàn bộ theo kỳ.",
                "It does not announce deletions for good: harvest it in full from time to time (quirk full_every).",
            )
        )
    offered = formats_of(client)
    best = best_of(offered, readable)
    if best is None:
        remarks.append(("Không có định dạng nào đọc được.", "It offers no format that can be read here."))
    stated = _text(root, "baseURL")
    if stated and stated.rstrip("/") != client.endpoint.rstrip("/"):
        remarks.append((f"Nguồn tự nêu địa chỉ {stated}.", f"It states another address: {stated}."))
    count = _count(client, best.prefix if best else "oai_dc")
    if identify.mended:
        remarks.append((f"XML có lỗi: {identify.mended[0]}.", f"Its XML has faults: {identify.mended[0]}."))
    quirks = {} if deletions == "persistent" else {"full_every": "4"}
    return Probe(
        harvester="oai-pmh",
        endpoint=client.endpoint,
        name=_text(root, "repositoryName"),
        email=_text(root, "adminEmail"),
        formats=tuple(offered),
        sets=tuple(_sets(client)),
        granularity="second" if granularity == "second" else "day",
        deletions=deletions,  # type: ignore[arg-type]  # one of the words above
        earliest=parse_stamp(_text(root, "earliestDatestamp")),
        count=count,
        suggested={
            "harvester": "oai-pmh",
            "endpoint": client.endpoint,
            "format": best.prefix if best else "",
            "quirks": quirks,
        },
        remarks=tuple(remarks),
    )


def _count(client: OaiClient, prefix: str) -> int | None:
    """What ListIdentifiers says of the whole list; None if it does not."""
    try:
        page: OaiPage = client.ask({"verb": "ListIdentifiers", "metadataPrefix": prefix}, prefix)
    except (SourceUnavailable, TooMuchAtOnce):
        return None
    if page.error:
        return 0 if page.error == "noRecordsMatch" else None
    return len(page.records) if not page.token else page.size


def _sets(client: OaiClient) -> list[OfferedSet]:
    """Up to some hundreds; none if the endpoint has none or cannot list them."""
    found: list[OfferedSet] = []
    token = ""
    while len(found) < _SETS_SHOWN:
        try:
            page = client.ask({"verb": "ListSets", **({"resumptionToken": token} if token else {})})
        except (SourceUnavailable, TooMuchAtOnce):
            break
        if page.error or page.root is None:
            break
        before = len(found)
        for element in page.root.iter("{*}set"):
            found.append(OfferedSet(_text(element, "setSpec"), _text(element, "setName")))
        token = next(((each.text or "").strip() for each in page.root.iter("{*}resumptionToken")), "")
        if not token or len(found) == before:
            break
    return found[:_SETS_SHOWN]


def _text(element: object, name: str) -> str:
    child = next(element.iter(f"{{*}}{name}"), None)  # type: ignore[attr-defined]  # an lxml element
    return " ".join((child.text or "").split()) if child is not None else ""
