from __future__ import annotations

import threading
import time
from pathlib import Path

import pytest

from protocols.z3950.pqf import parse_pqf
from unioncat.marc.iso2709 import Iso2709
from unioncat.model import BadQuery, ConfigError, NotFound, RawRecord, SourceUnavailable, WrongUse
from unioncat.model.target import Target, TargetAnswer, TargetQuery
from unioncat.search.query import And, Term
from unioncat.services.copy_cataloguing import CopyCataloguing, Wish, own_query, target_query
from unioncat.services.formats import Formats
from unioncat.services.targets import Targets

RECORD = b"00067nam a2200049   4500001000300000245001000003\x1en1\x1e00\x1fatitle\x1e\x1d"


class Scripted:
    """Answers, fails or takes its time, by the code of the target."""

    def __init__(self) -> None:
        self.let_go = threading.Event()
        self.asked: list[TargetQuery] = []

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
        self.asked.append(query)
        if target.code == "slow":
            self.let_go.wait(10)
        if target.code == "down":
            raise SourceUnavailable("down: nobody there")
        if target.code == "fussy":
            raise BadQuery("target", "114", "fussy: does not take the query")
        raws = (RawRecord("iso2709", RECORD, 1), RawRecord("iso2709", b"rubbish", 2))
        return TargetAnswer(2, raws, start, ("a warning",))


@pytest.fixture
def scripted() -> Scripted:
    return Scripted()


@pytest.fixture
def desk(scripted: Scripted) -> CopyCataloguing:
    targets = Targets(Target(code, code, "z3950", f"{code}:210/x") for code in ("good", "slow", "down", "fussy"))
    return CopyCataloguing(None, targets, {"z3950": scripted}, Formats({"iso2709": Iso2709()}, {}))


def test_columns_side_by_side_by_the_deadline(desk: CopyCataloguing, scripted: Scripted) -> None:
    began = time.monotonic()
    columns = desk.search(Wish(title="x"), ["slow", "good", "down", "fussy", "good"], seconds=0.5)
    assert time.monotonic() - began < 2
    scripted.let_go.set()
    assert [column.code for column in columns] == ["slow", "good", "down", "fussy"]
    slow, good, down, fussy = columns
    assert slow.total is None
    assert "0.5 s" in slow.error
    assert good.total == 2
    assert [bool(hit.record) for hit in good.hits] == [True, False]
    assert good.hits[1].problem
    assert good.warnings == ("a warning",)
    assert down.error == "down: nobody there"
    assert "does not take" in fussy.error


def test_wishes_as_queries() -> None:
    wish = Wish(title='Truyện "Kiều"', author="Nguyễn Du", isbn="9786049123450")
    query = target_query(wish)
    parse_pqf(query.pqf)
    assert query.pqf.startswith('@and @and @attr 1=7 "9786049123450" @attr 1=4 @attr 4=6 "Truyện \\"Kiều\\""')
    assert query.cql == (
        'bath.isbn = "9786049123450" and dc.title all "Truyện \\"Kiều\\"" and dc.creator all "Nguyễn Du"'
    )
    own = own_query(wish)
    assert isinstance(own, And)
    assert [part.access_point for part in own.children if isinstance(part, Term)] == ["isbn", "title", "author"]
    with pytest.raises(WrongUse):
        target_query(Wish(title="  "))


def test_one_target_raises_what_went_wrong(desk: CopyCataloguing) -> None:
    with pytest.raises(SourceUnavailable):
        desk.search_one(desk.targets.get("down"), TargetQuery("x"))
    with pytest.raises(ConfigError, match="sru"):
        desk.search_one(Target("x", "x", "sru", "http://x"), TargetQuery("x"))
    with pytest.raises(WrongUse):
        desk.search(Wish(title="x"), [f"host{number}:1/x" for number in range(21)])
    with pytest.raises(NotFound):
        desk.search(Wish(title="x"), ["nobody"])


def test_shipped_targets_are_sound() -> None:
    found = Targets.load().all()
    assert {"loc", "nlv"} <= {target.code for target in found}
    for target in found:
        assert target.protocol in ("z3950", "sru")
        assert target.address.startswith("http") == (target.protocol == "sru")
        assert target.name
        assert target.name_en


def test_own_targets_replace_shipped_ones_and_addresses_will_do(tmp_path: Path) -> None:
    (tmp_path / "targets.csv").write_text(
        "code,name,protocol,address,quirks,credentials\n"
        "loc,Ours,z3950,localhost:99/x,batch=5 timeout=3,env:SECRET\n"
        "nlv,,z3950,,,\n",
        encoding="utf-8",
    )
    targets = Targets.load(tmp_path)
    assert targets.get("loc").address == "localhost:99/x"
    assert targets.get("loc").quirks == {"batch": "5", "timeout": "3"}
    assert targets.get("loc").credentials == "env:SECRET"
    with pytest.raises(NotFound):
        targets.get("nlv")
    assert targets.get("z.example:210/db").protocol == "z3950"
    assert targets.get("https://z.example/sru").protocol == "sru"


@pytest.mark.parametrize(
    "text",
    [
        "name\nx\n",
        "code,protocol,address\n,z3950,x\n",
        "code,protocol,address\nx,gopher,x\n",
        "code,protocol,address,quirks\nx,sru,http://x,batch\n",
    ],
)
def test_broken_tables_say_where(tmp_path: Path, text: str) -> None:
    (tmp_path / "targets.csv").write_text(text, encoding="utf-8")
    with pytest.raises(ConfigError, match=r"targets\.csv"):
        Targets.load(tmp_path)
