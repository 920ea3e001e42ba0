"""The access-point table: everything that a user or a machine can search, sort, scan and count by.

One row says where the values come from, how they are analysed, and what CQL, Bib-1 and people call it. SRU
explain, the Z39.50 mapping, the web's advanced search and the documentation page are made from these rows.

Sources are field specs as in ``unioncat.marc`` (``245$abnp``; a spec without ``$`` takes all letter subfields),
or the name of a computed value (a row of ``unioncat.search.computed``). Linked 880 fields are read with the field
that they stand for.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Analysis = Literal["words", "phrase", "identifier", "year", "date"]

SEMANTIC_GROUPS = ("general", "title", "name", "subject", "publication", "number", "kind", "holding", "record")


@dataclass(frozen=True, slots=True)
class AccessPoint:
    """One row of the table.

    name:      how the query tree, the engines and the code name it
    sources:   field specs and computed values; see the module's docstring
    cql:       CQL names with their context set; the first is the one explain shows as the main name
    aliases:   bare CQL names besides `name` itself
    bib1:      Bib-1 use attributes (1=n) that mean this access point
    analysis:  words: folded words with positions, marks kept beside, and the whole value;
               phrase: the whole value only; identifier: one normalised number or code (see `normaliser`);
               year: four digits; date: ``YYYY-MM-DDTHH:MM:SSZ``, compared at the precision of the term
    normaliser: for identifiers, a name in ``unioncat.search.normalise.NORMALISERS``
    sort:      can be a sort key
    facet:     can be counted by; how its values are shown is the business of the door
    advanced:  place in the web's advanced search form, 0 is "not there"
    boost:     weight of a match when an unqualified search is ranked
    browse:    access points of words only: whole values can be scanned and compared by order as well
    union:     no fields of its own: it searches these access points together
    codes:     name of the code list that labels the values (``language``, ``country``, ``material``, …)
    """

    name: str
    vi: str
    en: str
    group: str
    sources: tuple[str, ...]
    cql: tuple[str, ...]
    aliases: tuple[str, ...] = ()
    bib1: tuple[int, ...] = ()
    analysis: Analysis = "words"
    normaliser: str = ""
    sort: bool = False
    facet: bool = False
    advanced: int = 0
    boost: float = 1.0
    codes: str = ""
    browse: bool = False
    union: tuple[str, ...] = ()

    @property
    def has_whole(self) -> bool:
        """Whole values stand in the index as terms of their own."""
        return not self.union and self.name != "anywhere" and (self.analysis != "words" or self.browse)

    @property
    def has_words(self) -> bool:
        """Single words can be found, not only the whole value."""
        return self.analysis == "words"

    @property
    def cql_names(self) -> tuple[str, ...]:
        """All CQL names: qualified ones first, then the bare ones."""
        return (*self.cql, self.name, *self.aliases)


def _row(
    name: str, vi: str, en: str, group: str, sources: str, cql: str, bib1: tuple[int, ...] = (), **more: object
) -> AccessPoint:
    return AccessPoint(name, vi, en, group, tuple(sources.split()), tuple(cql.split()), bib1=bib1, **more)  # type: ignore[arg-type]


_TITLE = (
    "245$abnp 130 210$ab 222$ab 240 242$abnp 243 246$abnp 247$abnp 505$t 700$tnp 710$tnp 711$tnp 730 740$anp 770$t "
    "772$t 773$t 780$t 785$t 787$t"
)
_UNIFORM = "130 240 243 730 700$tnplkmors 710$tnplkmors 711$tnplks"
_SERIES = "440$anpv 490$av 800$abcdtnpv 810$abcdtnpv 811$acdtnpv 830$anpv"
_PERSONAL = "100$abcdq 700$abcdq"
_CORPORATE = "110$abcdn 710$abcdn"
_CONFERENCE = "111$acdenq 711$acdenq"
_AUTHOR = "100$abcdq 110$abcdn 111$acdenq 700$abcdq 710$abcdn 711$acdenq 720$a 245$c"
_SUBJECT_NAME = "600$abcdqt 610$abcdnt 611$acdent"
_TOPIC = "650 630$anp 653$a 648$a 654$abc 656$a 657$a 690 600$abcdqtxyzv 610$abcdntxyzv 611$acdentxyzv 651 655 662$abcd"

# fmt: off
ACCESS_POINTS: tuple[AccessPoint, ...] = (
    # ---------- general and texts
    _row("anywhere", "Mọi trường", "Anywhere", "general", "any", "cql.serverChoice cql.anywhere bath.any rec.any",
         bib1=(1016, 1017, 1035, 1010, 1036), aliases=("any", "keyword", "kw", "serverChoice"), advanced=1),
    # ---------- titles
    _row("title", "Nhan đề", "Title", "title", _TITLE, "dc.title bath.title bib.title marc.title",
         bib1=(4, 34, 35, 37, 38, 39, 40, 41, 42, 44), aliases=("ti",), sort=True, advanced=2, boost=6.0, browse=True),
    _row("title_proper", "Nhan đề chính", "Title proper", "title", "245$abnp",
         "bath.titleProper bib.titleProper marc.245", bib1=(36,), aliases=("exactTitle", "titleProper"), advanced=3,
         boost=3.0),
    _row("title_uniform", "Nhan đề đồng nhất", "Uniform title", "title", _UNIFORM,
         "bath.uniformTitle bib.titleUniform marc.240", bib1=(6,), aliases=("uniformTitle",)),
    _row("title_key", "Nhan đề khóa", "Key title", "title", "222$ab 210$ab", "bath.keyTitle bib.titleKey marc.222",
         bib1=(33, 43), aliases=("keyTitle",)),
    _row("series", "Tùng thư", "Series", "title", _SERIES, "bath.seriesTitle bib.titleSeries marc.490", bib1=(5,),
         aliases=("seriesTitle", "se"), advanced=8, boost=1.5, browse=True),
    # ---------- names
    _row("author", "Tác giả", "Author", "name", _AUTHOR,
         "dc.creator dc.contributor bath.author bib.creator marc.author", bib1=(1003, 1000, 1020),
         aliases=("au", "creator", "contributor"), sort=True, facet=True, advanced=4, boost=4.0, browse=True),
    _row("name", "Tên (mọi vai trò)", "Name (any role)", "name",
         "", "bath.name bib.name", bib1=(1002,),
         aliases=("names",),
         union=("author", "subject_name")),
    _row("name_personal", "Tên người", "Personal name", "name", _PERSONAL,
         "bath.personalName bath.personalAuthor bib.namePersonal marc.100", bib1=(1004, 1),
         aliases=("personalName", "personalAuthor")),
    _row("name_corporate", "Tên tập thể", "Corporate name", "name", _CORPORATE,
         "bath.corporateName bath.corporateAuthor bib.nameCorporate marc.110", bib1=(1005, 2),
         aliases=("corporateName", "corporateAuthor")),
    _row("name_conference", "Tên hội nghị", "Conference name", "name", _CONFERENCE,
         "bath.conferenceName bath.conferenceAuthor bib.nameConference marc.111", bib1=(1006, 3),
         aliases=("conferenceName",)),
    # ---------- subjects
    _row("subject", "Chủ đề", "Subject", "subject", _TOPIC, "dc.subject bath.subject bib.subject",
         bib1=(21, 22, 23, 24, 25, 26, 27, 28, 29, 45, 46, 47, 1008), aliases=("su",), facet=True, advanced=5,
         boost=2.0, browse=True),
    _row("subject_topic", "Chủ đề – đề tài", "Topical subject", "subject", "650$abcdvxyz 653$a 654$abc 690",
         "bath.topicalSubject bib.subjectTopic marc.650", bib1=(1079,), aliases=("topicalSubject", "topic")),
    _row("subject_place", "Chủ đề – địa danh", "Place as subject", "subject",
         "651 650$z 600$z 610$z 611$z 630$z 655$z 662$abcd 752$abcdfgh 522$a",
         "dc.coverage bath.geographicName bib.subjectPlace marc.651", bib1=(58, 1076),
         aliases=("geographicName", "coverage")),
    _row("subject_name", "Chủ đề – tên", "Name as subject", "subject", _SUBJECT_NAME,
         "bath.subjectName bib.subjectName marc.600", bib1=(1009, 1074, 1073), aliases=("subjectName",)),
    _row("subject_title", "Chủ đề – nhan đề", "Title as subject", "subject", "630$anp 600$t 610$t 611$t",
         "bib.subjectTitle marc.630", bib1=(1078,), aliases=("subjectTitle",)),
    _row("form", "Thể loại, hình thức", "Genre and form", "subject",
         "655$abcvxyz 600$v 610$v 611$v 630$v 650$v 651$v 380$a", "bath.genreForm bib.genre marc.655", bib1=(1075,),
         aliases=("genre", "genreForm"), facet=True, browse=True),
    # ---------- publication
    _row("publisher", "Nhà xuất bản", "Publisher", "publication", "260$bf 264$b",
         "dc.publisher bath.publisher bib.originPublisher marc.publisher", bib1=(1018,), aliases=("pb",), facet=True,
         advanced=7, browse=True),
    _row("place", "Nơi xuất bản", "Place of publication", "publication", "260$ae 264$a 752$abcd",
         "bath.placePublication bib.originPlace", bib1=(59,), aliases=("placeOfPublication", "pl")),
    _row("edition", "Lần xuất bản", "Edition", "publication", "250 254$a", "bath.edition bib.edition marc.250",
         aliases=("ed",)),
    _row("year", "Năm xuất bản", "Year of publication", "publication", "year",
         "dc.date bath.publicationDate bib.dateIssued marc.date", bib1=(31, 30),
         aliases=("date", "yr", "publicationDate"), analysis="year", sort=True, facet=True, advanced=9),
    # ---------- numbers
    _row("isbn", "ISBN", "ISBN", "number", "020$az", "bath.isbn bib.isbn marc.020", bib1=(7,),
         analysis="identifier", normaliser="isbn", advanced=10),
    _row("issn", "ISSN", "ISSN", "number",
         "022$alyz 490$x 440$x 760$x 762$x 770$x 772$x 773$x 776$x 780$x 785$x 787$x 800$x 810$x 811$x 830$x",
         "bath.issn bib.issn marc.022", bib1=(8,), analysis="identifier", normaliser="issn", advanced=11),
    _row("lccn", "Số LCCN", "LC control number", "number", "010$az", "bath.lccn bib.lccn marc.010", bib1=(9,),
         analysis="identifier", normaliser="lccn"),
    _row("oclc", "Số kiểm soát OCLC", "OCLC number", "number", "oclc", "bib.oclc bath.oclc", bib1=(1211,),
         aliases=("oclcNumber",), analysis="identifier", normaliser="digits"),
    _row("control_number", "Số kiểm soát của hệ thống khác", "Control number of another system", "number",
         "035$az 016$az", "bib.controlNumber marc.035", aliases=("systemNumber",), analysis="identifier",
         normaliser="control"),
    _row("other_number", "Số nhận dạng khác", "Other standard number", "number",
         "024$az 027$az 028$a 030$az 074$a 086$az 088$az", "bib.identifier marc.024", bib1=(48, 49, 50, 51, 60, 1027),
         aliases=("standardNumber",), analysis="identifier", normaliser="compact"),
    _row("identifier", "Số nhận dạng (mọi loại)", "Identifier (any)", "number", "",
         "dc.identifier bath.standardIdentifier bib.resourceIdentifier", bib1=(1007,),
         aliases=("id", "standardIdentifier"), analysis="identifier", normaliser="number",
         union=("isbn", "issn", "lccn", "oclc", "control_number", "other_number", "record_id")),
    _row("record_id", "Số biểu ghi của mục lục liên hợp", "Record number of this catalogue", "number", "record_id",
         "rec.identifier rec.id marc.001", bib1=(1032, 1013), aliases=("recordIdentifier", "rid"),
         analysis="identifier", normaliser="compact"),
    _row("local_number", "Số biểu ghi (thư viện hoặc mục lục)", "Local record number", "number", "",
         "rec.localIdentifier bib.localNumber", bib1=(12,), aliases=("localNumber",), analysis="identifier",
         normaliser="compact", union=("library_number", "record_id")),
    _row("library_number", "Số biểu ghi của thư viện", "Library's own record number", "number", "library_number",
         "bib.libraryNumber", aliases=("libraryNumber",), analysis="identifier", normaliser="compact"),
    _row("call_number", "Ký hiệu xếp giá hoặc phân loại", "Call number", "number", "", "bath.callNumber bib.callNumber",
         bib1=(53,), aliases=("callNumber", "cn"), analysis="phrase", sort=True, advanced=12,
         union=("shelf_mark", "dewey", "lc_class", "other_class")),
    _row("shelf_mark", "Ký hiệu xếp giá", "Shelf mark", "number", "call_number 092$ab 099$a", "bib.shelfLocation",
         aliases=("shelfMark",), analysis="phrase"),
    _row("dewey", "Phân loại DDC", "Dewey classification", "number", "082$a 083$a 092$a", "bib.classDewey marc.082",
         bib1=(13,), aliases=("ddc",), analysis="phrase"),
    _row("lc_class", "Phân loại LC", "LC classification", "number", "050$ab 090$ab", "bib.classLC marc.050",
         bib1=(16,), aliases=("lcc",), analysis="phrase"),
    _row("bbk", "Phân loại BBK", "BBK classification", "number", "bbk", "bib.classBBK marc.084", aliases=("rubbk",),
         analysis="phrase"),
    _row("other_class", "Phân loại khác", "Other classification", "number", "055$ab 060$ab 070$ab 080$ab 084$a",
         "bib.classOther", bib1=(14, 15, 17, 18), aliases=("otherClass",), analysis="phrase"),
    _row("classification", "Phân loại (mọi khung)", "Classification (any scheme)", "number", "", "bib.classification",
         bib1=(19, 20), aliases=("class",), analysis="phrase", union=("dewey", "lc_class", "bbk", "other_class")),
    # ---------- kind
    _row("language", "Ngôn ngữ", "Language", "kind", "language", "dc.language bath.language bib.language", bib1=(54,),
         aliases=("lang", "la"), analysis="identifier", normaliser="code", sort=True, facet=True, advanced=13,
         codes="language"),
    _row("language_original", "Ngôn ngữ nguyên bản", "Original language", "kind", "041$h", "bib.languageOriginal",
         aliases=("originalLanguage",), analysis="identifier", normaliser="code", codes="language"),
    _row("country", "Nước xuất bản", "Country of publication", "kind", "country", "bib.originCountry",
         aliases=("countryOfPublication",), analysis="identifier", normaliser="code", facet=True, codes="country"),
    _row("type", "Loại tài liệu", "Material type", "kind", "material_type",
         "dc.type bath.materialType bib.resourceType", bib1=(1031, 1001), aliases=("materialType", "dt"),
         analysis="identifier", normaliser="code", sort=True, facet=True, advanced=14, codes="material"),
    _row("format", "Dạng vật mang", "Format", "kind", "300$abce 337$a 338$a 340$a 347$ab 856$q",
         "dc.format bib.format marc.300", bib1=(1034,)),
    _row("audience", "Đối tượng sử dụng", "Audience", "kind", "audience", "bib.audience", aliases=("targetAudience",),
         analysis="identifier", normaliser="code", facet=True, codes="audience"),
    _row("digital", "Có bản số", "Digital copy", "kind", "digital", "bib.digital", analysis="identifier",
         normaliser="code", facet=True, codes="yes"),
    # ---------- general and texts
    _row("notes", "Phụ chú", "Notes", "general", "5XX", "bath.notes bib.note marc.500", bib1=(63,),
         aliases=("note", "nt")),
    _row("contents", "Mục lục, nội dung", "Contents", "general", "505$agrt", "bib.contents marc.505",
         aliases=("tableOfContents",)),
    _row("abstract", "Tóm tắt", "Abstract", "general", "520$ab", "dc.description bib.abstract marc.520", bib1=(62,),
         aliases=("ab", "description", "summary"), advanced=6),
    _row("rights", "Điều kiện sử dụng", "Rights", "general", "506$abcde 540$abcd 542$fgnpt", "dc.rights marc.540"),
    _row("relation", "Tài liệu liên quan", "Related works", "general",
         "760 762 765 767 770 772 773 774 775 776 777 780 785 786 787", "dc.relation dc.source marc.773"),
    # ---------- numbers
    _row("url", "Địa chỉ mạng", "Web address", "number", "856$u", "bib.url marc.856", analysis="phrase"),
    # ---------- holdings
    _row("library", "Thư viện có tài liệu", "Holding library", "holding", "library",
         "bath.possessingInstitution rec.holdingLibrary bib.library", bib1=(1044, 56),
         aliases=("holdingLibrary", "lib"), analysis="identifier", normaliser="compact", facet=True, advanced=15,
         codes="library"),
    _row("library_name", "Tên thư viện", "Name of library", "holding", "library_name", "bib.libraryName",
         aliases=("libraryName",)),
    _row("library_kind", "Loại thư viện", "Kind of library", "holding", "library_kind", "bib.libraryKind",
         aliases=("libraryKind",), analysis="identifier", normaliser="code", facet=True, codes="library_kind"),
    _row("district", "Huyện, thị", "District", "holding", "district", "bib.district", analysis="phrase", facet=True),
    _row("collection", "Bộ sưu tập", "Collection", "holding", "collection", "rec.collectionName bib.collection",
         aliases=("collectionName",), analysis="phrase", facet=True),
    _row("location", "Kho", "Shelving location", "holding", "location", "bath.location bib.location",
         aliases=("shelvingLocation",)),
    # ---------- the record itself
    _row("encoding_level", "Mức độ mô tả", "Encoding level", "record", "encoding_level", "rec.encodingLevel",
         aliases=("encodingLevel",), analysis="identifier", normaliser="level"),
    _row("changed", "Ngày thay đổi", "Last changed", "record", "changed", "rec.lastModificationDate rec.lastModified",
         bib1=(1012,), aliases=("lastModificationDate", "modified"), analysis="date", sort=True),
    _row("created", "Ngày tạo biểu ghi", "Date entered", "record", "created", "rec.creationDate", bib1=(1011,),
         aliases=("creationDate",), analysis="date", sort=True),
)
# fmt: on

BY_NAME: dict[str, AccessPoint] = {row.name: row for row in ACCESS_POINTS}

BY_CQL: dict[str, AccessPoint] = {name.lower(): row for row in ACCESS_POINTS for name in reversed(row.cql_names)}
"""CQL index name in lower case (names are compared without case, CQL 1.2), qualified or bare, to its row."""

BY_BIB1: dict[int, AccessPoint] = {use: row for row in ACCESS_POINTS for use in row.bib1}
"""Bib-1 use attribute to its row."""

SORTABLE: tuple[str, ...] = tuple(row.name for row in ACCESS_POINTS if row.sort)
FACETS: tuple[str, ...] = tuple(row.name for row in ACCESS_POINTS if row.facet)
ADVANCED: tuple[AccessPoint, ...] = tuple(
    sorted((row for row in ACCESS_POINTS if row.advanced), key=lambda row: row.advanced)
)
"""Rows of the web's advanced search form, in its order."""

DEFAULT = BY_NAME["anywhere"]
"""What an unqualified search means (``cql.serverChoice``)."""
