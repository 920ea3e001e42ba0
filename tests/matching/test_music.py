"""Thematic numbers and form words leave the titles of music, and only those."""

from __future__ import annotations

import pytest

from tests.match_records import view
from unioncat.matching.music import thematic_numbers, without_score_words


@pytest.mark.parametrize(
    ("text", "works"),
    [
        ("die zauberflote : kv 620", ("k620",)),
        ("die zauberflote, k. 620", ("k620",)),
        ("die zauberflote (kochelverzeichnis nr. 620)", ("k620",)),
        ("matthaus-passion : bwv 244", ("bwv244",)),
        ("symphonie nr. 8, d. 759", ("d759",)),
        ("klavierkonzert, op. 73 no. 5", ("op73",)),
        ("die schopfung : hob. xxi: 2", ("hobxxi:2",)),
        ("die zauberflote", ()),
        ("kvinnan i staden 620", ()),
        ("vitamin d 3", ()),
    ],
)
def test_thematic_numbers(text: str, works: tuple[str, ...]) -> None:
    found, rest = thematic_numbers(text)
    assert found == works
    assert not works or works[0].strip("abcdefghijklmnopqrstuvwxyz:") not in rest.split()


def test_form_words_of_a_score_are_no_title() -> None:
    assert without_score_words("oper in zwei akten : klavierauszug mit gesang").split() == [
        "oper",
        "in",
        "zwei",
        "akten",
        ":",
    ]
    assert without_score_words("eine oper") == "eine oper"


def test_only_titles_of_music_are_taken_apart() -> None:
    book = view("245 $aSinh học K 12")
    score = view("245 $aDie Zauberflöte :$bKV 620, Klavierauszug", leader="00000ncm a2200000   4500")
    assert book.works == ()
    assert score.works == ("k620",)
    assert score.title == "zauberflote"
    assert score.score == "vocal"
