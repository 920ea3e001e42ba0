"""The registry of formats: recognising, opening and unpacking."""

from __future__ import annotations

import gzip
import io
import tarfile
import zipfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from unioncat.marc import Field, Indicators, Record, Subfield, to_iso2709, to_json, to_marcxml, to_mrk, values
from unioncat.marc.formats import ExportFormat, ReadFormat
from unioncat.model import BadRecord, RawRecord, UnreadableInput
from unioncat.services import unpacking
from unioncat.services.formats import Formats

FORMATS = Formats.load()


def book(title: str = "Truyện Kiều") -> Record:
    record = Record(leader="00000nam a2200000 i 4500")
    record.add_field(Field("001", data="42"), Field("245", Indicators("0", "0"), [Subfield("a", title)]))
    return record


BOOKS = {
    "iso2709": to_iso2709(book()),
    "marcxml": b"<collection>" + to_marcxml(book()) + b"</collection>",
    "marcjson": to_json(book()),
    "mrk": to_mrk(book()),
}


def titles(path: Path, format: str = "") -> list[str]:
    found = []
    for one in FORMATS.open(path, format):
        assert one.raw is not None
        found += [one.refused] if one.refused else values(FORMATS.parse(one.raw).record, "245$a")
    return found


def test_the_built_in_formats_are_registered() -> None:
    assert {"iso2709", "marcxml", "marcjson", "mrk", "aleph", "isis", "oai_dc"} <= set(FORMATS.read)
    assert {"marcxml", "iso2709", "marcjson", "mrk"} <= set(FORMATS.export)
    assert all(isinstance(one, ReadFormat) for one in FORMATS.read.values())
    assert all(isinstance(one, ExportFormat) for one in FORMATS.export.values())
    assert all(name == one.name for name, one in (*FORMATS.read.items(), *FORMATS.export.items()))


@pytest.mark.parametrize("name", BOOKS)
def test_content_decides_not_the_name(name: str, tmp_path: Path) -> None:
    path = tmp_path / "export.csv"
    path.write_bytes(BOOKS[name])
    assert FORMATS.sniff(path) == FORMATS.sniff(BOOKS[name]) == name
    assert titles(path) == titles(path, name) == ["Truyện Kiều"]


@pytest.mark.parametrize("name", BOOKS)
def test_packed_files(name: str, tmp_path: Path) -> None:
    packed = tmp_path / "x.gz"
    packed.write_bytes(gzip.compress(BOOKS[name]))
    assert (FORMATS.sniff(packed), titles(packed)) == (name, ["Truyện Kiều"])
    with zipfile.ZipFile(tmp_path / "x.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a/b.dat", BOOKS[name])
    assert (FORMATS.sniff(tmp_path / "x.zip"), titles(tmp_path / "x.zip")) == (name, ["Truyện Kiều"])
    for mode in ("w", "w:gz"):
        with tarfile.open(tmp_path / "x.tar", mode) as tar:
            info = tarfile.TarInfo("../../etc/x")
            info.size = len(BOOKS[name])
            tar.addfile(info, io.BytesIO(BOOKS[name]))
        assert (FORMATS.sniff(tmp_path / "x.tar"), titles(tmp_path / "x.tar")) == (name, ["Truyện Kiều"])


def test_each_file_of_an_archive_is_taken_by_its_content(tmp_path: Path) -> None:
    path = tmp_path / "x.zip"
    with zipfile.ZipFile(path, "w") as archive:
        for name, data in BOOKS.items():
            archive.writestr(name, data)
        archive.writestr("picture.png", b"\x89PNG\r\n\x1a\n" + bytes(100))
        archive.writestr("__MACOSX/._x", b"\x00\x05\x16\x07")
    found = list(FORMATS.open(path))
    assert [one.raw.position for one in found if one.raw] == [1, 2, 3, 4, 5]
    assert [one.raw.format for one in found if one.raw] == ["iso2709", "marcxml", "marcjson", "mrk", ""]
    assert [one.refused is not None for one in found] == [False] * 4 + [True]
    assert found[-1].refused is not None
    assert found[-1].refused.startswith("picture.png is in no format")


def test_sentences_for_what_cannot_be_opened(tmp_path: Path) -> None:
    with pytest.raises(UnreadableInput, match="cannot open"):
        FORMATS.sniff(tmp_path / "missing.mrc")
    with pytest.raises(UnreadableInput, match="cannot open"):
        FORMATS.sniff(tmp_path)
    (tmp_path / "empty").write_bytes(b"\r\n")
    with pytest.raises(UnreadableInput, match="empty"):
        FORMATS.sniff(tmp_path / "empty")
    (tmp_path / "x.pdf").write_bytes(b"%PDF-1.4 \x00\x01\x02\x03" * 20)
    with pytest.raises(UnreadableInput, match=r"x\.pdf is in no format that can be read here \(.*iso2709.*\)"):
        FORMATS.sniff(tmp_path / "x.pdf")
    with pytest.raises(UnreadableInput, match="no format 'doc'"):
        list(FORMATS.open(tmp_path / "x.pdf", "doc"))
    with pytest.raises(BadRecord, match="no reader"):
        FORMATS.parse(RawRecord("doc", b"x", 7))


@given(st.binary(max_size=500), st.text(max_size=10))
def test_recognising_never_fails_otherwise(head: bytes, name: str) -> None:
    for reader in FORMATS.read.values():
        assert 0.0 <= reader.sniff(head, name) <= 1.0
    try:
        assert FORMATS.sniff(head, name) in FORMATS.read
    except UnreadableInput as error:
        assert str(error)  # noqa: PT017 - either is right


def test_bombs_are_refused_where_they_pass_the_limit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(unpacking, "FREE", 1_000_000)
    record = to_iso2709(book("x" * 9000))
    bomb = record * 5000  # 45 MB, packs to some 0.1 MB
    (tmp_path / "x.gz").write_bytes(gzip.compress(bomb))
    with zipfile.ZipFile(tmp_path / "x.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("x", bomb)
    for name in ("x.gz", "x.zip"):
        records = FORMATS.open(tmp_path / name)
        assert all(next(records).refused is None for _ in range(50))
        with pytest.raises(UnreadableInput, match="unfolds to more than"):
            list(records)


def test_archives_of_too_many_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(unpacking, "MEMBERS", 3)
    with zipfile.ZipFile(tmp_path / "x.zip", "w") as archive:
        for number in range(4):
            archive.writestr(str(number), BOOKS["mrk"])
    with pytest.raises(UnreadableInput, match="holds 4 files"):
        list(FORMATS.open(tmp_path / "x.zip"))
    with tarfile.open(tmp_path / "x.tar", "w") as tar:
        for number in range(4):
            info = tarfile.TarInfo(str(number))
            info.size = len(BOOKS["mrk"])
            tar.addfile(info, io.BytesIO(BOOKS["mrk"]))
    with pytest.raises(UnreadableInput, match="more than 3 files"):
        list(FORMATS.open(tmp_path / "x.tar"))


@pytest.mark.parametrize("kind", ["gz", "zip", "tar.gz"])
def test_damaged_archives_give_what_is_whole(kind: str, tmp_path: Path) -> None:
    path = tmp_path / f"x.{kind}"
    data = b"".join(to_iso2709(book(f"Cuốn {number} {hash(str(number))}")) for number in range(3000))
    if kind == "gz":
        path.write_bytes(gzip.compress(data))
    elif kind == "zip":
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr("x", data)
    else:
        with tarfile.open(path, "w:gz") as tar:
            info = tarfile.TarInfo("x")
            info.size = len(data)
            tar.addfile(info, io.BytesIO(data))
    whole = path.read_bytes()
    middle = len(whole) // 2
    path.write_bytes(whole[:middle] + bytes(64) + whole[middle + 64 :] if kind == "zip" else whole[:middle])
    with pytest.raises(UnreadableInput, match="damaged"):
        list(FORMATS.open(path))


def test_a_large_file_is_read_in_flat_memory(tmp_path: Path) -> None:
    import tracemalloc

    path = tmp_path / "x.mrc.gz"
    record = to_iso2709(book("x" * 2000))
    with gzip.open(path, "wb", compresslevel=1) as target:
        for _ in range(40):
            target.write(record * 500)  # 42 MB in all
    tracemalloc.start()
    count = sum(1 for one in FORMATS.open(path) if one.refused is None)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert count == 20_000
    assert peak < 10_000_000
