"""ListRecords and ListIdentifiers (OAI-PMH 2.0 §4.3, §4.5), page by page."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import datetime

from lxml import etree

from protocols.oaipmh.dates import bounds, written
from protocols.oaipmh.errors import OaiError
from protocols.oaipmh.provider import Answer, Request
from protocols.oaipmh.resumption_token import ResumptionToken
from protocols.oaipmh.xml import child, cut, header, record, spliced
from unioncat.services.disseminate import Entry, Selection

__all__ = ["list_identifiers", "list_records"]

_SET_SPEC = re.compile(r"([A-Za-z0-9\-_.!~*'()])+(:[A-Za-z0-9\-_.!~*'()]+)*")  # setSpecType of OAI-PMH.xsd


def list_records(request: Request, root: etree._Element) -> Answer:
    return _list(request, root, request.provider.page)


def list_identifiers(request: Request, root: etree._Element) -> Answer:
    return _list(request, root, request.provider.headers)


def _list(request: Request, root: etree._Element, size: int) -> Answer:
    disseminator = request.provider.disseminator
    token = _token(request)
    selection = _selection(request) if token is None else _again(token)
    after = None if token is None else token.after
    entries = disseminator.page(selection, after, size + 1)
    if not entries and token is not None:
        # Whatever was left has changed since the list began, and moved behind `until`: an answer must not be
        # empty, so the list is prolonged to this moment.
        selection = replace(selection, until=request.response_date)
        entries = disseminator.page(selection, after, size + 1)
    if not entries:
        raise OaiError("noRecordsMatch", "no record matches these arguments")
    more, entries = len(entries) > size, entries[:size]
    total = token.total if token is not None else _total(request, selection, len(entries), more)
    whole = request.verb == "ListRecords"
    pieces = disseminator.serialise(selection.prefix if whole else "", entries, record if whole else header)
    answer = child(root, request.verb)
    spliced(answer)
    cursor = token.cursor if token is not None else 0
    if more:
        _write_token(request, answer, selection, entries[-1], cursor, len(entries), total)
    elif token is not None:
        child(answer, "resumptionToken", cursor=str(cursor), completeListSize=str(cursor + len(entries)))
    before, rest = cut(root)
    return Answer(before, pieces, rest)


def _total(request: Request, selection: Selection, found: int, more: bool) -> int:
    return request.provider.disseminator.count(selection) if more else found


def _token(request: Request) -> ResumptionToken | None:
    text = request.arguments.get("resumptionToken")
    if text is None:
        return None
    token = request.provider.signer.read(text, request.response_date)
    if token.verb != request.verb:
        raise OaiError("badResumptionToken", f"this resumption token continues {token.verb}, not {request.verb}")
    if not request.provider.disseminator.offers(token.metadata_prefix, token.set_spec):
        raise OaiError("badResumptionToken", "the format of this list is no longer offered; begin the list again")
    return token


def _again(token: ResumptionToken) -> Selection:
    return Selection(token.metadata_prefix, token.until, token.from_, token.set_spec)


def _selection(request: Request) -> Selection:
    """Raises OaiError for arguments that cannot be answered. `until` is frozen: now, or earlier as asked."""
    arguments, provider = request.arguments, request.provider
    prefix, set_spec = arguments["metadataPrefix"], arguments.get("set", "")
    from_, until = bounds(arguments.get("from"), arguments.get("until"))
    if "set" in arguments:
        if not provider.with_sets:
            raise OaiError("noSetHierarchy", "this repository has no sets")
        if not _SET_SPEC.fullmatch(set_spec):
            raise OaiError("badArgument", f"set={set_spec}: not a setSpec; see ListSets")
    if not provider.disseminator.offers(prefix):
        raise OaiError("cannotDisseminateFormat", f"the format {prefix} is not offered; see ListMetadataFormats")
    if not provider.disseminator.offers(prefix, set_spec):
        raise OaiError("cannotDisseminateFormat", f"the set {set_spec} comes in MARC formats only")
    frozen = request.response_date.replace(microsecond=0)
    return Selection(prefix, min(until, frozen) if until is not None else frozen, from_, set_spec)


def _write_token(
    request: Request, answer: etree._Element, selection: Selection, last: Entry, cursor: int, sent: int, total: int
) -> None:
    expires: datetime = request.response_date + request.provider.lifetime
    token = ResumptionToken(
        verb=request.verb,
        metadata_prefix=selection.prefix,
        until=selection.until,
        after=(last.datestamp, last.key),
        cursor=cursor + sent,
        total=total,
        expires=expires,
        from_=selection.from_,
        set_spec=selection.set_spec,
    )
    child(
        answer,
        "resumptionToken",
        request.provider.signer.write(token),
        expirationDate=written(expires),
        completeListSize=str(max(total, cursor + sent + 1)),
        cursor=str(cursor),
    )
