"""One test a pitfall: pairs that catalogues hold, and what must become of them."""

# ruff: noqa: E501 (a record a line reads better than one broken up)

from __future__ import annotations

import pytest

from tests.match_records import DIFFERENT, MERGE, NOT_MERGE, Case, view

AUSTEN = ("100 1 $aAusten, Jane,$d1775-1817.", "245 10$aSense and sensibility /$cJane Austen.")
OUP = ("260 $aOxford :$bOxford University Press,$c1990.", "300 $aliv, 343 p. ;$c19 cm.")
TOAN = ("100 $aNguyễn Đình Trí", "260 $aHà Nội :$bNxb. Giáo dục,$c2006", "300 $a391 tr.")
TALE = ("245 $aTruyện Kiều", "100 $aNguyễn Du", "260 $bNXB Văn học$c2015", "300 $a220 tr.")
REPORT = ("245 $aReport", "260 $bMinistry of Health$c2001")
SCORE = "00000ncm a2200000   4500"
VIDEO = "00000ngm a2200000   4500"
SERIAL = "00000nas a2200000   4500"
PART = "00000naa a2200000   4500"
ZAUBER = ("100 $aMozart, Wolfgang Amadeus", "245 $aDie Zauberflöte", "260 $bBärenreiter$c1983")
FILM = ("245 $aDie Reise der Pinguine", "260 $bFrenetic Films$c2005", "700 $aJacquet, Luc")


CASES = (
    Case(
        "set beside one volume",
        view("245 $aThám tử Sherlock Holmes (Bộ 3 tập)", "100 $aConan Doyle", "260 $bNXB Văn học$c2019"),
        view("245 $aThám tử Sherlock Holmes. Tập 1", "100 $aConan Doyle", "260 $bNXB Văn học$c2019"),
        DIFFERENT, "set",
    ),
    Case(
        "set ISBN on both volumes",
        view("020 $a9780521824361", "245 $aWorks.$nVol. 1", *OUP, "100 $aAusten, Jane"),
        view("020 $a9780521824361", "245 $aWorks.$nVol. 2", *OUP, "100 $aAusten, Jane"),
        DIFFERENT, "volume",
    ),
    Case(
        "tập 1 beside tập 2",
        view("245 $aToán học cao cấp. Tập 1", *TOAN),
        view("245 $aToán học cao cấp. Tập 2", *TOAN),
        DIFFERENT, "volume",
    ),
    Case(
        "volume in the title beside volume in 490$v",
        view("245 $aToán học cao cấp. T. 2, Phép tính giải tích", "490 $vT.02", *TOAN),
        view("245 $aToán học cao cấp", "490 $vT. II", *TOAN),
        MERGE,
    ),
    Case(
        "two levels: tập 5 quyển 1 beside tập 5 quyển 2",
        view("245 $aGiáo trình thủy văn", "490 $vT.05 - Q.01", *TOAN),
        view("245 $aGiáo trình thủy văn", "490 $vT.05 - Q.02", *TOAN),
        DIFFERENT, "volume",
    ),
    Case(
        "a series number is no part number",
        view("245 $aĐất rừng phương Nam", "490 $aTủ sách Vàng$v12", "100 $aĐoàn Giỏi", "260 $bKim Đồng$c2018", "300 $a300 tr."),
        view("245 $aĐất rừng phương Nam", "490 $aTủ sách Vàng$v14", "100 $aĐoàn Giỏi", "260 $bKim Đồng$c2018", "300 $a300 tr."),
        MERGE,
    ),
    Case(
        "textbook levels: Tiếng Việt 1 beside Tiếng Việt 2",
        view("245 $aTiếng Việt 1. Tập 1", "260 $bNxb. Giáo dục$c2020", "300 $a164 tr.", "100 $aNguyễn Minh Thuyết"),
        view("245 $aTiếng Việt 2. Tập 1", "260 $bNxb. Giáo dục$c2020", "300 $a164 tr.", "100 $aNguyễn Minh Thuyết"),
        NOT_MERGE,
    ),
    Case(
        "textbook volumes: Tiếng Việt 1 tập 1 beside tập 2",
        view("245 $aTiếng Việt 1. Tập 1", "260 $bNxb. Giáo dục$c2020", "300 $a164 tr."),
        view("245 $aTiếng Việt 1. Tập 2", "260 $bNxb. Giáo dục$c2020", "300 $a164 tr."),
        DIFFERENT, "volume",
    ),
    Case(
        "tái bản lần thứ 3 beside lần thứ 2",
        view("250 $aTái bản lần thứ 3", "245 $aKinh tế học", *TOAN),
        view("250 $aTái bản lần thứ 2, có sửa chữa", "245 $aKinh tế học", *TOAN),
        DIFFERENT, "edition",
    ),
    Case(
        "2nd ed. beside 2., überarb. Aufl. is one number",
        view("250 $a2nd rev. ed.", "245 $aChemistry of soils", "100 $aBear, Firman", "260 $bReinhold$c1964", "300 $a515 p."),
        view("250 $a2., überarb. Aufl.", "245 $aChemistry of soils", "100 $aBear, Firman", "260 $bReinhold$c1964", "300 $a515 S."),
        MERGE,
    ),
    Case("reprint years apart", view(*AUSTEN, *OUP, year="1990"),
         view(*AUSTEN, "260 $aOxford :$bOxford University Press,$c2004.", "300 $axlvi, 384 p.", year="2004"), NOT_MERGE),
    Case(
        "copyright year beside year of issue",
        view("245 $aThe silent sky", "100 $aEckert, Allan W.", "260 $aBoston :$bLittle, Brown,$c1965.", "300 $a243 p. ;$c22 cm."),
        view("245 $aThe silent sky", "100 $aEckert, Allan W.", "260 $aBoston :$bLittle, Brown,$c[1966, c1965]", "300 $a243 p. ;$c22 cm."),
        MERGE,
    ),
    Case(
        "CIP record beside the full one",
        view("020 $a0521824362", *AUSTEN, "260 $aCambridge ;$aNew York :$bCambridge University Press,$c2006.", "300 $ap. cm.", leader="00000nam a22000008a 4500", year="2006"),
        view("020 $a9780521824361", *AUSTEN, "260 $aCambridge ;$aNew York :$bCambridge University Press,$c2006.", "300 $alxviii, 500 p. :$bill. ;$c23 cm.", year="2006"),
        MERGE,
    ),
    Case(
        "two imprints, London and New York",
        view("245 $aThe open society", "100 $aPopper, Karl", "260 $aLondon ;$aNew York :$bRoutledge,$c2002.", "300 $axv, 361 p."),
        view("245 $aThe open society", "100 $aPopper, Karl", "260 $aNew York :$bRoutledge,$c2002.", "300 $axv, 361 p."),
        MERGE,
    ),
    Case(
        "e-book stub with the print ISBN",
        view("020 $a0760700435", *AUSTEN, "260 $bBarnes & Noble,$c1996.", "300 $a1 online resource (356 p.)", year="1996", form="o"),
        view("020 $a0760700435", *AUSTEN, "260 $bBarnes & Noble,$c1996.", "300 $aviii, 356 p.", year="1996"),
        DIFFERENT, "carrier",
    ),
    Case(
        "microform of a print",
        view(*AUSTEN, *OUP, "533 $aMicrofilm.", year="1990", form="a"),
        view(*AUSTEN, *OUP, year="1990"),
        DIFFERENT, "carrier",
    ),
    Case(
        "full score beside vocal score",
        view(*ZAUBER, "300 $a1 Partitur (379 S.)", leader=SCORE),
        view(*ZAUBER, "300 $a1 Klavierauszug (221 S.)", leader=SCORE),
        NOT_MERGE,
    ),
    Case("DVD beside Blu-ray", view(*FILM, "300 $a1 DVD-Video (82 Min.)", leader=VIDEO),
         view(*FILM, "300 $a1 Blu-ray Disc (82 Min.)", leader=VIDEO), DIFFERENT, "carrier"),
    Case("DVD beside streaming", view(*FILM, "300 $a1 DVD-Video (82 Min.)", leader=VIDEO),
         view(*FILM, "300 $a1 online resource (82 min.)", leader=VIDEO), DIFFERENT, "carrier"),
    Case(
        "an article beside the journal that it stands in",
        view("245 $aNghiên cứu văn học", "773 $tTạp chí Nghiên cứu văn học$gSố 4", leader=PART),
        view("245 $aNghiên cứu văn học", "260 $bViện Văn học$c2004", leader=SERIAL),
        DIFFERENT, "level",
    ),
    Case(
        "one title in two hosts",
        view("245 $aLời nói đầu", "773 $tTạp chí Văn học$gSố 4", "100 $aNguyễn Du", leader=PART),
        view("245 $aLời nói đầu", "773 $tTạp chí Sử học$gSố 7", "100 $aNguyễn Du", leader=PART),
        DIFFERENT, "host",
    ),
    Case(
        "a retelling beside the work",
        view(*TALE),
        view("245 $aTruyện Kiều kể cho thiếu nhi", "100 $aNguyễn Du", "700 $aTô Hoài", "260 $bKim Đồng$c2015", "300 $a64 tr."),
        NOT_MERGE,
    ),
    Case(
        "a translation beside the original",
        view("245 $aSense and sensibility", "100 $aAusten, Jane", "260 $bPenguin$c1995", "041 $aeng", "300 $a372 p."),
        view("245 $aLý trí và tình cảm$b= Sense and sensibility", "100 $aAusten, Jane", "260 $bNXB Văn học$c2012", "041 $avie", "300 $a480 tr."),
        NOT_MERGE,
    ),
    Case(
        "the same book catalogued in another language",
        view("245 $aHistory of Finland", "100 $aJutikkala, Eino", "260 $bWSOY$c1996", "300 $axii, 376 p.", "040 $beng"),
        view("245 $aHistory of Finland", "100 $aJutikkala, Eino", "260 $bWSOY$c1996", "300 $axii, 376 s.", "040 $bfin"),
        MERGE,
    ),
    Case("a generic title and little else", view(*REPORT), view("245 $aReport", "260 $c2001"), NOT_MERGE),
    Case("generic titles of two bodies", view("245 $aKỷ yếu hội thảo", "110 $aTrường Đại học Cần Thơ", "260 $c2010"),
         view("245 $aKỷ yếu hội thảo", "110 $aViện Hải dương học", "260 $c2010"), NOT_MERGE),
    Case("nothing but a title", view("245 $aToán 1"), view("245 $aToán 1"), NOT_MERGE),
    Case("no title at all", view("020 $a0521824362", "260 $c2001"), view("020 $a0521824362", "260 $c2001"), DIFFERENT),
    Case("a shared ISBN, unlike titles", view("020 $a0521824362", "245 $aSense and sensibility", *OUP),
         view("020 $a0521824362", "245 $aQuantum mechanics for chemists", *OUP), DIFFERENT),
    Case(
        "a fake ISBN, a running number",
        view("020 $a17245", "245 $aCơ học môi trường", "100 $aGeorge E. Mase", "260 $c1995"),
        view("020 $a17245", "245 $aGiải tích số", "100 $aLê Trọng Vinh", "260 $c1995"),
        DIFFERENT,
    ),
    Case("hoà beside hòa", view("245 $aHoà bình và thuỷ triều", *TOAN), view("245 $aHòa bình và thủy triều", *TOAN), MERGE),
    Case("kĩ thuật beside kỹ thuật", view("245 $aKĩ thuật điện", *TOAN), view("245 $aKỹ thuật điện", *TOAN), MERGE),
    Case("stripped marks", view("245 $aĐất rừng phương Nam", *TOAN), view("245 $aDat rung phuong Nam", *TOAN), MERGE),
    Case("vi mô beside vĩ mô", view("245 $aKinh tế học vi mô", *TOAN), view("245 $aKinh tế học vĩ mô", *TOAN), NOT_MERGE),
    Case(
        "Nguyễn beside Nguyen, inverted",
        view("245 $aTruyện Kiều", "100 0 $aNguyễn Du", "260 $bNXB Văn học$c2015", "300 $a220 tr."),
        view("245 $aTruyện Kiều", "100 1 $aNguyen, Du,$d1765-1820", "260 $bVăn học$c2015", "300 $a220 tr."),
        MERGE,
    ),
    Case(
        "forms of a publisher's name",
        view("245 $aDế mèn phiêu lưu ký", "100 $aTô Hoài", "260 $bNhà xuất bản Kim Đồng$c2019", "300 $a144 tr."),
        view("245 $aDế mèn phiêu lưu ký", "100 $aTô Hoài", "260 $bNxb. Kim Đồng$c2019", "300 $a144 tr."),
        MERGE,
    ),
    Case(
        "one standard, written in two ways",
        view("100 $aTCVN 5737 - 1993", "245 $aĐộng cơ đốt trong - Ống lót xi lanh: Yêu cầu kỹ thuật: soát xét lần 2"),
        view("100 $aTCVN 5737-1993", "245 $aĐộng cơ đốt trong - Ống lót xi lanh - Yêu cầu kỹ thuật"),
        MERGE,
    ),
    Case(
        "two standards under one title",
        view("245 $aBê tông nặng: TCVN 3105:1993", "260 $c1993"),
        view("245 $aBê tông nặng: TCVN 3106:1993", "260 $c1993"),
        DIFFERENT, "standard",
    ),
    Case("exercise book beside textbook", view("245 $aGiải tích 12", *TOAN), view("245 $aBài tập giải tích 12", *TOAN), NOT_MERGE),
    Case("rare books by identifier only", view("040 $edcrmb", *AUSTEN, "260 $c1811", "300 $a317 p."),
         view("040 $edcrmb", *AUSTEN, "260 $c1811", "300 $a317 p."), DIFFERENT, "rare"),
    Case(
        "hard cover beside a special issue",
        view("245 $aThám Tử Lừng Danh Conan - Tập 100 - Bìa Gập", "260 $bKim Đồng", "100 $aGosho Aoyama"),
        view("245 $aThám Tử Lừng Danh Conan - Tập 99 - Bản đặc biệt", "260 $bKim Đồng", "100 $aGosho Aoyama"),
        DIFFERENT, "volume",
    ),
    Case(
        "a code of microforms that no word bears out",
        view(*AUSTEN, *OUP, year="1990", form="a"),
        view(*AUSTEN, *OUP, year="1990"),
        MERGE,
    ),
    Case(
        "reports that differ in a number inside the title",
        view("245 $aIn the Senate of the United States, report to accompany S. 501", "260 $bG.P.O.$c1894", "300 $a1 p."),
        view("245 $aIn the Senate of the United States, report to accompany S. 890", "260 $bG.P.O.$c1894", "300 $a1 p."),
        DIFFERENT, "number",
    ),
    Case(
        "two works of one composer",
        view("100 $aMozart, Wolfgang Amadeus", "245 $aSonate für Klavier, KV 310", "260 $bHenle$c1992", "300 $a1 Partitur (20 S.)", leader=SCORE),
        view("100 $aMozart, Wolfgang Amadeus", "245 $aSonate für Klavier, KV 331", "260 $bHenle$c1992", "300 $a1 Partitur (20 S.)", leader=SCORE),
        DIFFERENT, "number",
    ),
    Case(
        "a thematic number on one side only",
        view(*ZAUBER, "300 $a379 S.", leader=SCORE),
        view("100 $aMozart, Wolfgang Amadeus", "245 $aDie Zauberflöte :$bKV 620", "260 $bBärenreiter$c1983", "300 $a379 S.", leader=SCORE),
        MERGE,
    ),
    Case(
        "two ISBNs, none in common",
        view("020 $a9780140239317", *AUSTEN, "260 $aLondon :$bPenguin,$c1995.", "300 $a372 p."),
        view("020 $a9780140434255", *AUSTEN, "260 $aLondon :$bPenguin,$c1995.", "300 $a372 p."),
        NOT_MERGE,
    ),
    Case(
        "two ISBNs, one in common",
        view("020 $a9780140239317", "020 $a9780140434255", *AUSTEN, "260 $aLondon :$bPenguin,$c1995.", "300 $a372 p."),
        view("020 $a9780140434255", *AUSTEN, "260 $aLondon :$bPenguin,$c1995.", "300 $a372 p."),
        MERGE,
    ),
    Case(
        "another publisher and another extent in the same year",
        view(*AUSTEN, "250 $aAbridged ed.", "260 $aLondon :$bBancroft,$c1969.", "300 $a195 p."),
        view(*AUSTEN, "260 $aHarmondsworth :$bPenguin,$c1969.", "300 $a370 p."),
        NOT_MERGE,
    ),
    Case(
        "a reprint that names the first issue",
        view(*AUSTEN, "260 $aNew York :$bRandom House,$c1941.", "300 $a154 p.", year="1941"),
        view(*AUSTEN, "260 $aNew York :$bVintage Books,$c1972, c1941.", "300 $a154 p.", year="1972"),
        NOT_MERGE,
    ),
    Case(
        "one OCLC number and nothing against it",
        view("035 $a(OCoLC)604627094", "245 $aDie Zauberflöte", "100 $aMozart, Wolfgang Amadeus", "300 $a74 S."),
        view("035 $a(OCoLC)ocm604627094", "245 $aDie Zauberflöte :$bvollständiges Buch", "100 $aMozart, Wolfgang Amadeus", "260 $bReclam$c1941", "300 $a74 S."),
        MERGE,
    ),
    Case(
        "one OCLC number, another year and another extent",
        view("035 $a(OCoLC)604627094", "245 $aDie Zauberflöte", "100 $aMozart, Wolfgang Amadeus", "260 $bReclam$c1930", "300 $a74 S."),
        view("035 $a(OCoLC)604627094", "245 $aDie Zauberflöte", "100 $aMozart, Wolfgang Amadeus", "260 $bPeters$c1941", "300 $a188 S."),
        NOT_MERGE,
    ),
    Case(
        "an edition number in Finnish",
        view("245 $aHistory of Finland", "100 $aJutikkala, Eino", "250 $a8. p.", "260 $bWSOY$c1996", "300 $axii, 376 s."),
        view("245 $aHistory of Finland", "100 $aJutikkala, Eino", "250 $a7. painos", "260 $bWSOY$c1996", "300 $axii, 376 s."),
        DIFFERENT, "edition",
    ),
    Case(
        "one article in one issue",
        view("245 $aVăn hoá đờn ca tài tử Bến Tre", "100 $aNguyễn Văn Hoà", "773 $tTạp chí Văn hoá$gSố 4", year="2006", leader=PART),
        view("245 $aVăn hóa đờn ca tài tử Bến Tre", "100 $aNguyễn Văn Hòa", "773 $tTạp chí Văn hóa$gSố 4", year="2006", leader=PART),
        MERGE,
    ),
    Case(
        "one e-book in other words",
        view(*AUSTEN, "260 $bOxford University Press,$c1990.", "300 $a1 electronic text (343 p.)"),
        view(*AUSTEN, "260 $bOxford University Press,$c1990.", "300 $a1 online resource (343 p.)"),
        MERGE,
    ),
    Case(
        "one standard in two languages",
        view("245 $aHealth informatics - Personal health device communication - Thermometer (ISO/IEEE 11073-10408:2010)$b= Informatique de santé - Communication entre dispositifs de santé personnels - Thermomètre", "260 $bSNV$c2011"),
        view("245 $aInformatique de santé - Communication entre dispositifs de santé personnels - Thermomètre (ISO 11073-10408:2010)$b= Health informatics - Personal health device communication - Thermometer", "260 $bSNV$c2011"),
        MERGE,
    ),
    Case(
        "one article under one DOI, with and without first names",
        view("024 7 $a10.1093/cid/cir669$2doi", "245 $aImproved virological outcome", "700 $aScherrer, A.U.", "700 $aLedergerber, B.", "264 1$c2011", leader=PART, year="2011", form="o"),
        view("024 7 $ahttps://doi.org/10.1093/CID/cir669$2doi", "245 $aImproved virological outcome", "700 $aScherrer, Alexandra U.", "700 $aLedergerber, Bruno", "264 1$c2011", leader=PART, year="2011", form="o"),
        MERGE,
    ),
    Case(
        "films of other lengths under one title",
        view(*FILM, "300 $a1 DVD-Video (82 Min.)", leader=VIDEO),
        view(*FILM, "300 $a1 DVD-Video (52 Min.)", leader=VIDEO),
        NOT_MERGE,
    ),
    Case(
        "maps on a DVD, which is a DVD-ROM",
        view("245 $aBản đồ tỉnh Bến Tre", "260 $aHà Nội$bNxb. Bản đồ$c2007", "300 $a2 DVD", "110 $aCục Đo đạc", leader="00000nem a2200000   4500"),
        view("245 $aBản đồ tỉnh Bến Tre", "260 $aHà Nội$bNxb. Bản đồ$c2007", "300 $a2 DVD-ROM", "110 $aCục Đo đạc", leader="00000nem a2200000   4500"),
        MERGE,
    ),
    Case(
        "second volumes of one year, by other authors",
        view("245 $aHoá học hữu cơ. T.02", "100 $aĐặng Như Tại, Ngô Thị Thuận", "260 $c2016"),
        view("245 $aHoá học hữu cơ. T.02", "100 $aHoàng Trọng Yêm; Trịnh Thanh Đoan", "260 $c2016"),
        NOT_MERGE,
    ),
    Case(
        "second volumes of one year, by one author and another's helpers",
        view("245 $aHoá học hữu cơ. T.02", "100 $aĐặng Như Tại, Ngô Thị Thuận", "260 $c2016"),
        view("245 $aHoá học hữu cơ", "490 $vT. 2", "100 $aĐặng Như Tại", "260 $c2016"),
        MERGE,
    ),
)  # fmt: skip


@pytest.mark.parametrize("case", CASES, ids=[case.name for case in CASES])
def test_pitfall(case: Case) -> None:
    case.check()
