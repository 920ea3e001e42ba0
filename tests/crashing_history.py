"""The history of one library in a process of its own, to be killed: python -m tests.crashing_history URL CODE SEED.

Loads, changes, deletions, loads again and verdicts, each a transaction or more. The steps are a function of (code,
seed), and going through them again after a crash ends where an undisturbed run ends.
"""

from __future__ import annotations

import random
import sys
from collections.abc import Iterator
from dataclasses import dataclass, replace

from tests.union_house import Book, House, books
from unioncat.model import record_key
from unioncat.services.verdicts import VerdictDesk

SHARED = books(60)
"""Books that every library may have, so that clusters cross libraries."""


@dataclass(frozen=True, slots=True)
class Step:
    """what: load, delete, or a verdict (same, different) on the two records of these numbers."""

    what: str
    books: tuple[Book, ...] = ()
    numbers: tuple[str, ...] = ()


def steps(code: str, seed: int) -> list[Step]:
    chosen = random.Random(f"{code} {seed}")
    own = [replace(book, call_number=code) for book in chosen.sample(SHARED, 40)]
    copies = [replace(book, number=book.number + "x") for book in own[:12]]
    reprints = [replace(book, number=book.number + "y", year=book.year + 4) for book in own[12:20]]
    generic = [Book(f"{code}{place}", "Toán 1", "", 2000 + place % 3, 0, "") for place in range(6)]
    made = [*own, *copies, *reprints, *generic]
    chosen.shuffle(made)
    found = [Step("load", tuple(made[at : at + 11])) for at in range(0, len(made), 11)]
    for book in own[:6]:  # each record is in one verdict at most, so that none contradicts another
        found.append(Step("different", numbers=(book.number, book.number + "x")))
    for left, right in zip(own[20:24], own[24:28], strict=True):
        found.append(Step("same", numbers=(left.number, right.number)))
    changed = [replace(book, pages=book.pages + 100, title=f"{book.title} tân biên") for book in own[28:34]]
    gone = chosen.sample([book.number for book in made], 20)
    back = [book for book in made if book.number in gone[:12]]
    found += [Step("load", tuple(changed)), Step("delete", numbers=tuple(gone)), Step("load", tuple(back))]
    return found


def take(house: House, code: str, step: Step) -> None:
    if step.what == "load":
        house.load(step.books, code)
    elif step.what == "delete":
        house.delete(*step.numbers, code=code)
    else:
        desk = VerdictDesk(house.store, house.recluster.run, clock=house.clock)
        left, right = (record_key(code, number) for number in step.numbers)
        desk.say(left, right, same=step.what == "same", who="lan", why="đã xem sách")


def histories(codes: tuple[str, ...], seed: int) -> Iterator[tuple[str, Step]]:
    """Of several libraries, one after the other."""
    for code in codes:
        for step in steps(code, seed):
            yield code, step


def main() -> None:
    url, code, seed = sys.argv[1], sys.argv[2], int(sys.argv[3])
    house = House(url)
    print("begun", flush=True)
    for step in steps(code, seed):
        take(house, code, step)
    house.cluster()
    print("done", flush=True)
    house.close()


if __name__ == "__main__":
    main()
