"""Counts in scan equal counts in search, on real records."""

from __future__ import annotations

import gzip
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))
from z_catalogue import MEMBERS, STAMP, Peer, SmallCatalogue, served

from protocols.z3950 import oids
from protocols.z3950.association import Parts
from protocols.z3950.limits import Limits
from protocols.z3950.pqf import parse_pqf
from protocols.z3950.records import RecordWriter
from unioncat.marc import to_json
from unioncat.marc.iso2709 import Iso2709
from unioncat.model import ClusterId, RawRecord, UnionCatError, UnionRecord
from unioncat.search import document_from_json, open_engine, open_writer

FILES = ("vn_hcmut/book3part0final.mrc.gz", "hathi_goldfinch/goldfinch_val.converted.mrc.gz")
EACH = 1_500
LISTS = ("@attr 1=4", "@attr 1=1003", "@attr 1=21", "@attr 1=4 @attr 6=3", "@attr 1=1016", "@attr 1=31", "@attr 1=7")


@pytest.mark.corpus
def test_two_hundred_terms(shared_data: Path, tmp_path: Path) -> None:
    catalogue = SmallCatalogue(())
    reader = Iso2709()
    for name in FILES:
        with gzip.open(shared_data / "records" / name) as stream:
            for place, harvested in enumerate(reader.split(stream, {})):
                if place >= EACH:
                    break
                if harvested.raw is None:
                    continue
                try:
                    record = reader.parse(RawRecord("iso2709", harvested.raw.data, 1)).record
                except UnionCatError:
                    continue
                cluster = ClusterId(len(catalogue.by_id) + 1)
                catalogue.by_id[cluster] = UnionRecord(cluster, to_json(record), b"", STAMP, STAMP)
    url = f"tantivy://{tmp_path / 'index'}"
    writer = open_writer(url)
    writer.put(
        document_from_json(each.marc, (), MEMBERS, STAMP, cluster=each.id, created=STAMP)
        for each in catalogue.by_id.values()
    )
    writer.commit(1)
    writer.close()
    engine = open_engine(url)
    parts = Parts(engine, catalogue, engine, RecordWriter(catalogue, {}), Limits())
    counted = 0
    with served(parts) as address, Peer(address) as peer:
        for attributes in LISTS:
            for start in ("a", "m", "2"):
                query = parse_pqf(f"{attributes} {start}")
                request = {
                    "databaseNames": ["Default"],
                    "attributeSet": oids.BIB_1,
                    "termListAndStartPoint": query["rpn"][1][1],
                    "numberOfTermsRequested": 12,
                }
                _, response = peer.ask("scanRequest", request)
                for _, entry in response.get("entries", {}).get("entries", []):
                    term = entry["term"][1].decode().replace('"', '\\"')
                    assert peer.search(f'{attributes} "{term}"')["resultCount"] == entry["globalOccurrences"], term
                    counted += 1
    assert counted >= 200
