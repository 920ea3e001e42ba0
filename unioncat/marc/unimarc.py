"""UNIMARC to MARC 21 for the common fields (IFLA UNIMARC Manual 2008; LC UNIMARC to MARC 21 Conversion
Specifications). A field without a row is kept as a local field 999 with its tag in $9, never dropped.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from pymarc import Field, Record, Subfield

from unioncat.marc.build import control_field, data_field, new_record
from unioncat.marc.codes import country_from_iso, relator_from_unimarc

__all__ = ["is_unimarc", "unimarc_to_marc21"]

_PROCESSING_DATA = re.compile(r"[\d ]{4,8}[a-u ][\d u.\-|]{4}")


@dataclass(frozen=True, slots=True)
class Row:
    """One UNIMARC tag.

    target:     MARC 21 tag; `repeated` is the tag from the second occurrence on
    codes:      pairs of UNIMARC and MARC 21 subfield code, ``ae`` is $a → $e; others stay out
    indicators: of the MARC 21 field; None takes UNIMARC's
    """

    target: str
    codes: str
    indicators: str | None = "  "
    repeated: str = ""

    def code_of(self, code: str) -> str | None:
        for place in range(0, len(self.codes), 2):
            if self.codes[place] == code:
                return self.codes[place + 1]
        return None


_NOTE = "aabb"
_LINK = "ttaaxxyzddvgppcb"
_SUBJECT = "aaxxyzzyjv22"

TABLE: dict[str, Row] = {
    "010": Row("020", "aabqdczz"),
    "011": Row("022", "aayyzzdc"),
    "013": Row("024", "aadczz", "2 "),
    "015": Row("027", "aazz"),
    "020": Row("015", "bazz"),
    "035": Row("035", "aazz"),
    "071": Row("028", "aabb", "00"),
    "101": Row("041", "aachbb", "0 "),
    "205": Row("250", "aafbbb"),
    "206": Row("255", "aa"),
    "207": Row("362", "aa", "0 "),
    "208": Row("254", "aa"),
    "210": Row("260", "aacbdceegfhg"),
    "214": Row("264", "aacbdc", " 1"),
    "215": Row("300", "aacbdcee"),
    "225": Row("490", "aavvxxea", "0 "),
    "230": Row("256", "aa"),
    "300": Row("500", _NOTE),
    "301": Row("500", _NOTE),
    "302": Row("546", _NOTE),
    "303": Row("500", _NOTE),
    "304": Row("500", _NOTE),
    "305": Row("500", _NOTE),
    "306": Row("500", _NOTE),
    "307": Row("500", _NOTE),
    "308": Row("500", _NOTE),
    "310": Row("500", _NOTE),
    "311": Row("580", _NOTE),
    "312": Row("500", _NOTE),
    "313": Row("500", _NOTE),
    "314": Row("500", _NOTE),
    "316": Row("590", _NOTE),
    "317": Row("561", _NOTE),
    "320": Row("504", _NOTE),
    "321": Row("510", "aabbcc", "4 "),
    "322": Row("508", _NOTE),
    "323": Row("511", _NOTE, "0 "),
    "324": Row("534", "an"),
    "325": Row("533", _NOTE),
    "326": Row("310", "aabb"),
    "327": Row("505", "aa", "0 "),
    "328": Row("502", "aabbccdd"),
    "330": Row("520", _NOTE),
    "332": Row("524", _NOTE),
    "333": Row("521", _NOTE),
    "334": Row("586", _NOTE),
    "336": Row("516", _NOTE),
    "337": Row("538", _NOTE),
    "410": Row("830", "aataxxvv", " 0"),
    "411": Row("830", "aataxxvv", " 0"),
    "421": Row("770", _LINK, "0 "),
    "422": Row("772", _LINK, "0 "),
    "423": Row("777", _LINK, "0 "),
    "430": Row("780", _LINK, "00"),
    "431": Row("780", _LINK, "01"),
    "434": Row("780", _LINK, "05"),
    "436": Row("780", _LINK, "04"),
    "440": Row("785", _LINK, "00"),
    "441": Row("785", _LINK, "01"),
    "444": Row("785", _LINK, "04"),
    "446": Row("785", _LINK, "06"),
    "447": Row("785", _LINK, "07"),
    "451": Row("775", _LINK, "0 "),
    "452": Row("776", _LINK, "0 "),
    "453": Row("767", _LINK, "0 "),
    "454": Row("765", _LINK, "0 "),
    "461": Row("773", _LINK, "0 "),
    "463": Row("773", _LINK, "0 "),
    "464": Row("774", _LINK, "0 "),
    "488": Row("787", _LINK, "0 "),
    "500": Row("240", "aahnipml", "10", "730"),
    "501": Row("240", "aa", "10", "730"),
    "510": Row("246", "aaebhnip", "31"),
    "512": Row("246", "aaebhnip", "14"),
    "513": Row("246", "aaebhnip", "15"),
    "514": Row("246", "aaebhnip", "16"),
    "515": Row("246", "aaebhnip", "17"),
    "516": Row("246", "aaebhnip", "18"),
    "517": Row("246", "aaebhnip", "3 "),
    "520": Row("247", "aaebhnipxx", "10"),
    "530": Row("222", "aabb", " 0"),
    "531": Row("210", "aabb", "0 "),
    "532": Row("246", "aa", "3 "),
    "540": Row("246", "aa", "3 "),
    "541": Row("246", "aa", "31"),
    "600": Row("600", "abfdcc" + _SUBJECT[2:], "14"),
    "601": Row("610", "aabb" + _SUBJECT[2:], "24"),
    "602": Row("600", _SUBJECT, "34"),
    "605": Row("630", _SUBJECT, "04"),
    "606": Row("650", _SUBJECT, " 4"),
    "607": Row("651", _SUBJECT, " 4"),
    "608": Row("655", "aa22", " 4"),
    "610": Row("653", "aa"),
    "620": Row("752", "aabbccdd"),
    "660": Row("043", "aa"),
    "661": Row("045", "aa"),
    "675": Row("080", "aav2"),
    "676": Row("082", "aav2", "04"),
    "680": Row("050", "aabb", " 4"),
    "686": Row("084", "aabb22"),
    "801": Row("040", "bage"),
    "850": Row("850", "aa"),
    "852": Row("852", "aabbcchhjj", "8 "),
    "856": Row("856", "uuzzqq33", "4 "),
}

_NAMES: dict[str, tuple[str, str, str]] = {
    # UNIMARC: (MARC 21 tag, first indicator, tag if it is a meeting)
    "700": ("100", "1", ""),
    "701": ("700", "1", ""),
    "702": ("700", "1", ""),
    "710": ("110", "2", "111"),
    "711": ("710", "2", "711"),
    "712": ("710", "2", "711"),
    "720": ("100", "3", ""),
    "721": ("700", "3", ""),
    "722": ("700", "3", ""),
}

_DATE_TYPES = {
    "a": "c",
    "b": "d",
    "c": "u",
    "d": "s",
    "e": "r",
    "f": "q",
    "g": "m",
    "h": "t",
    "i": "t",
    "j": "e",
    "k": "p",
}
_LEADER_TYPES = dict(zip("abcdefgijklmr", "atcdefgijkmpr", strict=True))


def is_unimarc(fields: list[Field]) -> bool:
    """A title in 200 and none in 245, and processing data in 100$a where MARC 21 has a name."""
    title = False
    for field in fields:
        if field.tag == "245":
            return False
        if field.tag == "200":
            title = True
    if not title:
        return False
    data = next((value for field in fields if field.tag == "100" for code, value in field.subfields if code == "a"), "")
    tags = {field.tag for field in fields}
    return bool(_PROCESSING_DATA.match(data)) or (not data and "801" in tags and "210" in tags)


def unimarc_to_marc21(record: Record) -> Record:
    """A new MARC 21 record with what the table knows; the rest in 999."""
    numbers: list[Field] = []
    out: list[Field] = []
    seen: set[str] = set()
    for field in record.fields:
        tag = field.tag
        if field.control_field:
            if tag in ("001", "003", "005"):
                numbers.append(field)
        elif tag == "100":
            continue
        elif tag == "102":
            out.append(
                data_field("044", "  ", [Subfield("c", value) for code, value in field.subfields if code == "a"])
            )
        elif tag == "200":
            out.append(_title(field))
        elif tag in _NAMES:
            out.append(_name(field))
        elif tag in TABLE:
            row = TABLE[tag]
            target = row.repeated if row.repeated and row.target in seen else row.target
            seen.add(target)
            converted = _by_row(field, row, target)
            out.append(converted if converted is not None else _kept(field))
        else:
            out.append(field if tag[0] == "9" else _kept(field))
    out = [field for field in out if field.subfields]
    out.sort(key=lambda field: field.tag)
    return new_record(_leader(record.leader.leader), [*numbers, control_field("008", _fixed_data(record)), *out])


def _kept(field: Field) -> Field:
    return data_field("999", "  ", [Subfield("9", f"unimarc:{field.tag}"), *field.subfields])


def _by_row(field: Field, row: Row, target: str) -> Field | None:
    subfields = []
    for code, value in field.subfields:
        mapped = row.code_of(code)
        if mapped is not None:
            subfields.append(Subfield(mapped, value))
    if not subfields:
        return None
    pair = row.indicators if row.indicators is not None else "".join(field.indicators or "  ")
    return data_field(target, pair, subfields)


_TITLE_CODES = {"a": "a", "e": "b", "f": "c", "g": "c", "h": "n", "i": "p", "b": "h", "d": "b", "c": "b"}
_TITLE_SIGNS = {"e": " :", "f": " /", "g": " ;", "h": ".", "i": ".", "d": " =", "c": "."}


def _title(field: Field) -> Field:
    """200: UNIMARC leaves ISBD punctuation out, MARC 21 has it at the end of the part before."""
    subfields: list[Subfield] = []
    for code, value in field.subfields:
        target = _TITLE_CODES.get(code)
        if target is None:
            continue
        if code == "a" and subfields:
            target, sign = "b" if subfields[-1].code in "ab" else "c", " ;"
        else:
            sign = _TITLE_SIGNS.get(code, "")
        if subfields and sign and not subfields[-1].value.rstrip().endswith(sign.strip()):
            last = subfields.pop()
            subfields.append(Subfield(last.code, last.value.rstrip() + sign))
        if subfields and subfields[-1].code == target == "c":
            last = subfields.pop()
            subfields.append(Subfield("c", f"{last.value} {value}"))
        else:
            subfields.append(Subfield(target, value))
    return data_field("245", "10" if any(code == "f" for code, _ in field.subfields) else "00", subfields)


def _name(field: Field) -> Field:
    target, first, meeting = _NAMES[field.tag]
    pair = "".join(field.indicators or "  ")
    if meeting and pair[:1] == "1":
        target = meeting
    values: dict[str, list[str]] = {}
    for code, value in field.subfields:
        values.setdefault(code, []).append(value)
    entry = values.get("a", [""])[0].rstrip(" ,")
    if not meeting and "b" in values:
        given = values["b"][0].strip(" ,")
        inverted = pair[1:2] != "0"
        entry = f"{entry}, {given}" if inverted else f"{entry} {given}"
        first = "1" if inverted else "0"
    subfields = [Subfield("a", entry)] if entry else []
    if meeting:
        subfields += [Subfield("b", value) for value in values.get("b", [])]
    codes = {"c": "c", "d": "b" if not meeting else "n", "f": "d", "g": "q"}
    for code, mapped in codes.items():
        subfields += [Subfield(mapped, value) for value in values.get(code, [])]
    subfields += [Subfield("4", relator_from_unimarc(value)) for value in values.get("4", [])]
    return data_field(target, f"{first} ", subfields)


def _leader(leader: str) -> str:
    kind = _LEADER_TYPES.get(leader[6:7], "a")
    level = leader[7:8] if leader[7:8] in ("a", "m", "s", "i", "c") else "m"
    status = leader[5:6] if leader[5:6] in ("c", "d", "n", "p") else "n"
    return f"00000{status}{kind}{level} a2200000{leader[17:18].strip() or ' '}i 4500"


def _first(record: Record, tag: str, code: str) -> str:
    return next(
        (value for field in record.fields if field.tag == tag for one, value in field.subfields if one == code), ""
    )


def _fixed_data(record: Record) -> str:
    """008 from 100$a (positions 0-7 date entered, 8 type of date, 9-16 dates), 101$a and 102$a."""
    data = _first(record, "100", "a").ljust(36)
    entered = data[2:8] if data[:8].strip().isdigit() and len(data[:8].strip()) == 8 else "000000"
    dates = [re.sub(r"[^0-9u]", " ", date) for date in (data[9:13], data[13:17])]
    kind = _DATE_TYPES.get(data[8], "s" if dates[0].strip() else "n")
    country = country_from_iso(_first(record, "102", "a")).ljust(3)
    language = _first(record, "101", "a").lower()
    language = language if re.fullmatch("[a-z]{3}", language) else "und"
    return f"{entered}{kind}{dates[0]}{dates[1]}{country}{'|' * 17}{language}||"
