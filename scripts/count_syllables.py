"""Write unioncat/text/common_syllables.tsv from a file of Vietnamese records (UTF-8 ISO 2709).

    python scripts/count_syllables.py RECORDS.mrc[.gz] > unioncat/text/common_syllables.tsv

Only how often syllables occur is kept: no word order, no titles, no names.
"""

from __future__ import annotations

import collections
import math
import sys

from unioncat.model import BadRecord
from unioncat.services.formats import Formats
from unioncat.text import exact_tokens
from unioncat.text.syllables import is_syllable

RAREST = 4


def main(path: str) -> None:
    formats = Formats.load()
    counted: collections.Counter[str] = collections.Counter()
    for harvested in formats.open(path):
        if harvested.raw is None or harvested.refused:
            continue
        try:
            record = formats.parse(harvested.raw).record
        except BadRecord:
            continue
        for field in record.fields:
            if field.tag[0] in "1245678":
                for _, value in field.subfields:
                    counted.update(word for word in exact_tokens(value) if is_syllable(word))
    groups: dict[int, list[str]] = collections.defaultdict(list)
    for word, number in counted.items():
        if number >= RAREST:
            groups[1 + min(8, int(math.log2(number / RAREST)))].append(word)
    print("# Common Vietnamese syllables by class: each class is twice as common as the one below it.")
    print("# Counted by scripts/count_syllables.py over the titles, names and subjects of 10,000 records of a")
    print("# Vietnamese university library.")
    for group in sorted(groups, reverse=True):
        print(f"{group}\t{' '.join(sorted(groups[group]))}")


if __name__ == "__main__":
    main(sys.argv[1])
