"""The other side of each pitfall: what looks alike and is one, what looks as harmless and is not; and bad records.

test_pitfalls has at least one pair a pitfall; here each has its contrary, where there is one.
"""

# ruff: noqa: E501 (a record a line reads better than one broken up)

from __future__ import annotations

import time

import pytest

from tests.match_records import DIFFERENT, MERGE, NOT_MERGE, Case, key, view
from unioncat.matching import RULESET, Verdict, cluster_views

DOYLE = ("100 $aConan Doyle", "260 $aHà Nội :$bNXB Văn học$c2019")
TOAN = ("100 $aNguyễn Đình Trí", "260 $aHà Nội :$bNxb. Giáo dục,$c2006")
TOAN_P = (*TOAN, "300 $a391 tr.")
AUSTEN = ("100 1 $aAusten, Jane,$d1775-1817.", "245 10$aSense and sensibility /$cJane Austen.")
CUP = ("260 $aCambridge ;$aNew York :$bCambridge University Press,$c2006.",)
BEAR = ("245 $aChemistry of soils", "100 $aBear, Firman", "260 $bReinhold$c1964", "300 $a515 p.")
OPEN = ("245 $aThe open society", "100 $aPopper, Karl")
SCORE = "00000ncm a2200000   4500"
ZAUBER = ("100 $aMozart, Wolfgang Amadeus", "245 $aDie Zauberflöte", "260 $bBärenreiter$c1983")
TV = ("260 $bNxb. Giáo dục$c2020", "300 $a164 tr.", "100 $aNguyễn Minh Thuyết")

CASES = (
    Case("a set beside the same set",
         view("245 $aThám tử Sherlock Holmes (Bộ 3 tập)", *DOYLE, "300 $a3 tập"),
         view("245 $aThám tử Sherlock Holmes : Bộ 3 tập", *DOYLE, "300 $a3 t."), MERGE),
    Case("a volume with the set's ISBN and its own, beside the same volume",
         view("020 $a9780521824361$q(set)", "020 $a9786042261036$q(T. 1)", "245 $aToán học cao cấp. Tập 1", *TOAN_P),
         view("020 $a9786042261036", "245 $aToán học cao cấp.$nT. 1", *TOAN_P), MERGE),
    Case("490$v is a volume where the series has the title's name",
         view("245 $aToán học cao cấp", "490 $aToán học cao cấp$vT. 2", *TOAN_P),
         view("245 $aToán học cao cấp", "490 $aToán học cao cấp$vT. 3", *TOAN_P), DIFFERENT, "volume"),
    Case("tái bản lần thứ 3 beside in lần thứ ba",
         view("250 $aTái bản lần thứ 3", "245 $aKinh tế học", *TOAN_P),
         view("250 $aIn lần thứ ba", "245 $aKinh tế học", *TOAN_P), MERGE),
    Case("tái bản in the title beside lần thứ 2 in 250",
         view("245 $aKinh tế học (Tái bản lần thứ 3)", *TOAN_P),
         view("245 $aKinh tế học", "250 $aTái bản lần 2", *TOAN_P), DIFFERENT, "edition"),
    Case("8. p. beside 8th ed.", view(*BEAR, "250 $a8. p."), view(*BEAR, "250 $a8th ed."), MERGE),
    Case("another year of issue, and no copyright that joins them",
         view("245 $aThe silent sky", "100 $aEckert, Allan W.", "260 $bLittle, Brown,$c1965.", "300 $a243 p."),
         view("245 $aThe silent sky", "100 $aEckert, Allan W.", "260 $bLandfall Press,$c1973.", "300 $a251 p."), NOT_MERGE),
    Case("a CIP record of another edition",
         view(*AUSTEN, *CUP, "250 $a2nd ed.", "300 $ap. cm.", leader="00000nam a22000008a 4500", year="2006"),
         view(*AUSTEN, *CUP, "250 $a3rd ed.", "300 $alxviii, 500 p.", year="2006"), DIFFERENT, "edition"),
    Case("two imprints that are two editions",
         view(*OPEN, "260 $aLondon :$bG. Routledge,$c1945.", "300 $av, 268 p."),
         view(*OPEN, "260 $aPrinceton :$bPrinceton University Press,$c1950.", "300 $axii, 732 p."), NOT_MERGE),
    Case("a microfilm beside the same microfilm",
         view(*AUSTEN, *CUP, "300 $a500 p.", "533 $aMicrofilm.", year="2006", form="a"),
         view(*AUSTEN, *CUP, "300 $a500 p.", "533 $aMicrofilm.$bAnn Arbor", year="2006", form="a"), MERGE),
    Case("a vocal score beside a Klavierauszug",
         view(*ZAUBER, "300 $a1 vocal score (221 p.)", leader=SCORE),
         view(*ZAUBER, "300 $a1 Klavierauszug (221 S.)", leader=SCORE), MERGE),
    Case("one translation in two libraries",
         view("245 $aLý trí và tình cảm$b= Sense and sensibility", "100 $aAusten, Jane", "260 $bNXB Văn học$c2012", "300 $a480 tr."),
         view("245 $aLí trí và tình cảm", "100 $aJane Austen", "260 $bVăn học$c2012", "300 $a480 tr."), MERGE),
    Case("two proceedings of one body and place",
         view("245 $aKỷ yếu hội thảo khoa học", "110 $aTrường Đại học Cần Thơ", "260 $bNxb. Nông nghiệp$c2010", "300 $a350 tr."),
         view("245 $aKỷ yếu hội thảo khoa học", "110 $aTrường Đại học Cần Thơ", "260 $bNXB Nông nghiệp$c2010", "300 $a350 tr."), MERGE),
    Case("one textbook, written in two ways",
         view("245 $aTiếng Việt 1. Tập 1", *TV), view("245 $aTiếng Việt 1 / T.1", *TV), MERGE),
    Case("textbook levels without volumes", view("245 $aToán 1", *TV), view("245 $aToán 2", *TV), NOT_MERGE),
    Case("another publisher, another year, the same title",
         view("245 $aTruyện Kiều", "100 $aNguyễn Du", "260 $bNxb. Trẻ$c2008", "300 $a256 tr."),
         view("245 $aTruyện Kiều", "100 $aNguyễn Du", "260 $bNxb. Giáo dục$c2015", "300 $a220 tr."), NOT_MERGE),
    Case("thuỷ beside thủy, kỷ beside kỉ, in capitals without marks",
         view("245 $aKỷ yếu thuỷ lợi miền Tây", *TOAN_P), view("245 $aKI YEU THUY LOI MIEN TAY", *TOAN_P), MERGE),
    Case("Sóng beside Sông", view("245 $aSóng", *TOAN_P), view("245 $aSông", *TOAN_P), NOT_MERGE),
    # bad records: nothing merges on what is missing
    Case("no date on one side, and little else", view("245 $aCơ học đất", "100 $aLê Quý An"), view("245 $aCơ học đất", "100 $aLê Quý An", "260 $c1977"), NOT_MERGE),
    Case("neither date nor extent nor publisher", view("245 $aCơ học đất", "100 $aLê Quý An"), view("245 $aCơ học đất", "100 $aLê Quý An"), NOT_MERGE),
    Case("a title that is empty", view("245 $a", *TOAN_P), view("245 $a", *TOAN_P), NOT_MERGE),
    Case("a title of signs", view("245 $a???", *TOAN_P), view("245 $a!!!", *TOAN_P), NOT_MERGE),
    Case("one made-up ISBN on two books", view("020 $a9780000000002", "245 $aCơ học đất", *TOAN_P), view("020 $a9780000000002", "245 $aSức bền vật liệu", *TOAN_P), DIFFERENT),
    Case("no leader to speak of", view("245 $aCơ học đất", *TOAN_P, leader="                        "), view("245 $aCơ học đất", *TOAN_P), MERGE),
    Case("years that are none", view("245 $aCơ học đất", "100 $aLê Quý An", "260 $c19uu"), view("245 $aCơ học đất", "100 $aLê Quý An", "260 $c[s.a.]"), NOT_MERGE),
)  # fmt: skip


@pytest.mark.parametrize("case", CASES, ids=[case.name for case in CASES])
def test_pitfall(case: Case) -> None:
    case.check()


def test_many_books_under_one_bought_isbn_stay_apart() -> None:
    """A publisher that prints one ISBN on all that it makes: bounded, and nobody lost."""
    pool = {
        key(f"s{place % 3}/{place:04d}"): view(
            "020 $a9786042261036", f"245 $aSách số {place} về {word}", f"260 $bNxb. Trẻ$c{1990 + place % 30}", f"300 $a{80 + place} tr."
        )
        for place, word in enumerate(f"chuyện {chr(97 + n % 26)}{chr(97 + n // 26)}" for n in range(600))
    }  # fmt: skip
    begun = time.process_time()
    found = cluster_views(pool, RULESET)
    assert sorted(name for cluster in found.partition.clusters for name in cluster) == sorted(pool)
    assert max(map(len, found.partition.clusters)) <= 2
    assert time.process_time() - begun < 20


def test_records_that_say_nothing_stay_alone_and_are_not_lost() -> None:
    empty = [view(), view("245 $a"), view("020 $a"), view("008 "), view("245 $c"), view("100 $a", "260 $c")]
    pool = {key(f"s/{place}"): one for place, one in enumerate(empty * 50)}
    begun = time.process_time()
    found = cluster_views(pool, RULESET).partition.clusters
    assert sorted(map(sorted, found)) == [[name] for name in sorted(pool)]
    assert time.process_time() - begun < 5


def test_a_thousand_contradictory_verdicts_are_bounded_and_all_told() -> None:
    pool = {key(f"s/{place:02d}"): view(f"245 $aCuốn {chr(97 + place)} của tôi") for place in range(20)}
    names = sorted(pool)
    said = [
        Verdict(*sorted((names[place % 20], names[(place * 7 + 1 + place // 20) % 20])), place % 3 != 0, place)
        for place in range(1, 1001)
        if names[place % 20] != names[(place * 7 + 1 + place // 20) % 20]
    ]  # fmt: skip
    begun = time.process_time()
    found = cluster_views(pool, RULESET, said).partition
    assert time.process_time() - begun < 5
    where = {name: place for place, cluster in enumerate(found.clusters) for name in cluster}
    for verdict in said:
        if verdict not in found.overruled:
            assert (where[verdict.left] == where[verdict.right]) == verdict.same
    last = max(said, key=lambda one: one.number)
    assert last not in found.overruled
    assert sorted(where) == names
