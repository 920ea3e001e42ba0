"""Code pairs that the conversions need: UNIMARC relators (Appendix C) and ISO 3166 countries to MARC's lists."""

from __future__ import annotations

__all__ = ["country_from_iso", "relator_from_unimarc"]

_RELATORS = {
    "005": "act", "010": "adp", "020": "ann", "030": "arr", "040": "art", "065": "auc", "070": "aut", "072": "aqt",
    "075": "aft", "080": "aui", "090": "aud", "100": "ant", "110": "bnd", "160": "bsl", "180": "ctg", "190": "cns",
    "200": "chr", "205": "clb", "210": "cmm", "212": "cwt", "220": "com", "230": "cmp", "245": "ccp", "250": "cnd",
    "260": "cph", "295": "dgg", "300": "drt", "305": "dis", "310": "dst", "320": "dnr", "340": "edt", "360": "etr",
    "370": "flm", "390": "fmo", "400": "fnd", "410": "grt", "420": "hnr", "430": "ilu", "440": "ill", "450": "ins",
    "460": "ive", "470": "ivr", "480": "lbt", "500": "lso", "510": "ltg", "520": "lyr", "530": "mte", "545": "mus",
    "550": "nrt", "557": "orm", "570": "oth", "590": "prf", "600": "pht", "610": "prt", "620": "ppm", "630": "pro",
    "635": "prg", "640": "pfr", "650": "pbl", "651": "pbd", "660": "rcp", "670": "rce", "673": "rth", "675": "rev",
    "680": "rbr", "690": "sce", "695": "sad", "700": "scr", "705": "scl", "710": "sec", "721": "sng", "723": "spn",
    "727": "ths", "730": "trl", "740": "tyd", "750": "tyg", "755": "voc", "760": "wde", "770": "wam",
}  # fmt: skip

_COUNTRIES = {
    "VN": "vm", "LA": "ls", "KH": "cb", "TH": "th", "CN": "cc", "TW": "ch", "JP": "ja", "KR": "ko", "KP": "kn",
    "SG": "si", "MY": "my", "ID": "io", "PH": "ph", "IN": "ii", "FR": "fr", "DE": "gw", "GB": "xxk", "US": "xxu",
    "CA": "xxc", "AU": "at", "NZ": "nz", "RU": "ru", "UA": "un", "PL": "pl", "CZ": "xr", "SK": "xo", "RO": "rm",
    "HU": "hu", "BG": "bu", "IT": "it", "ES": "sp", "PT": "po", "BR": "bl", "AR": "ag", "MX": "mx", "CH": "sz",
    "AT": "au", "BE": "be", "NL": "ne", "LU": "lu", "SE": "sw", "NO": "no", "DK": "dk", "FI": "fi", "IE": "ie",
    "GR": "gr", "TR": "tu", "IL": "is", "EG": "ua", "ZA": "sa", "LV": "lv", "LT": "li", "EE": "er", "SI": "xv",
    "HR": "ci", "RS": "rb", "MC": "mc", "DZ": "ae", "TN": "ti", "MA": "mr", "SN": "sg", "CU": "cu",
}  # fmt: skip


def relator_from_unimarc(code: str) -> str:
    """MARC relator of a UNIMARC one (``070`` → ``aut``); anything else stays as it is."""
    return _RELATORS.get(code.strip(), code)


def country_from_iso(code: str) -> str:
    """MARC country of an ISO 3166 code (``VN`` → ``vm``); ``xx`` if it is not known here."""
    return _COUNTRIES.get(code.strip().upper()[:2], "xx")
