"""006, 007 and 008 of a merged record: the master's, unknown bytes filled from others of the same kind."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from unioncat.marc import Field
from unioncat.marc.build import control_field
from unioncat.merging.contribution import Contribution
from unioncat.model import RecordKey

__all__ = ["coded_fields"]

_UNKNOWN = frozenset(" |u")
_NO_DATE = frozenset(("    ", "||||", "uuuu"))
_NO_LANGUAGE = ("und", "|||", "   ")
_NO_PLACE = ("xx", "||", "  ")


def coded_fields(ordered: Sequence[Contribution]) -> list[tuple[Field, RecordKey, str]]:
    """(field, key of its source record, rule), by tag. ordered: the master first.

    006: of the first record that has any; 007: each once; of both, two that contradict each other nowhere are one.
    008: of the master, or of the first other of its kind where the master's has not forty characters.
    """
    if len(ordered) == 1:
        return _of_one(ordered[0])
    descriptions: dict[str, list[_Coded]] = {"006": [], "007": []}
    first_006: Contribution | None = None
    for contribution in ordered:
        for field in contribution.record.fields:
            tag = field.tag
            if tag >= "010":
                continue
            if tag == "006":
                if first_006 is None:
                    first_006 = contribution
                _take(descriptions[tag], field.data or "", contribution, is_new=contribution is first_006)
            elif tag == "007":
                _take(descriptions[tag], field.data or "", contribution, is_new=True)
    out = [
        (control_field(tag, one.data), one.key, one.rule(ordered[0], tag))
        for tag, found in descriptions.items()
        for one in found
    ]
    out.extend(_control_008(ordered))
    return out


_OF_ONE = {"006": "master", "007": "union", "008": "master"}


def _of_one(contribution: Contribution) -> list[tuple[Field, RecordKey, str]]:
    """As for many, the common case: every field once, and one 008."""
    seen: set[tuple[str, str]] = set()
    out: list[tuple[Field, RecordKey, str]] = []
    for field in contribution.record.fields:
        rule = _OF_ONE.get(field.tag)
        if rule is None:
            continue
        told = (field.tag, "" if field.tag == "008" else field.data or "")
        if told not in seen and (field.tag != "008" or field.data):
            seen.add(told)
            out.append((control_field(field.tag, field.data or ""), contribution.key, rule))
    if len(out) > 1:
        out.sort(key=lambda row: row[0].tag)
    return out


class _Coded:
    __slots__ = ("data", "filled", "key")

    def __init__(self, data: str, key: RecordKey) -> None:
        self.data, self.key, self.filled = data, key, False

    def rule(self, master: Contribution, tag: str) -> str:
        if self.filled:
            return "filled"
        return "union" if tag == "007" else "master" if self.key == master.key else "first"


def _take(known: list[_Coded], data: str, contribution: Contribution, *, is_new: bool) -> None:
    for one in known:
        joined = _joined(one.data, data)
        if joined is not None:
            one.filled = one.filled or joined != one.data
            one.data = joined
            return
    if is_new:
        known.append(_Coded(data, contribution.key))


def _joined(one: str, other: str) -> str | None:
    """Both in one; None if they are of different length or material, or say different things at any place."""
    if len(one) != len(other) or one[:1] != other[:1]:
        return None
    text = []
    for mine, theirs in zip(one, other, strict=True):
        if mine == theirs or theirs == "|":
            text.append(mine)
        elif mine == "|":
            text.append(theirs)
        else:
            return None
    return "".join(text)


def _data_008(contribution: Contribution) -> str:
    return next((field.data or "" for field in contribution.record.fields if field.tag == "008"), "")


def _control_008(ordered: Sequence[Contribution]) -> Iterable[tuple[Field, RecordKey, str]]:
    master = ordered[0]
    own = _data_008(master)
    others: list[tuple[Contribution, str]] = []
    if len(ordered) > 1:
        kind = str(master.record.leader)[6:8]
        same_kind = [one for one in ordered[1:] if str(one.record.leader)[6:8] == kind]
        others = [(one, data) for one in same_kind if len(data := _data_008(one)) == 40]
    if len(own) != 40 and others:
        giver, data = others.pop(0)
        return [(control_field("008", _fill(data, others)), giver.key, "first")]
    if not own:
        return []
    filled = _fill(own, others) if len(own) == 40 else own
    return [(control_field("008", filled), master.key, "filled" if filled != own else "master")]


def _fill(control_008: str, others: Iterable[tuple[Contribution, str]]) -> str:
    """`control_008` with what it does not say taken from the first other that does: dates, place and language as
    wholes, of 18-39 each place that has a fill character."""
    text = control_008
    for _, data in others:
        if text[6] in "|n" and text[7:11] in _NO_DATE and data[7:11] not in _NO_DATE and data[6] not in "|n":
            text = text[:6] + data[6:15] + text[15:]
        if text[15:17] in _NO_PLACE and data[15:17] not in _NO_PLACE:
            text = text[:15] + data[15:18] + text[18:]
        if text[35:38] in _NO_LANGUAGE and data[35:38] not in _NO_LANGUAGE:
            text = text[:35] + data[35:38] + text[38:]
        rest = (
            theirs if mine == "|" and theirs not in _UNKNOWN else mine
            for mine, theirs in zip(text[18:], data[18:], strict=True)
        )
        text = text[:18] + "".join(rest)
    return text
