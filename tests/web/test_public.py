"""Readers' pages: search, record, other forms, and what happens to ids that are no more."""

from __future__ import annotations

import re

import pytest
from flask.testing import FlaskClient
from lxml import etree, html

from unioncat.marc import Field, Indicators, Record, Subfield
from unioncat.model import public_id
from unioncat.web.display import title_of

PAGES = (
    "/",
    "/search",
    "/search?q=ben+tre",
    "/search?q=%22ben+tre%22&library=VN-BT&year=1990-2005&sort=title",
    "/search/advanced",
    "/search?f=author&m=all&t=son+nam&b=and&f=year&t=2004&m=all&b=and",
    "/record/uc00000013",
    "/record/uc00000013/marc",
    "/record/uc00000013/cite",
    "/library",
    "/library/VN-BT",
    "/library/VN-BT/search?q=ben+tre",
    "/local-history",
    "/list",
    "/list?id=uc00000001,uc00000002",
    "/feeds",
    "/feeds/print",
    "/feeds/print?in=VN-BT",
    "/help",
    "/help/machines",
)


def tree(client: FlaskClient, address: str) -> html.HtmlElement:
    answer = client.get(address)
    assert answer.status_code == 200, (address, answer.status_code)
    return html.fromstring(answer.get_data(as_text=True))


@pytest.mark.parametrize("language", ["vi", "en"])
@pytest.mark.parametrize("address", PAGES)
def test_every_page_speaks_both_languages(client: FlaskClient, address: str, language: str) -> None:
    page = tree(client, f"{address}{'&' if '?' in address else '?'}lang={language}")
    assert page.get("lang") == language
    assert len(page.xpath("//h1")) == 1
    assert page.xpath("//main")
    assert page.xpath("//title/text()")
    ids = page.xpath("//@id")
    assert len(ids) == len(set(ids)), "an id stands twice"
    for label in page.xpath("//label/@for"):
        assert label in ids
    assert not page.xpath("//*[@style or @onclick or @onload]"), "CSP forbids inline style and script"
    assert not [
        one for one in page.xpath("//script") if not one.get("src") and one.get("type") != "application/ld+json"
    ]


def test_titles_are_found_without_marks(client: FlaskClient) -> None:
    titles = [
        text.text_content() for text in tree(client, "/search?q=dia+chi+ben+tre").xpath("//h2[@class='hit-title']")
    ]
    assert any("Địa chí Bến Tre" in title for title in titles)


def test_a_result_says_at_a_glance_which_libraries_have_it(client: FlaskClient) -> None:
    hit = next(
        one
        for one in tree(client, "/search?q=dia+chi+ben+tre").xpath("//article[@class='hit']")
        if "Địa chí Bến Tre" in one.text_content() and "1991" in one.text_content()
    )
    libraries = hit.xpath(".//ul[@class='has']/li")
    assert len(libraries) == 4
    assert "Thư viện Nguyễn Đình Chiểu tỉnh Bến Tre" in libraries[0].text_content()
    assert "và 1 thư viện nữa" in libraries[-1].text_content()


def test_facets_narrow_and_are_taken_away_again(client: FlaskClient) -> None:
    page = tree(client, "/search?q=ben+tre")
    link = next(one for one in page.xpath("//a[@class='choice']") if "Ba Tri" in one.text_content())
    count = int(link.xpath(".//*[@class='choice-count']")[0].text_content())
    narrowed = tree(client, link.get("href"))
    assert len(narrowed.xpath("//article[@class='hit']")) == count
    away = narrowed.xpath("//ul[@class='ticked']//a/@href")
    assert away == ["/search?q=ben+tre"]


def test_years_are_a_histogram_and_a_form(client: FlaskClient) -> None:
    page = tree(client, "/search?q=ben+tre")
    bars = page.xpath("//*[@class='years']//a/@href")
    assert bars
    assert all(re.search(r"year=\d{4}-\d{4}", one) for one in bars)
    assert tree(client, bars[0]).xpath("//article[@class='hit']")


def test_pages_go_on_and_end(client: FlaskClient) -> None:
    first = tree(client, "/search?sort=title")
    assert len(first.xpath("//article[@class='hit']")) == 20
    following = first.xpath("//a[@rel='next']/@href")[0]
    assert "page=2" in following
    assert tree(client, following).xpath("//ol[@class='hits']/@start") == ["21"]
    far = client.get("/search?page=400")
    assert far.status_code == 302
    assert "page=400" not in far.headers["Location"]


def test_a_search_that_cannot_be_is_a_sentence(client: FlaskClient) -> None:
    answer = client.get("/search?f=nosuch&t=x")
    assert answer.status_code == 400
    assert "<h1" in answer.get_data(as_text=True)


@pytest.mark.parametrize(
    "address",
    ["/search?page=-1", "/search?page=99999999999999", "/search?year=abc", "/search?year=9-2-3", "/search?q=%00%01",
     "/search?q=" + "a" * 3000, "/search?sort=nothing", "/search?f=title", "/search?f=title&t=&m=zzz&b=zzz",
     "/search?library=%27%3B--", "/search?q=%22", "/search?q=((((", "/search?q=*", "/suggest?q=%F0", "/list?id=x,,uc1"],
)  # fmt: skip
def test_odd_requests_get_a_page(client: FlaskClient, address: str) -> None:
    assert client.get(address).status_code in {200, 302, 400}


def test_the_record_page_shows_holdings_by_library(client: FlaskClient) -> None:
    page = tree(client, "/record/uc00000013")
    shelves = page.xpath("//li[@class='shelf']")
    assert len(shelves) == 4
    first = shelves[0].text_content()
    assert "915.9786 Đ013" in first
    assert "Kho địa chí" in first
    assert shelves[0].xpath(".//a[starts-with(@href, 'https://opac.bentre.example/record?id=')]/@href") == [
        "https://opac.bentre.example/record?id=1013"
    ]
    others = page.xpath("//section[@class='others']//a/@href")
    assert others == ["/record/uc00000014"]


def test_the_marc_view_has_labels_and_provenance(client: FlaskClient) -> None:
    rows = {
        row.xpath("./th")[0].text_content(): row for row in tree(client, "/record/uc00000013/marc").xpath("//tbody/tr")
    }
    assert "Nhan đề và thông tin trách nhiệm" in rows["245"].text_content()
    assert rows["245"].xpath(".//*[@class='sub']/@title")[0] == "nhan đề chính"
    assert "bt/13" in rows["008"].text_content()


@pytest.mark.parametrize(
    ("suffix", "kind", "part"),
    [
        ("mrc", "application/marc", "Địa chí Bến Tre"),
        ("xml", "application/marcxml+xml; charset=utf-8", "<record"),
        ("json", "application/marc-in-json; charset=utf-8", '"leader"'),
        ("dc", "application/xml; charset=utf-8", "dc:title"),
    ],
)
def test_other_forms_by_suffix(client: FlaskClient, suffix: str, kind: str, part: str) -> None:
    answer = client.get(f"/record/uc00000013.{suffix}")
    assert answer.status_code == 200
    assert answer.headers["Content-Type"] == kind
    assert part in answer.get_data(as_text=True)
    assert "attachment" in answer.headers["Content-Disposition"]


@pytest.mark.parametrize(
    ("accept", "kind"),
    [
        ("text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", "text/html"),
        ("*/*", "text/html"),
        ("application/marcxml+xml", "application/marcxml+xml"),
        ("application/xml", "application/marcxml+xml"),
        ("application/json;q=0.9, text/html;q=0.1", "application/marc-in-json"),
        ("application/marc", "application/marc"),
        ("image/png", "text/html"),
    ],
)
def test_other_forms_by_accept(client: FlaskClient, accept: str, kind: str) -> None:
    answer = client.get("/record/uc00000013", headers={"Accept": accept})
    assert answer.mimetype == kind
    assert "Accept" in answer.headers["Vary"]


def test_an_id_that_was_merged_away_leads_to_its_heir(client: FlaskClient, province) -> None:  # type: ignore[no-untyped-def]
    old, heir = public_id(province.merged), public_id(province.first)
    for tail in ("", ".xml", "/marc", "/cite"):
        answer = client.get(f"/record/{old}{tail}?lang=en")
        assert answer.status_code == 301
        assert answer.headers["Location"] == f"/record/{heir}{tail}?lang=en"


def test_a_deleted_record_says_so(client: FlaskClient, province) -> None:  # type: ignore[no-untyped-def]
    for tail in ("", ".xml", "/marc", "/cite"):
        answer = client.get(f"/record/{public_id(province.gone)}{tail}")
        assert answer.status_code == 410
        assert "Lục Vân Tiên" in answer.get_data(as_text=True)


@pytest.mark.parametrize("name", ["uc99999999", "nonsense", "uc1", "uc00000013.exe", "..%2f..%2fetc"])
def test_what_never_was_is_not_found(client: FlaskClient, name: str) -> None:
    assert client.get(f"/record/{name}").status_code == 404


def test_no_field_can_bring_script_into_a_page(client: FlaskClient, province) -> None:  # type: ignore[no-untyped-def]
    number = public_id(province.hostile)
    for address in (f"/record/{number}", f"/record/{number}/marc", f"/record/{number}/cite", "/", "/search?q=alert",
                    "/local-history", "/feeds/print", f"/list?id={number}", "/library/VN-BT",
                    "/search?q=<script>alert(1)</script>", "/search?f=title&t=<script>alert(1)</script>"):  # fmt: skip
        page = html.fromstring(client.get(address).get_data(as_text=True))
        assert not page.xpath("//img[@onerror]"), address
        assert not [
            one for one in page.xpath("//script") if not one.get("src") and "ld+json" not in one.get("type", "")
        ]
        assert not [one for one in page.xpath("//@href") if one.strip().lower().startswith(("javascript:", "data:"))]
        for block in page.xpath("//script[@type='application/ld+json']/text()"):
            assert "<" not in block


def test_headers_of_every_answer(client: FlaskClient) -> None:
    headers = client.get("/").headers
    assert "script-src 'self'" in headers["Content-Security-Policy"]
    assert "unsafe" not in headers["Content-Security-Policy"]
    assert "frame-ancestors 'none'" in headers["Content-Security-Policy"]
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["X-Frame-Options"] == "DENY"


def test_a_member_page_may_be_framed(client: FlaskClient) -> None:
    for address in ("/library/VN-BT", "/library/VN-BT/search?q=a"):
        headers = client.get(address).headers
        assert "frame-ancestors *" in headers["Content-Security-Policy"]
        assert "X-Frame-Options" not in headers


def test_a_member_page_shows_what_the_library_says_but_no_script(client: FlaskClient) -> None:
    text = client.get("/library/VN-BT").get_data(as_text=True)
    assert "Thứ hai đến thứ sáu: 7:30–17:00" in text
    assert "javascript:" not in text
    assert "The public library of the province" in client.get("/library/VN-BT?lang=en").get_data(as_text=True)
    assert client.get("/library/NOSUCH").status_code == 404


def test_the_language_is_kept(client: FlaskClient) -> None:
    assert 'lang="vi"' in client.get("/", headers={"Accept-Language": "en-US"}).get_data(as_text=True)
    assert 'lang="en"' in client.get("/?lang=en").get_data(as_text=True)
    assert 'lang="en"' in client.get("/help").get_data(as_text=True)
    assert 'lang="vi"' in client.get("/help?lang=vi").get_data(as_text=True)
    assert client.get("/?lang=xx").status_code == 200


def test_the_first_load_is_small(client: FlaskClient, capsys: pytest.CaptureFixture[str]) -> None:
    """Bytes of a first visit without any compression: page, sheet, script, pictures."""
    for address in ("/", "/search?q=ben+tre", "/record/uc00000013"):
        answer = client.get(address)
        total = len(answer.get_data())
        page = html.fromstring(answer.get_data(as_text=True))
        assets = set(page.xpath("//link[@rel='stylesheet' or @rel='icon']/@href | //script/@src | //img/@src"))
        assets.add(page.xpath("string(//use/@href)").split("#")[0] or "/static/icons.svg")
        assets.add("/static/waves.svg")
        for one in assets:
            with client.get(one) as asset:
                total += len(asset.get_data())
        with capsys.disabled():
            print(f"first load of {address}: {total:,} bytes")
        assert total <= 100_000


def test_static_files_may_be_kept(client: FlaskClient) -> None:
    address = html.fromstring(client.get("/").get_data(as_text=True)).xpath("//link[@rel='stylesheet']/@href")[0]
    assert re.search(r"\?v=[0-9a-f]{10}$", address)
    with client.get(address) as answer:
        assert "max-age=" in answer.headers["Cache-Control"]


def test_health_readiness_metrics(client: FlaskClient) -> None:
    assert client.get("/healthz").json == {"status": "ok", "version": "0.1.0"}
    assert client.get("/readyz").json == {"status": "ok", "checks": {"store": "ok", "index": "ok"}}
    client.get("/record/uc00000013")
    text = client.get("/metrics").get_data(as_text=True)
    assert 'unioncat_http_answers_total{endpoint="records.page",method="GET",status="200"}' in text
    assert 'unioncat_catalogue{what="members"} 5.0' in text


def test_errors_have_a_page_and_a_json_form(client: FlaskClient) -> None:
    page = client.get("/no/such/page")
    assert page.status_code == 404
    assert "Không có trang này" in page.get_data(as_text=True)
    problem = client.get("/no/such/page", headers={"Accept": "application/json"})
    assert problem.mimetype == "application/problem+json"
    assert problem.json["status"] == 404
    assert client.post("/").status_code in {400, 405}


def test_lists_are_taken_in_one_file(client: FlaskClient, province) -> None:  # type: ignore[no-untyped-def]
    ids = ",".join(public_id(one) for one in (province.first, province.merged, province.gone, province.hostile))
    table = client.get(f"/list.csv?id={ids}").get_data(as_text=True)
    assert len(table.strip().splitlines()) == 3
    assert "'" + "<" not in table
    marcxml = etree.fromstring(client.get(f"/list.xml?id={ids}").get_data())
    assert len(marcxml) == 2
    assert client.get(f"/list.mrc?id={ids}").get_data().count(b"\x1d") == 2
    assert client.get("/list.exe").status_code == 404


def test_feeds_are_atom(client: FlaskClient) -> None:
    for address in (
        "/feeds/new.atom",
        "/feeds/library/VN-BT.atom",
        "/feeds/search.atom?q=ben+tre&subject=L%E1%BB%8Bch+s%E1%BB%AD",
    ):
        answer = client.get(address)
        assert answer.mimetype == "application/atom+xml"
        feed = etree.fromstring(answer.get_data())
        entries = feed.findall("{http://www.w3.org/2005/Atom}entry")
        assert entries
        assert len({entry.findtext("{http://www.w3.org/2005/Atom}id") for entry in entries}) == len(entries)
    again = client.get("/feeds/new.atom", headers={"If-Modified-Since": "Fri, 01 Jan 2100 00:00:00 GMT"})
    assert again.status_code == 304
    assert client.get("/feeds/library/NOSUCH.atom").status_code == 404
    assert client.get("/feeds/search.atom?f=nosuch&t=x").status_code == 400


def test_a_bibliography_stands_in_vietnamese_order(client: FlaskClient) -> None:
    letters = [one.text_content() for one in tree(client, "/feeds/print").xpath("//h2[@class='letter']")]
    known = [letter for letter in letters if letter in "ABCDĐEGHKLMNPQSTUVX"]
    assert known == sorted(known, key="ABCDĐEGHKLMNPQSTUVX".index)
    assert "Đ" in known


def test_the_sitemap_names_every_live_record_once(client: FlaskClient, province) -> None:  # type: ignore[no-untyped-def]
    space = "{http://www.sitemaps.org/schemas/sitemap/0.9}"
    index = etree.fromstring(client.get("/sitemap.xml").get_data())
    found: list[str] = []
    for address in index.iter(f"{space}loc"):
        part = etree.fromstring(client.get((address.text or "").removeprefix("http://localhost")).get_data())
        found += [one.text or "" for one in part.iter(f"{space}loc")]
    records = [one for one in found if "/record/" in one]
    assert len(records) == len(set(records)) == province.count
    assert "http://localhost/library/VN-BT" in found
    assert client.get("/sitemap-99.xml").status_code == 404
    assert "Sitemap: http://localhost/sitemap.xml" in client.get("/robots.txt").get_data(as_text=True)


def test_browsers_can_offer_the_search(client: FlaskClient) -> None:
    description = etree.fromstring(client.get("/opensearch.xml").get_data())
    assert "{searchTerms}" in etree.tostring(description, encoding="unicode")
    assert client.get("/suggest?q=ben+t&form=opensearch").json[0] == "ben t"


def test_local_history_goes_by_district_and_theme(client: FlaskClient) -> None:
    page = tree(client, "/local-history")
    assert page.xpath("//ul[@class='tiles']//a")
    assert page.xpath("//section[@aria-labelledby='themes']//a")
    link = page.xpath("//ul[@class='tiles']//a/@href")[0]
    assert tree(client, link).xpath("//article[@class='hit']")
    assert client.get("/dia-chi").headers["Location"] == "/local-history"


@pytest.mark.parametrize("value", ["=1+1", "+1", "-1", "@x", "\t=1"])
def test_a_cell_is_never_a_formula(value: str) -> None:
    from unioncat.web.safe_table import csv_bytes, safe_cell

    assert safe_cell(value) == "'" + value
    assert safe_cell(-1) == "-1"
    assert csv_bytes([[value]]).decode("utf-8-sig").strip('"\r\n').startswith("'")


@pytest.mark.parametrize(
    ("fields", "shown"),
    [
        ((("a", "Toàn tập."), ("n", "Tập 2 /")), "Toàn tập. Tập 2"),
        ((("a", "Toàn tập"), ("n", "Tập 2")), "Toàn tập. Tập 2"),
        ((("a", "Ai đã đặt tên cho dòng sông?"), ("n", "Tập 1")), "Ai đã đặt tên cho dòng sông? Tập 1"),
        ((("a", "Truyện Kiều /"),), "Truyện Kiều"),
    ],
)
def test_a_part_follows_one_full_stop(fields: tuple[tuple[str, str], ...], shown: str) -> None:
    record = Record()
    record.fields.append(Field("245", Indicators("1", "0"), [Subfield(code, value) for code, value in fields]))
    assert title_of(record) == shown
