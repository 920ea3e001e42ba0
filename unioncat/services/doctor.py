"""Self-check: ask our own doors as clients do, and hold what they say against the store.

OAI-PMH is harvested whole (every id once, deletions, dates, sets, formats, marks); SRU and Z39.50 are asked for the
count of everything and for a sample of records, by title with and without marks, by ISBN and by number. What changes
while the check runs is left out of the comparison.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Protocol

from unioncat.marc import from_json, values
from unioncat.model import ClusterId, HarvestedRecord, MemberCode, Source, SourceId, UnionCatError, parse_public_id
from unioncat.model.harvest import Harvester
from unioncat.services.doctor_records import look_into, plain, questions
from unioncat.services.oai_sets import set_specs
from unioncat.store import Changes, Clusters, Members, Store
from unioncat.store.dissemination import Dissemination

__all__ = ["Asker", "Check", "Doctor", "check_names"]

_SAMPLE = 25
_SHOWN = 5
_SLACK = timedelta(minutes=2)


class Asker(Protocol):
    """A search server of ours, asked from outside. Raises SourceUnavailable."""

    name: str

    def count_all(self) -> int: ...

    def find(self, point: str, text: str) -> tuple[int, tuple[str, ...]]:
        """(total, public ids of the first ones) for point ``title``, ``isbn`` or ``id``."""
        ...


@dataclass(frozen=True, slots=True)
class Check:
    """One question and its answer, in a sentence of each language."""

    name: str
    ok: bool
    vi: str
    en: str


@dataclass(slots=True)
class _Truth:
    """What the store holds. stamps: id → (datestamp, deleted for the world); set_counts: as the records say anew."""

    stamps: dict[ClusterId, tuple[datetime, bool]] = field(default_factory=dict)
    set_counts: dict[str, int] = field(default_factory=dict)
    last_change: int = 0

    @property
    def live(self) -> set[ClusterId]:
        return {cluster for cluster, (_, gone) in self.stamps.items() if not gone}


@dataclass(slots=True)
class _Seen:
    """What a harvest gave. stamps: id → (datestamp, deleted); repeated, strange: identifiers; broken: reasons."""

    stamps: dict[ClusterId, tuple[datetime | None, bool]] = field(default_factory=dict)
    repeated: list[str] = field(default_factory=list)
    strange: list[str] = field(default_factory=list)
    broken: list[str] = field(default_factory=list)
    sets: dict[str, int] = field(default_factory=dict)
    titles: dict[ClusterId, str] = field(default_factory=dict)


class Doctor:
    """oai: base URL and a harvester for it; askers: SRU and Z39.50, as far as they are served.

    prefixes: the formats to harvest; indexed: number of the last change that the index holds (None: no index)
    """

    def __init__(
        self,
        store: Store,
        *,
        oai_url: str,
        harvester: Harvester,
        askers: Sequence[Asker] = (),
        prefixes: Sequence[str] = ("marc21", "oai_dc"),
        indexed: Callable[[], int] | None = None,
    ) -> None:
        self._store = store
        self._url = oai_url
        self._harvester = harvester
        self._askers = askers
        self._prefixes = prefixes
        self._indexed = indexed

    def examine(self, sample: int = _SAMPLE) -> list[Check]:
        """All checks, in order. None raises: a door that does not answer is a check that failed."""
        truth = self._truth()
        found: list[Check] = [self._check_index(truth)] if self._indexed is not None else []
        for place, prefix in enumerate(self._prefixes):
            try:
                seen = self._harvest(prefix, truth)
            except UnionCatError as error:
                found.append(
                    _bad(f"oai-pmh {prefix}", f"không thu hoạch được: {error}", f"cannot be harvested: {error}")
                )
                continue
            changing = self._changing(truth)
            found += self._compare(prefix, truth, seen, changing, first=place == 0)
        for asker in self._askers:
            found += self._ask(asker, truth, sample)
        return found

    # --- the store -----------------------------------------------------------------------------------------

    def _truth(self) -> _Truth:
        truth = _Truth()
        with self._store.read() as session:
            truth.last_change = Changes(session).last()
            members = {member.code: member for member in Members(session).all()}
            for chunk in _chunks(Clusters(session).ids(deleted=None)):
                hidden = Dissemination(session).hidden_among(chunk)
                for record in Clusters(session).many(chunk):
                    gone = record.deleted or record.id in hidden
                    truth.stamps[record.id] = (record.datestamp, gone)
                    if not gone:
                        for spec in set_specs(from_json(record.marc), record.holdings, members):
                            truth.set_counts[spec] = truth.set_counts.get(spec, 0) + 1
        return truth

    def _changing(self, truth: _Truth) -> set[ClusterId]:
        """Clusters that changed since the truth was taken down."""
        found: set[ClusterId] = set()
        number = truth.last_change
        with self._store.read() as session:
            while batch := Changes(session).after(number):
                found.update(cluster for _, cluster in batch)
                number = batch[-1][0]
        return found

    # --- OAI-PMH -------------------------------------------------------------------------------------------

    def _harvest(self, prefix: str, truth: _Truth) -> _Seen:
        source = Source(
            SourceId(0), "doctor", MemberCode("-"), "oai-pmh", self._url, prefix, quirks={"delay": "0", "retries": "1"}
        )
        seen = _Seen()
        for page in self._harvester.harvest(source, None):
            if page.missing:
                seen.broken.append(f"{page.missing} records were announced and not delivered")
            seen.broken += page.warnings
            for record in page.records:
                self._take(record, prefix, seen)
        return seen

    def _take(self, record: HarvestedRecord, prefix: str, seen: _Seen) -> None:
        identifier = record.identifier or ""
        cluster = parse_public_id(identifier.rpartition(":")[2])
        if cluster is None:
            seen.strange.append(identifier or "(no identifier)")
            return
        if cluster in seen.stamps:
            seen.repeated.append(identifier)
        seen.stamps[cluster] = (record.datestamp, record.deleted)
        if not record.deleted:
            for spec in record.sets:
                seen.sets[spec] = seen.sets.get(spec, 0) + 1
        if record.refused is not None:
            seen.broken.append(f"{identifier}: {record.refused}")
        elif record.raw is not None:
            wrong, title = look_into(record.raw.data, identifier)
            if wrong:
                seen.broken.append(wrong)
            if title is not None:
                seen.titles[cluster] = title

    def _compare(
        self, prefix: str, truth: _Truth, seen: _Seen, changing: set[ClusterId], *, first: bool
    ) -> list[Check]:
        steady = {cluster: state for cluster, state in truth.stamps.items() if cluster not in changing}
        missing = [cluster for cluster in steady if cluster not in seen.stamps]
        surplus = [cluster for cluster in seen.stamps if cluster not in truth.stamps and cluster not in changing]
        both = [cluster for cluster in steady if cluster in seen.stamps]
        revived = [cluster for cluster in both if steady[cluster][1] and not seen.stamps[cluster][1]]
        buried = [cluster for cluster in both if not steady[cluster][1] and seen.stamps[cluster][1]]
        dated = [cluster for cluster in both if seen.stamps[cluster][0] != steady[cluster][0]]
        name = f"oai-pmh {prefix}"
        wrong_ids = [*map(_shown, missing[:_SHOWN]), *map(_shown, surplus[:_SHOWN]), *seen.repeated, *seen.strange]
        checks = [
            _check(
                f"{name}: records",
                not (missing or surplus or seen.repeated or seen.strange),
                f"{len(seen.stamps)} biểu ghi, đúng như trong kho",
                f"{len(seen.stamps)} records, as in the store",
                f"thiếu {len(missing)}, thừa {len(surplus)}, lặp {len(seen.repeated)}: {_some(wrong_ids)}",
                f"{len(missing)} missing, {len(surplus)} surplus, {len(seen.repeated)} repeated: {_some(wrong_ids)}",
            ),
            _check(
                f"{name}: deletions",
                not (revived or buried),
                "biểu ghi đã xoá được báo đúng",
                "deletions are announced as they are",
                f"{len(revived)} đã xoá mà còn hiện, {len(buried)} còn mà bị báo xoá: {_ids([*revived, *buried])}",
                f"{len(revived)} deleted but shown live, {len(buried)} live but deleted: {_ids([*revived, *buried])}",
            ),
            _check(
                f"{name}: content",
                not seen.broken,
                "mọi biểu ghi hợp lệ",
                "every record is legal",
                f"{len(seen.broken)} biểu ghi hỏng: {_some(seen.broken)}",
                f"{len(seen.broken)} broken records: {_some(seen.broken)}",
            ),
        ]
        if first:
            checks += [
                self._check_dates(name, seen, dated),
                self._check_sets(name, truth, seen, bool(changing)),
                self._check_marks(name, seen, changing),
            ]
        return checks

    def _check_dates(self, name: str, seen: _Seen, dated: Sequence[ClusterId]) -> Check:
        future = datetime.now(UTC) + _SLACK
        late = [cluster for cluster, (stamp, _) in seen.stamps.items() if stamp is not None and stamp > future]
        return _check(
            f"{name}: dates",
            not (dated or late),
            "ngày tháng khớp với kho",
            "datestamps equal the store's",
            f"{len(dated)} ngày sai, {len(late)} ở tương lai: {_ids([*dated, *late])}",
            f"{len(dated)} datestamps differ, {len(late)} are in the future: {_ids([*dated, *late])}",
        )

    def _check_sets(self, name: str, truth: _Truth, seen: _Seen, moving: bool) -> Check:
        stored = truth.set_counts
        wrong = [
            f"{spec} {seen.sets.get(spec, 0)}≠{stored.get(spec, 0)}"
            for spec in sorted({*stored, *seen.sets})
            if seen.sets.get(spec, 0) != stored.get(spec, 0)
        ]
        return _check(
            f"{name}: sets",
            not wrong or moving,
            f"{len(seen.sets)} bộ dữ liệu khớp",
            f"{len(seen.sets)} sets agree",
            f"{len(wrong)} bộ dữ liệu sai: {_some(wrong)}",
            f"{len(wrong)} sets disagree: {_some(wrong)}",
        )

    def _check_marks(self, name: str, seen: _Seen, changing: set[ClusterId]) -> Check:
        """Titles as delivered, against those of the store, letter by letter."""
        wrong: list[ClusterId] = []
        with self._store.read() as session:
            for chunk in _chunks(iter([cluster for cluster in seen.titles if cluster not in changing])):
                for record in Clusters(session).many(chunk):
                    title = " ".join(values(from_json(record.marc), "245$a")[:1])
                    if plain(title) != plain(seen.titles[record.id]) or not unicodedata.is_normalized(
                        "NFC", seen.titles[record.id]
                    ):
                        wrong.append(record.id)
        return _check(
            f"{name}: marks",
            not wrong,
            "dấu tiếng Việt nguyên vẹn",
            "Vietnamese marks are whole",
            f"{len(wrong)} nhan đề khác với kho hoặc không phải NFC: {_ids(wrong)}",
            f"{len(wrong)} titles differ from the store or are not NFC: {_ids(wrong)}",
        )

    # --- index, SRU, Z39.50 ----------------------------------------------------------------------------------

    def _check_index(self, truth: _Truth) -> Check:
        assert self._indexed is not None
        try:
            number = self._indexed()
        except UnionCatError as error:
            return _bad("index", f"không đọc được: {error}", f"cannot be read: {error}")
        return _check(
            "index",
            number >= truth.last_change,
            "chỉ mục theo kịp kho",
            "the index is up to date",
            f"chỉ mục mới tới thay đổi {number} trên {truth.last_change}; chạy: unioncat index rebuild",
            f"the index has change {number} of {truth.last_change}; run: unioncat index rebuild",
        )

    def _ask(self, asker: Asker, truth: _Truth, sample: int) -> list[Check]:
        try:
            total = asker.count_all()
            lost, asked = self._look_for(asker, truth, sample)
        except UnionCatError as error:
            return [_bad(asker.name, f"không trả lời: {error}", f"does not answer: {error}")]
        live, moving = len(truth.live), bool(self._changing(truth))
        return [
            _check(
                f"{asker.name}: records",
                total == live or moving,
                f"{total} biểu ghi, đúng như trong kho",
                f"{total} records, as in the store",
                f"tìm thấy {total} biểu ghi, trong kho có {live}",
                f"it finds {total} records, the store has {live}",
            ),
            _check(
                f"{asker.name}: finding",
                not lost,
                f"{asked} câu hỏi, có dấu và không dấu, đều tìm thấy",
                f"{asked} questions, with marks and without, all found",
                f"không tìm thấy: {_some(lost)}",
                f"not found: {_some(lost)}",
            ),
        ]

    def _look_for(self, asker: Asker, truth: _Truth, sample: int) -> tuple[list[str], int]:
        """(questions that did not find their record, questions asked)."""
        live = sorted(truth.live)
        chosen = live[:: max(1, len(live) // sample)][:sample] if live else []
        lost: list[str] = []
        asked = 0
        with self._store.read() as session:
            records = Clusters(session).many(chosen)
        for record in records:
            for point, text in questions(record.public_id, record.marc):
                asked += 1
                total, ids = asker.find(point, text)
                if total == 0 or (record.public_id not in ids and total <= len(ids)):
                    lost.append(f"{record.public_id} ({point} {text!r})")
        return lost, asked


def check_names(checks: Sequence[Check]) -> Mapping[str, bool]:
    """Check → whether it passed, for scripts."""
    return {check.name: check.ok for check in checks}


def _check(name: str, ok: bool, good_vi: str, good_en: str, bad_vi: str, bad_en: str) -> Check:
    return Check(name, ok, good_vi if ok else bad_vi, good_en if ok else bad_en)


def _bad(name: str, vi: str, en: str) -> Check:
    return Check(name, False, vi, en)


def _shown(cluster: ClusterId) -> str:
    return f"uc{cluster:08d}"


def _ids(clusters: Sequence[ClusterId]) -> str:
    return _some([_shown(cluster) for cluster in clusters])


def _some(texts: Sequence[str]) -> str:
    more = f", … ({len(texts)})" if len(texts) > _SHOWN else ""
    return ", ".join(texts[:_SHOWN]) + more


def _chunks(ids: Iterator[ClusterId], size: int = 500) -> Iterator[list[ClusterId]]:
    chunk: list[ClusterId] = []
    for each in ids:
        chunk.append(each)
        if len(chunk) == size:
            yield chunk
            chunk = []
    if chunk:
        yield chunk
