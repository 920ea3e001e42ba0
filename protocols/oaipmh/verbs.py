"""The verb table of OAI-PMH 2.0 (§4) and the one function that answers any request."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from types import MappingProxyType

from lxml import etree

from protocols.oaipmh.errors import WITHOUT_ATTRIBUTES, OaiError, error_of
from protocols.oaipmh.identify import identify
from protocols.oaipmh.lists import list_identifiers, list_records
from protocols.oaipmh.provider import Answer, Provider, Request
from protocols.oaipmh.set_names import set_name
from protocols.oaipmh.xml import child, cut, envelope, record, spliced
from unioncat.model import UnionCatError

__all__ = ["VERBS", "Verb", "dispatch"]


@dataclass(frozen=True, slots=True)
class Verb:
    """One row: what a verb takes and who answers it.

    alone: the argument that comes without any other (§3.5)
    """

    answer: Callable[[Request, etree._Element], Answer]
    required: frozenset[str] = frozenset()
    optional: frozenset[str] = frozenset()
    alone: str | None = None


def get_record(request: Request, root: etree._Element) -> Answer:
    prefix, disseminator = request.arguments["metadataPrefix"], request.provider.disseminator
    entry = disseminator.find(request.arguments["identifier"])
    if prefix not in disseminator.prefixes_of(entry):
        raise OaiError("cannotDisseminateFormat", f"this item is not offered as {prefix}; see ListMetadataFormats")
    pieces = disseminator.serialise(prefix, [entry], record)
    spliced(child(root, "GetRecord"))
    before, after = cut(root)
    return Answer(before, pieces, after, etag=disseminator.etag(entry, prefix), modified=entry.datestamp)


def list_metadata_formats(request: Request, root: etree._Element) -> Answer:
    disseminator = request.provider.disseminator
    identifier = request.arguments.get("identifier")
    prefixes = list(disseminator.formats)
    if identifier is not None:
        prefixes = disseminator.prefixes_of(disseminator.find(identifier))
    if not prefixes:
        raise OaiError("noMetadataFormats", f"{identifier} is not available in any format")
    answer = child(root, "ListMetadataFormats")
    for prefix in prefixes:
        offered = disseminator.formats[prefix]
        element = child(answer, "metadataFormat")
        child(element, "metadataPrefix", prefix)
        child(element, "schema", offered.schema)
        child(element, "metadataNamespace", offered.namespace)
    before, after = cut(root)
    return Answer(before, (), after)


def list_sets(request: Request, root: etree._Element) -> Answer:
    """All sets in one answer: there are some hundreds at most, so no token of this verb exists."""
    provider = request.provider
    if not provider.with_sets:
        raise OaiError("noSetHierarchy", "this repository has no sets")
    if "resumptionToken" in request.arguments:
        raise OaiError("badResumptionToken", "this repository lists all sets in one answer and issues no token for it")
    members = provider.disseminator.members()
    answer = child(root, "ListSets")
    for spec in provider.disseminator.set_specs():
        vietnamese, english = set_name(spec, members, provider.language_names)
        element = child(answer, "set")
        child(element, "setSpec", spec)
        child(element, "setName", vietnamese if vietnamese == english else f"{vietnamese} / {english}")
    before, after = cut(root)
    return Answer(before, (), after)


_SELECTIVE = frozenset({"from", "until", "set"})
_PREFIX = frozenset({"metadataPrefix"})

VERBS: Mapping[str, Verb] = MappingProxyType(
    {
        "GetRecord": Verb(get_record, _PREFIX | {"identifier"}),  # §4.1
        "Identify": Verb(identify),  # §4.2
        "ListIdentifiers": Verb(list_identifiers, _PREFIX, _SELECTIVE, alone="resumptionToken"),  # §4.3
        "ListMetadataFormats": Verb(list_metadata_formats, optional=frozenset({"identifier"})),  # §4.4
        "ListRecords": Verb(list_records, _PREFIX, _SELECTIVE, alone="resumptionToken"),  # §4.5
        "ListSets": Verb(list_sets, alone="resumptionToken"),  # §4.6
    }
)


def dispatch(pairs: Iterable[tuple[str, str]], provider: Provider, base_url: str) -> Answer:
    """Answer one request.

    pairs: names and values as sent, repetitions too. Never raises OaiError: it becomes the answer. Errors that
    are no answer (the store cannot be read, …) pass through.
    """
    now = datetime.now(UTC)  # before anything is read: the next harvest begins here
    sent = list(pairs)
    attributes: Sequence[tuple[str, str]] = ()
    try:
        verb, arguments = check(sent)
        attributes = [("verb", verb), *arguments.items()]
        root = envelope(now, base_url, attributes)
        return VERBS[verb].answer(Request(provider, base_url, verb, arguments, now), root)
    except UnionCatError as error:
        condition = error_of(error)
        if condition is None:
            raise
        shown = () if condition.code in WITHOUT_ATTRIBUTES else attributes
        root = envelope(now, base_url, shown)
        child(root, "error", str(condition), code=condition.code)
        before, after = cut(root)
        return Answer(before, (), after)


def check(pairs: Sequence[tuple[str, str]]) -> tuple[str, dict[str, str]]:
    """Verb and arguments of a request that fits its row. Raises OaiError badVerb or badArgument."""
    verbs = [value for name, value in pairs if name == "verb"]
    if len(verbs) != 1:
        raise OaiError("badVerb", "say exactly one verb" if verbs else f"say a verb: {', '.join(VERBS)}")
    row = VERBS.get(verbs[0])
    if row is None:
        raise OaiError("badVerb", f"{verbs[0]!r} is no verb of OAI-PMH; there are {', '.join(VERBS)}")
    given = [(name, value) for name, value in pairs if name != "verb"]
    arguments = dict(given)
    known = row.required | row.optional | ({row.alone} if row.alone else set())
    repeated = [name for name, times in Counter(name for name, _ in given).items() if times > 1]
    for wrong, complaint in (
        (sorted(set(arguments) - known), f"is not an argument of {verbs[0]}"),
        (repeated, "is given more than once"),
        ([name for name, value in given if not value], "is empty"),
    ):
        if wrong:
            raise OaiError("badArgument", f"{wrong[0]!r} {complaint}")
    if row.alone is not None and row.alone in arguments:
        if len(arguments) > 1:
            raise OaiError("badArgument", f"{row.alone} comes without any other argument")
    elif missing := sorted(row.required - set(arguments)):
        raise OaiError("badArgument", f"{verbs[0]} needs {missing[0]}")
    return verbs[0], arguments
