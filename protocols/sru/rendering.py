"""Records as they stand in a response; what was rendered once is kept under (record, version, schema).

The version comes out of the index with the hits, so a kept rendering costs neither the store nor a parser.
Renderings that name libraries also depend on the members' names, which are looked at again every few seconds.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from functools import lru_cache

from lxml import etree

from protocols.sru.diagnostics import Diagnostic, of_kind
from protocols.sru.dialects import Dialect
from protocols.sru.schemas import RecordSchema, Schemas
from protocols.sru.xml import diagnostic_element, escaped, wrapper
from unioncat.marc import from_json
from unioncat.marc.formats import ExportRecord
from unioncat.model import ClusterId, UnionCatError, public_id
from unioncat.services.find import Finder

__all__ = ["Rendering"]

CACHED_BYTES = 64 * 1024 * 1024
"""Memory for renderings, in bytes, in each process."""

_DIAGNOSTICS = "info:srw/schema/1/diagnostics-v1.1"
_DIAGNOSTICS_2 = "http://docs.oasis-open.org/ns/search-ws/diagnostic"
Key = tuple[ClusterId, int, str, int]


@lru_cache(maxsize=256)
def _frame(dialect: Dialect, schema_uri: str, packing: str) -> list[bytes]:
    """The XML around a record: cut where its data, identifier and position go in."""
    return wrapper(
        dialect.search,
        [
            ("recordSchema", schema_uri),
            (dialect.packing, packing),
            ("recordData", None),
            *([] if dialect.version == "1.1" else [("recordIdentifier", None)]),
            ("recordPosition", None),
        ],
    )


class Rendering:
    """Safe for threads. base_url: public address of the catalogue, for links in records."""

    def __init__(self, finder: Finder, schemas: Schemas, base_url: str = "") -> None:
        self.schemas = schemas
        self._finder = finder
        self._base_url = base_url
        self._lock = threading.Lock()
        self._kept: OrderedDict[Key, bytes] = OrderedDict()
        self._size = 0

    def records(
        self,
        dialect: Dialect,
        schema: RecordSchema,
        packing: str,
        ids: Sequence[ClusterId],
        versions: Sequence[int],
        start: int,
    ) -> list[bytes]:
        """``<record>`` elements in pieces; a surrogate diagnostic in place of one that cannot be given."""
        rendered = self._rendered(schema, ids, versions)
        pieces: list[bytes] = []
        for position, cluster in enumerate(ids, start):
            data = rendered[cluster]
            uri = schema.uris[0]
            if isinstance(data, Diagnostic):
                uri = _DIAGNOSTICS_2 if dialect.is_2 else _DIAGNOSTICS
                data = etree.tostring(diagnostic_element(dialect, data), encoding="UTF-8", xml_declaration=False)
            if packing == "string":
                data = escaped(data)
            frame = _frame(dialect, uri, packing)
            place = str(position).encode()
            if len(frame) == 3:
                pieces += (frame[0], data, frame[1], place, frame[2])
            else:
                pieces += (frame[0], data, frame[1], public_id(cluster).encode(), frame[2], place, frame[3])
        return pieces

    def _rendered(
        self, schema: RecordSchema, ids: Sequence[ClusterId], versions: Sequence[int]
    ) -> Mapping[ClusterId, bytes | Diagnostic]:
        members = self._finder.catalogue.members() if schema.holdings else {}
        names = hash(tuple(members.values()).__repr__()) if schema.holdings else 0
        keys: dict[ClusterId, Key] = {
            cluster: (cluster, version, schema.names[0], names) for cluster, version in zip(ids, versions, strict=False)
        }
        found: dict[ClusterId, bytes | Diagnostic] = {}
        with self._lock:
            for cluster, key in keys.items():
                data = self._kept.get(key)
                if data is not None:
                    self._kept.move_to_end(key)
                    found[cluster] = data
        missing = [cluster for cluster in ids if cluster not in found]
        if missing:
            if schema.holdings:
                known = [keys[cluster][1] for cluster in missing if cluster in keys]
                rendered = self._with_holdings(schema, missing, known)
            else:
                rendered = self._bodies(schema, missing)
            for cluster in missing:
                made = rendered.get(cluster) or of_kind("record_unavailable", public_id(cluster))
                found[cluster] = made
                if isinstance(made, bytes) and cluster in keys:
                    self._keep(keys[cluster], made)
        return found

    def _with_holdings(
        self, schema: RecordSchema, ids: Sequence[ClusterId], versions: Sequence[int]
    ) -> dict[ClusterId, bytes | Diagnostic]:
        records = self._finder.records(ids, versions)
        export = self._finder.catalogue.export
        return {cluster: self._render(schema, export(each, self._base_url)) for cluster, each in records.items()}

    def _bodies(self, schema: RecordSchema, ids: Sequence[ClusterId]) -> dict[ClusterId, bytes | Diagnostic]:
        """Schemas without holdings need but the body of a record: one query for the page."""
        found: dict[ClusterId, bytes | Diagnostic] = {}
        for cluster, (marc, datestamp) in self._finder.catalogue.bodies(ids).items():
            quick = self.schemas.render_stored(schema, marc)
            if quick is None:
                export = ExportRecord(public_id(cluster), from_json(marc), datestamp, base_url=self._base_url)
                found[cluster] = self._render(schema, export)
            else:
                found[cluster] = quick
        return found

    def _render(self, schema: RecordSchema, export: ExportRecord) -> bytes | Diagnostic:
        try:
            return self.schemas.render(schema, export)
        except UnionCatError as error:
            return of_kind("not_in_schema", str(error))

    def _keep(self, key: Key, data: bytes) -> None:
        with self._lock:
            if key not in self._kept:
                self._kept[key] = data
                self._size += len(data)
            while self._size > CACHED_BYTES:
                _, dropped = self._kept.popitem(last=False)
                self._size -= len(dropped)
