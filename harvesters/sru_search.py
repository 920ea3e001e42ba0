"""Searcher for SRU targets of copy cataloguing: the first pages of what `harvesters.sru` would harvest."""

from __future__ import annotations

import time

from harvesters.base import HarvesterContext
from harvesters.sru import SruHarvester
from unioncat.model import BadQuery, MemberCode, RawRecord, Source, SourceId
from unioncat.model.target import Target, TargetAnswer, TargetQuery

__all__ = ["SruSearcher"]

_MOST = 100
"""Records asked for in one answer."""


class SruSearcher:
    """See `unioncat.model.target.TargetSearcher`."""

    def search(
        self,
        target: Target,
        query: TargetQuery,
        *,
        start: int = 1,
        count: int = 10,
        syntax: str = "",
        seconds: float = 20.0,
    ) -> TargetAnswer:
        if not query.cql:
            raise BadQuery("syntax", target.code, f"{target.code} speaks SRU: write the query in CQL")
        end = time.monotonic() + seconds
        last = start - 1 + count
        patience = {"timeout": f"{seconds:g}", "deadline": f"{seconds:g}", "retries": "0"}
        quirks = {**patience, **target.quirks, "query": query.cql, "page": str(min(max(last, 1), _MOST))}
        source = Source(
            SourceId(0),
            target.code,
            MemberCode(""),
            "sru",
            target.address,
            format=syntax or target.syntax,
            quirks=quirks,
            credentials=target.credentials,
        )
        total = 0
        position = 0
        records: list[RawRecord] = []
        warnings: list[str] = []
        for page in SruHarvester(HarvesterContext()).harvest(source, None):
            total = page.complete_size or total
            warnings += page.warnings
            for harvested in page.records:
                position += 1
                if not start <= position <= last:
                    continue
                if harvested.refused:
                    warnings.append(f"{position}: {harvested.refused}")
                elif harvested.raw is not None:
                    raw = harvested.raw
                    hints = {"encoding": target.charset} if target.charset else raw.hints
                    records.append(RawRecord(raw.format, raw.data, position, hints))
            if position >= last:
                break
            if time.monotonic() > end and position < total:
                warnings.append(f"{seconds:g} s were up before all records had come")
                break
        return TargetAnswer(total, tuple(records), start, tuple(warnings))
