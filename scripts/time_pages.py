"""Milliseconds that the server needs for each kind of page: ``python scripts/time_pages.py --home DIR``.

Opens the catalogue of a home folder, asks every page several times within this process and prints median and worst.
Exits 1 if a median is over the limit (100 ms; issue 8).
"""

from __future__ import annotations

import argparse
import statistics
import sys
import time
from pathlib import Path

from unioncat.bootstrap import App
from unioncat.settings import load_settings

PAGES = (
    "/",
    "/search?q=nguyen",
    "/search?q=kinh+te+viet+nam",
    "/search?q=history&type=book&year=1900-1950",
    "/search?sort=title&page=50",
    "/search/advanced",
    "/suggest?q=kinh",
    "/record/{id}",
    "/record/{id}/marc",
    "/record/{id}/cite",
    "/record/{id}.xml",
    "/library",
    "/library/{member}",
    "/library/{member}/search?q=kinh",
    "/local-history",
    "/feeds/new.atom",
    "/feeds/print?q=kinh+te",
    "/help",
    "/sitemap.xml",
    "/api/v1/search?q=kinh+te",
)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--home", type=Path, required=True)
    parser.add_argument("--times", type=int, default=15)
    parser.add_argument("--limit", type=float, default=100.0, help="milliseconds")
    given = parser.parse_args()
    slow = 0
    with App(load_settings(given.home)) as parts:
        client = parts.web.test_client()
        records = client.get("/api/v1/search?q=a&count=1").get_json()["records"]
        names = {
            "id": records[0]["id"] if records else "uc00000001",
            "member": next(iter(parts.catalogue.members()), ""),
        }
        print(f"{parts.catalogue.counts().records:,} merged records")
        for pattern in PAGES:
            address = pattern.format(**names)
            taken = []
            for _ in range(given.times):
                begun = time.perf_counter()
                answer = client.get(address)
                taken.append((time.perf_counter() - begun) * 1000)
            median = statistics.median(taken)
            slow += median > given.limit
            print(f"{median:8.1f} ms  worst {max(taken):8.1f}  {answer.status_code}  {address}")
    return 1 if slow else 0


if __name__ == "__main__":
    sys.exit(main())
