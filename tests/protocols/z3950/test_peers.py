"""Real clients: yaz-client, zoomsh and perl's ZOOM against our server, as librarians and their systems use them."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NoReturn
from unicodedata import normalize

import pytest

sys.path.insert(0, str(Path(__file__).parent))
from z_catalogue import make_parts, served
from z_contributor import MemoryContributor

pytestmark = pytest.mark.peer

Yaz = Callable[..., str]


@pytest.fixture(scope="module")
def contributor() -> MemoryContributor:
    return MemoryContributor()


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory, contributor: MemoryContributor) -> Iterator[str]:
    with served(make_parts(tmp_path_factory.mktemp("index"), contributor=contributor)) as (host, port):
        yield f"{host}:{port}"


@pytest.fixture
def yaz(address: str, need_program: Callable[[str], str], tmp_path: Path) -> Yaz:
    program = need_program("yaz-client")

    def run(*commands: str, base: str = "Default", before: tuple[str, ...] = ()) -> str:
        script = tmp_path / "commands"
        lines = (*before, f"open {address}/{base}", *commands, "quit")
        script.write_text("\n".join(lines) + "\n", encoding="utf-8")
        done = subprocess.run(
            [program, "-f", str(script)],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            timeout=60,
            check=False,
            stdin=subprocess.DEVNULL,
        )
        return done.stdout.decode("utf-8", "replace")

    return run


def hits(text: str) -> list[int]:
    return [int(line.split(":")[1].split(",")[0]) for line in text.splitlines() if line.startswith("Number of hits")]


SENT_BY_CLIENTS = (
    # Koha
    ("@attr 1=7 @attr 5=1 9786049123450", 1),
    ("@attr 1=7 @attr 5=1 97860491", 1),
    ("@attr 1=7 978-604-9123-45-0", 1),
    ("@attr 1=8 @attr 5=1 1234-5678", 0),
    ("@attr 1=4 kiều", 2),
    ('@attr 1=4 "truyện kiều"', 2),
    ("@attr 1=1003 nguyễn", 5),
    ('@attr 1=21 "cây dừa"', 2),
    ("@attr 1=12 uc00000001", 1),
    ("@attr 1=1016 dừa", 2),
    ("@attr 1=1007 9786049123450", 1),
    ("@attr 1=31 1999", 1),
    ("@attr 1=31 @attr 2=4 2005", 4),
    ("@attr 1=31 @attr 2=1 1960", 1),
    ("@attr 1=16 @attr 2=3 @attr 3=1 @attr 4=1 @attr 5=1 @attr 6=1 QA76", 0),
    ('@and @attr 1=4 dừa @attr 1=1003 "lư văn hội"', 1),
    ("@attr 1=54 eng", 2),
    # Evergreen
    ('@attr 1=4 @attr 4=6 "kiều truyện"', 2),
    ('@attr 1=4 @attr 4=1 "truyện kiều"', 2),
    ('@attr 1=4 @attr 4=1 "kiều truyện"', 0),
    ('@attr 1=4 @attr 4=6 @attr 5=1 "tru kiề"', 2),
    # Bath level 0 and 1: keyword, exact, first words, truncated
    ("@attr 1=4 @attr 2=3 @attr 3=3 @attr 4=2 @attr 5=100 @attr 6=1 kieu", 2),
    ('@attr 1=4 @attr 2=3 @attr 3=1 @attr 4=1 @attr 5=100 @attr 6=3 "truyen kieu"', 1),
    ('@attr 1=4 @attr 2=3 @attr 3=1 @attr 4=1 @attr 5=100 @attr 6=1 "truyen kieu"', 2),
    ("@attr 1=4 @attr 2=3 @attr 3=3 @attr 4=2 @attr 5=1 @attr 6=1 algo", 1),
    ('@attr 1=1003 @attr 2=3 @attr 3=1 @attr 4=1 @attr 5=1 @attr 6=1 "cormen, t"', 1),
    ('@attr 1=1016 @attr 2=3 @attr 3=3 @attr 4=2 @attr 5=100 @attr 6=1 "bến tre"', 10),
    # EndNote
    ("@attr 1=1003 @attr 5=1 @attr 4=2 cormen", 1),
    ("@attr 1=4 @attr 5=1 introduction", 1),
    ("@or @attr 1=1003 knuth @attr 1=1003 cormen", 2),
    # truncations
    ("@attr 1=4 @attr 5=2 gorithms", 1),
    ("@attr 1=4 @attr 5=3 gorithm", 1),
    ("@attr 1=4 @attr 5=101 alg#thms", 1),
    ("@attr 1=4 @attr 5=102 algo.*", 1),
    ("@attr 1=4 @attr 5=104 alg?", 1),
    ("@attr 1=4 @attr 5=104 algorithm#", 1),
    # by name, and everything
    ("@attr 1=dc.title kieu", 2),
    ("@attr 2=103 @attr 1=1016 x", 10),
    ("@attr 2=103 @attr 1=7 x", 2),
    # without marks, decomposed
    ("@attr 1=4 luc", 1),
    ("@attr 1=4 lu\u0323c", 1),
    ("@attr 1=4 Đồng", 1),
    ("@attr 1=4 dong", 1),
    # proximity
    ("@prox 0 1 1 2 k 2 @attr 1=4 truyện @attr 1=4 kiều", 2),
    ("@prox 0 1 1 2 k 2 @attr 1=4 kiều @attr 1=4 truyện", 0),
)


def test_what_clients_send(yaz: Yaz) -> None:
    shown = yaz(*[f"find {query}" for query, _ in SENT_BY_CLIENTS])
    assert dict(zip([query for query, _ in SENT_BY_CLIENTS], hits(shown), strict=True)) == dict(SENT_BY_CLIENTS)


@pytest.mark.parametrize(
    ("syntax", "elements", "expected"),
    [
        ("usmarc", "F", "245 10 $a Truyện Kiều $c Nguyễn Du"),
        ("usmarc", "B", "245 10 $a Truyện Kiều $c Nguyễn Du"),
        ("usmarc", "H", "852    $a VN-MC $b Kho mở $h 895.92 C1 $t 2"),
        ("xml", "F", '<subfield code="a">Truyện Kiều</subfield>'),
        ("xml", "marcxml", '<datafield tag="245" ind1="1" ind2="0">'),
        ("xml", "dc", "http://www.openarchives.org/OAI/2.0/oai_dc/"),
        ("sutrs", "F", "ISBN: 9786049123450"),
        ("grs-1", "F", "(2,1) Truyện Kiều"),
        ("opac", "F", "localLocation: Thư viện Cao đẳng Bến Tre"),
    ],
)
def test_each_syntax(yaz: Yaz, syntax: str, elements: str, expected: str) -> None:
    shown = yaz(f"format {syntax}", f"elements {elements}", "find @attr 1=7 9786049123450", "show 1")
    assert expected in shown
    assert "Diagnostic" not in shown


def test_an_opac_record_of_a_title_that_four_libraries_hold(yaz: Yaz) -> None:
    shown = yaz("format opac", "find @attr 1=7 9786049123450", "show 1")
    assert [
        line for line in shown.splitlines() if line.startswith(("Data holdings", "nucCode", "callNumber", "copy"))
    ] == [
        "Data holdings 0",
        "nucCode: VN-BT",
        "callNumber: 895.92 T1",
        "copyNumber: 2",
        "Data holdings 1",
        "nucCode: VN-MC",
        "callNumber: 895.92 C1",
        "copyNumber: 2",
        "Data holdings 2",
        "nucCode: VN-CD",
        "callNumber: 895.92 D1",
        "copyNumber: 2",
        "Data holdings 3",
        "nucCode: VN-TH",
        "callNumber: 895.92 H1",
        "copyNumber: 2",
    ]


def test_marc_8_by_database_name(yaz: Yaz) -> None:
    shown = yaz(
        "format usmarc", "marccharset marc8", "charset utf-8", "find @attr 1=7 9786049123450", "show 1", base="marc8"
    )
    assert "Truyện Kiều" in normalize("NFC", shown)
    shown = yaz("find @attr 1=4 kieu", base="VN-MC")
    assert hits(shown) == [2]


def test_scan_sort_delete_named_sets_and_cql(yaz: Yaz) -> None:
    shown = yaz(
        "scan @attr 1=4 kieu",
        "find @attr 1=1003 nguyen",
        "sort 1=31 >",
        "format sutrs",
        "show 1",
        "find @attr 1=4 kieu",
        "find @and @set 1 @set 2",
        "delete 1",
        "delete 9",
        "querytype cql",
        "find title=kieu and creator=du",
    )
    assert "* kieu (2)" in shown
    assert "Received SortResponse: status=success" in shown
    assert "2010" in shown
    assert hits(shown) == [5, 2, 2, 2]
    assert "Got deleteResultSetResponse status=0" in shown
    assert "9 status=1" in shown


def test_diagnostics_as_yaz_reads_them(yaz: Yaz) -> None:
    shown = yaz(
        "find @attr 1=9999 x",
        "base nosuch",
        "find x",
        "base Default",
        "find kieu",
        "format unimarc",
        "show 1",
        "show 9",
    )
    for expected in ("[114]", "[235]", "[239]", "[13]"):
        assert expected in shown
    assert hits(shown)[2] == 2


def test_explain_as_yaz_reads_it(yaz: Yaz) -> None:
    shown = yaz("format explain", "find @attr exp-1 1=1 databaseinfo", "show 1+4", base="IR-Explain-1")
    assert "databaseInfo" in shown
    assert "Nguyen Dinh Chieu Library" in shown


def test_charset_negotiation_with_yaz(yaz: Yaz) -> None:
    shown = yaz("find @attr 1=4 kiều", before=("negcharset utf-8", "neglang vie"))
    assert hits(shown) == [2]


def test_update(yaz: Yaz, contributor: MemoryContributor, tmp_path: Path) -> None:
    record = tmp_path / "record.xml"
    record.write_text(
        '<record xmlns="http://www.loc.gov/MARC21/slim"><leader>00000nam a2200000 i 4500</leader>'
        '<controlfield tag="001">bt-9</controlfield><datafield tag="245" ind1="0" ind2="0">'
        '<subfield code="a">Bến Tre ký sự</subfield></datafield></record>',
        encoding="utf-8",
    )
    refused = yaz(f"update insert 1 <{record}", base="VN-BT")
    assert "[222]" in refused
    assert contributor.kept == {}
    shown = yaz("find x", base="VN-BT", before=("authentication chieu/wrong",))
    assert "Connection rejected" in shown
    assert "code=1011" in shown
    known = ("authentication chieu/secret",)
    shown = yaz(f"update insert bt-9 <{record}", f"update replace bt-9 <{record}", base="VN-BT", before=known)
    assert shown.count("Status: done") == 2
    assert list(contributor.kept) == [("VN-BT", "bt-9")]
    shown = yaz(f"update delete bt-9 <{record}", base="VN-BT", before=known)
    assert "Status: done" in shown
    assert contributor.kept == {}
    first_edition = (
        f"update0 insert bt-9 <{record}",
        f"update0 delete bt-9 <{record}",
        f"update0 delete bt-9 <{record}",
    )
    shown = yaz(*first_edition, "itemorder ill 1", base="VN-BT", before=known)
    assert shown.count("Status: done") == 2
    assert "[224]" in shown
    assert "[221]" in shown
    shown = yaz(f"update insert 1 <{record}", base="VN-MC", before=known)
    assert "[222]" in shown


def test_zoomsh(address: str, need_program: Callable[[str], str]) -> None:
    commands = [
        f"open {address}/Default",
        "set preferredRecordSyntax usmarc",
        "find @attr 1=1003 nguyen",
        "show 0 5",
        "set preferredRecordSyntax opac",
        "find @attr 1=7 9786049123450",
        "show 0 1",
        "quit",
    ]
    done = subprocess.run(
        [need_program("zoomsh")],
        input="\n".join(commands) + "\n",
        capture_output=True,
        timeout=60,
        check=False,
        text=True,
    )
    assert "5 hits" in done.stdout
    assert done.stdout.count("245 10") >= 5
    assert "VN-TH" in done.stdout


PERL = """
use strict; use ZOOM; binmode STDOUT, ':raw';
my $c = new ZOOM::Connection($ARGV[0], 0, preferredRecordSyntax => 'usmarc', count => 2, presentChunk => 2);
my $r = $c->search_pqf('@attr 1=1003 nguyen');
print 'hits=', $r->size(), "\\n";
$r->sort('yaz', '1=31 >');
for my $i (0 .. $r->size() - 1) { print $r->record($i)->get('raw') =~ /245/ ? 'marc' : 'no', "\\n"; }
my $s = $c->scan_pqf('@attr 1=4 kieu');
my ($term, $count) = $s->term(0);
print "scan=$term $count\\n";
my $q = new ZOOM::Query::CQL('title = kieu');
print 'cql=', $c->search($q)->size(), "\\n";
eval { $c->search_pqf('@attr 1=9999 x') };
print 'error=', $@->code(), "\\n" if $@;
"""


def test_perl_zoom(address: str, need_program: Callable[[str], str], missing: Callable[[str], NoReturn]) -> None:
    perl = need_program("perl")
    if subprocess.run([perl, "-MZOOM", "-e", "1"], capture_output=True, check=False).returncode:
        missing("libnet-z3950-zoom-perl")
    done = subprocess.run([perl, "-e", PERL, f"{address}/Default"], capture_output=True, timeout=60, check=False)
    lines = done.stdout.decode().split()
    assert lines == ["hits=5", *["marc"] * 5, "scan=kieu", "2", "cql=2", "error=114"], done.stderr
