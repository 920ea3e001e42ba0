"""A load in a process of its own, to be killed: python -m tests.crashing_load URL RECORDS WORKERS."""

from __future__ import annotations

import sys
from dataclasses import replace

from tests.union_house import Book, House, books, formats
from unioncat.matching import load_ruleset
from unioncat.services.pool import WorkPool


def crowd(count: int) -> list[Book]:
    """Distinct books, copies and reprints, so that clusters form and change."""
    made = books(count * 2 // 3)
    made += [replace(book, number=f"{book.number}x") for book in made[: count // 6]]
    made += [replace(book, number=f"{book.number}y", year=book.year + 3) for book in made[: count - len(made)]]
    return made


def main() -> None:
    url, count, workers = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
    house = House(url, WorkPool(load_ruleset("default"), workers=workers, formats=formats()))
    print(house.load(crowd(count)).account, flush=True)
    house.close()


if __name__ == "__main__":
    main()
