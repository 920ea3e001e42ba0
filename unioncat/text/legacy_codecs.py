"""Codecs for the Vietnamese encodings of the years before Unicode, registered with Python's `codecs`.

=======  ====================================================================================================
tcvn3    TCVN 5712:1993 VN3 ("ABC" fonts). One byte a letter; toned capitals have no code: the fonts whose
         names end in H show small letters as capitals. The few capitals of VN2 are understood as well.
viscii   RFC 1456, one byte a letter.
vps      Vietnamese Professionals Society, one byte a letter.
vni      VNI for Windows: a base letter, then a byte for its marks.
viqr     RFC 1456: ASCII only, marks as punctuation after the letter, backslash before what is no mark.
=======  ====================================================================================================

Encoding raises UnicodeEncodeError for what the encoding cannot hold, unless another error handler is asked for.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING
from unicodedata import normalize

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer

__all__ = ["CP1252_CODE", "CP1252_SHOWN", "LEGACY_CODECS", "register_codecs"]

LEGACY_CODECS = ("tcvn3", "vni", "viscii", "vps", "viqr")
"""Names under which the codecs are registered."""


def _row(first: int, letters: str) -> dict[int, str]:
    """Codes from `first` on, one a letter; a dot leaves the code as it is."""
    return {first + place: letter for place, letter in enumerate(letters) if letter != "."}


_TCVN3 = _row(0xA1, "ĂÂÊÔƠƯĐăâêôơưđẰ") | _row(0xB5, "àảãáạẲằẳẵắẴ") | _row(0xC0, "ẮẦẨẪẤỀặầẩẫấậèỂẻẽ")
_TCVN3 |= _row(0xD0, "éẹềểễếệìỉỄẾỒĩíịò") | _row(0xE0, "Ổỏõóọồổỗốộờởỡớợù") | _row(0xF0, "Ỗủũúụừửữứựỳỷỹýỵ")

_VISCII = {0x02: "Ẳ", 0x05: "Ẵ", 0x06: "Ẫ", 0x14: "Ỷ", 0x19: "Ỹ", 0x1E: "Ỵ"}
_VISCII |= _row(0x80, "ẠẮẰẶẤẦẨẬẼẸẾỀỂỄỆỐ") | _row(0x90, "ỒỔỖỘỢỚỜỞỊỎỌỈỦŨỤỲ") | _row(0xA0, "Õắằặấầẩậẽẹếềểễệố")
_VISCII |= _row(0xB0, "ồổỗỠƠộờởịỰỨỪỬơớƯ") | _row(0xC0, "ÀÁÂÃẢĂẳẵÈÉÊẺÌÍĨỳ") | _row(0xD0, "ĐứÒÓÔạỷừửÙÚỹỵÝỡư")
_VISCII |= _row(0xE0, "àáâãảăữẫèéêẻìíĩỉ") | _row(0xF0, "đựòóôõỏọụùúũủýợỮ")

_VPS = _row(0x80, "ÀẢÃẤẦẨọỗĂếềểệẮẰẲ") | _row(0x90, "Ế..ỀỂỄỐỒỔỖýỷỵỚỜỞ") | _row(0xA0, ".ắằẳẵặỠớÙờởỡŨỨợỪ")
_VPS |= _row(0xB0, "ổỬỲỸÍÌộỈĨÓửữÒỎÕự") | _row(0xC0, "ầÁÂấẩẫậđẻÉÊẹỉễịỹ") | _row(0xD0, "ƯỦồốÔỏơÈừứÚũưÝẺ.")
_VPS |= _row(0xE0, "àáâ.ảạă.èéêẽìí.ĩ") | _row(0xF0, "ẴĐòóôõ.Ơụùúủ.ỶẼỳ")


def _vni_sequences() -> dict[str, str]:
    """VNI's code sequences as CP1252 shows them, small letters: ``aá`` is ấ."""
    marks = {
        "": dict(zip("\u0301\u0300\u0309\u0303\u0323", "ùøûõï", strict=True)),
        "\u0302": dict(zip("\u0301\u0300\u0309\u0303\u0323", "áàåãä", strict=True)) | {"": "â"},
        "\u0306": dict(zip("\u0301\u0300\u0309\u0303\u0323", "éèúüë", strict=True)) | {"": "ê"},
    }
    table: dict[str, str] = {"đ": "ñ", "ơ": "ô", "ư": "ö", "í": "í", "ì": "ì", "ỉ": "æ", "ĩ": "ó", "ị": "ò", "ỵ": "î"}
    for vowel, modifiers in (
        ("a", ("", "\u0302", "\u0306")),
        ("e", ("", "\u0302")),
        ("o", ("", "\u0302")),
        ("u", ("",)),
        ("y", ("",)),
    ):
        for modifier in modifiers:
            for tone, mark in marks[modifier].items():
                table.setdefault(normalize("NFC", vowel + modifier + tone), vowel + mark)
    for letter, carrier in (("ơ", "ô"), ("ư", "ö")):
        for tone, mark in marks[""].items():
            table[normalize("NFC", letter + tone)] = carrier + mark
    return table


_VNI_SMALL = _vni_sequences()
_VNI = _VNI_SMALL | {letter.upper(): sequence.upper() for letter, sequence in _VNI_SMALL.items()}
_VNI_DECODE = {sequence: letter for letter, sequence in _VNI.items()}
_VNI_DECODE |= {  # a capital followed by the mark of the small letter, as some converters write it
    sequence[0].upper() + sequence[1]: letter.upper() for letter, sequence in _VNI_SMALL.items() if len(sequence) == 2
}
_VNI_BYTES = frozenset(part for sequence in _VNI_DECODE for part in sequence)
_VNI_SEQUENCE = re.compile("|".join(sorted(_VNI_DECODE, key=len, reverse=True)))

_VIQR_MARKS = {"\u0302": "^", "\u0306": "(", "\u031b": "+"}
_VIQR_TONES = {"\u0301": "'", "\u0300": "`", "\u0309": "?", "\u0303": "~", "\u0323": "."}
_VIQR_BASES = {
    "a": ("", "\u0302", "\u0306"),
    "e": ("", "\u0302"),
    "o": ("", "\u0302", "\u031b"),
    "u": ("", "\u031b"),
    "i": ("",),
    "y": ("",),
}


def _viqr_sequences() -> dict[str, str]:
    table = {"đ": "dd", "Đ": "DD"}
    for base, modifiers in _VIQR_BASES.items():
        for modifier in modifiers:
            for tone in ("", *_VIQR_TONES):
                for letter in (base, base.upper()):
                    composed = normalize("NFC", letter + modifier + tone)
                    table[composed] = letter + _VIQR_MARKS.get(modifier, "") + _VIQR_TONES.get(tone, "")
    return {letter: sequence for letter, sequence in table.items() if letter != sequence}


_VIQR = _viqr_sequences()
_VIQR_DECODE = {sequence: letter for letter, sequence in _VIQR.items()} | {"Dd": "Đ", "dD": "đ"}
_VIQR_DECODE |= {  # RFC 1456 allows * for the horn
    sequence.replace("+", "*"): letter for sequence, letter in _VIQR_DECODE.items() if "+" in sequence
}
_VIQR_SEQUENCE = re.compile(
    r"\\(.)|" + "|".join(re.escape(one) for one in sorted(_VIQR_DECODE, key=len, reverse=True)), re.DOTALL
)
_VIQR_ESCAPED = re.compile(r"(?<=[AEIOUYaeiouy^(+*'`?~])[\^(+*'`?~.]|(?<=[dD])[dD]|\\")

CP1252_SHOWN = {code: bytes([code]).decode("cp1252", "ignore") or chr(code) for code in range(0x80, 0x100)}
CP1252_CODE = {character: code for code, character in CP1252_SHOWN.items()}


def _codec_error(name: str, text: str, start: int, errors: str) -> str:
    handler = codecs.lookup_error(errors)
    replacement, _ = handler(UnicodeEncodeError(name, text, start, start + 1, "no code for this character"))
    return replacement if isinstance(replacement, str) else replacement.decode("ascii", "replace")


def _single_byte(name: str, table: Mapping[int, str]) -> codecs.CodecInfo:
    decoding = "".join(table.get(code, chr(code) if code < 0x80 else CP1252_SHOWN[code]) for code in range(256))
    taken = set(table.values())
    codes: dict[str, int] = {}
    for code, character in enumerate(decoding):
        if code < 0x80 and code not in table:
            codes[character] = code
    for code in range(255, -1, -1):
        character = decoding[code]
        if code in table or (code >= 0x80 and character not in taken):
            codes.setdefault(character, code)

    def encode(text: str, errors: str = "strict") -> tuple[bytes, int]:
        out = bytearray()
        composed = normalize("NFC", text)
        for at, character in enumerate(composed):
            code = codes.get(character)
            if code is None:
                out += _codec_error(name, composed, at, errors).encode("ascii", "replace")
            else:
                out.append(code)
        return bytes(out), len(text)

    def decode(data: bytes, errors: str = "strict") -> tuple[str, int]:
        view = bytes(data)
        return "".join([decoding[code] for code in view]), len(view)

    return _codec_info(name, encode, decode, 0)


def _vni() -> codecs.CodecInfo:
    def encode(text: str, errors: str = "strict") -> tuple[bytes, int]:
        out = bytearray()
        composed = normalize("NFC", text)
        for at, character in enumerate(composed):
            sequence = _VNI.get(character)
            if sequence is None and (character not in CP1252_CODE or character in _VNI_BYTES) and character >= "\x80":
                out += _codec_error("vni", composed, at, errors).encode("ascii", "replace")
            else:
                out += bytes(ord(part) if part < "\x80" else CP1252_CODE[part] for part in sequence or character)
        return bytes(out), len(text)

    def decode(data: bytes, errors: str = "strict") -> tuple[str, int]:
        view = bytes(data)
        shown = "".join(chr(code) if code < 0x80 else CP1252_SHOWN[code] for code in view)
        return _VNI_SEQUENCE.sub(lambda found: _VNI_DECODE[found[0]], shown), len(view)

    return _codec_info("vni", encode, decode, 1)


def _viqr() -> codecs.CodecInfo:
    def encode(text: str, errors: str = "strict") -> tuple[bytes, int]:
        out = []
        composed = normalize("NFC", text)
        for at, character in enumerate(composed):
            if character in _VIQR:
                out.append(_VIQR[character])
            elif character < "\x80":
                previous = out[-1][-1:] if out else ""
                risky = character == "\\" or _VIQR_ESCAPED.search(previous + character, len(previous)) is not None
                out.append("\\" + character if risky else character)
            else:
                out.append(_codec_error("viqr", composed, at, errors))
        return "".join(out).encode("ascii", "replace"), len(text)

    def decode(data: bytes, errors: str = "strict") -> tuple[str, int]:
        view = bytes(data)
        shown = view.decode("ascii", errors)
        return _VIQR_SEQUENCE.sub(lambda found: found[1] or _VIQR_DECODE[found[0]], shown), len(view)

    return _codec_info("viqr", encode, decode, 3)


def _codec_info(
    name: str,
    encode: Callable[..., tuple[bytes, int]],
    decode: Callable[..., tuple[str, int]],
    lookahead: int,
) -> codecs.CodecInfo:
    """A codec with its stateful parts. lookahead: bytes that may change the meaning of those before them."""

    class Decoder(codecs.BufferedIncrementalDecoder):
        def _buffer_decode(self, input: ReadableBuffer, errors: str, final: bool) -> tuple[str, int]:
            data = bytes(input)
            if final or not lookahead:
                return decode(data, errors)
            # cut behind a space or line end, where no sequence goes on
            cut = max(data.rfind(b" "), data.rfind(b"\n")) + 1
            return decode(data[:cut], errors)[0], cut

    class Encoder(codecs.IncrementalEncoder):
        def encode(self, input: str, final: bool = False) -> bytes:
            return encode(input, self.errors)[0]

    class Reader(codecs.StreamReader):
        def decode(self, input: bytes, errors: str = "strict") -> tuple[str, int]:
            return decode(input, errors)

    class Writer(codecs.StreamWriter):
        def encode(self, input: str, errors: str = "strict") -> tuple[bytes, int]:
            return encode(input, errors)

    return codecs.CodecInfo(
        name=name, encode=encode, decode=decode, incrementalencoder=Encoder, incrementaldecoder=Decoder,
        streamreader=Reader, streamwriter=Writer,
    )  # fmt: skip


_ALIASES = {"abc": "tcvn3", "tcvn5712": "tcvn3", "tcvn5712_3": "tcvn3", "vni_win": "vni"}
_CODECS: dict[str, codecs.CodecInfo] = {}


def _search(name: str) -> codecs.CodecInfo | None:
    name = _ALIASES.get(name, name)
    if name not in LEGACY_CODECS:
        return None
    if name not in _CODECS:
        single = {"tcvn3": _TCVN3, "viscii": _VISCII, "vps": _VPS}
        _CODECS[name] = _vni() if name == "vni" else _viqr() if name == "viqr" else _single_byte(name, single[name])
    return _CODECS[name]


_registered = False


def register_codecs() -> None:
    """Make ``bytes.decode("tcvn3")`` and its like work; done when this module is imported."""
    global _registered
    if not _registered:
        codecs.register(_search)
        _registered = True


register_codecs()
