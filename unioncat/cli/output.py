"""How commands speak: tables for people, JSON for scripts, progress on standard error."""

from __future__ import annotations

import dataclasses
import json
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

import click
from rich.console import Console
from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn, TimeRemainingColumn
from rich.table import Table

from unioncat.model import Account

json_option = click.option("--json", "as_json", is_flag=True, help="Print JSON for scripts.")

WIDE = 200  # columns of a table that goes into a file or another program

ERRORS = Console(stderr=True, highlight=False, soft_wrap=True)


def fail(sentence: str) -> None:
    """One sentence on standard error."""
    ERRORS.print(f"unioncat: {sentence}", markup=False)


def say(sentence: str = "") -> None:
    click.echo(sentence)


def print_json(value: Any) -> None:
    click.echo(json.dumps(value, ensure_ascii=False, indent=2, default=plain))


def plain(value: Any) -> Any:
    """What json cannot write by itself: dataclasses, times, paths, bytes (as hexadecimal digits), sets."""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {item.name: getattr(value, item.name) for item in dataclasses.fields(value)}
    if isinstance(value, datetime):
        return value.strftime("%Y-%m-%dT%H:%M:%SZ")
    if isinstance(value, bytes):
        return value.hex()
    if isinstance(value, set | frozenset | tuple):
        return sorted(value, key=str) if not isinstance(value, tuple) else list(value)
    if isinstance(value, Mapping):
        return dict(value)
    if isinstance(value, Path):
        return str(value)
    return str(value)


def print_rows(rows: Sequence[Mapping[str, Any]], as_json: bool, columns: Sequence[str] = ()) -> None:
    """A table of rows, or the same rows as a JSON list."""
    if as_json:
        print_json(list(rows))
        return
    if not rows:
        say("none")
        return
    table = Table(box=None, pad_edge=False, header_style="bold")
    names = list(columns or rows[0])
    for name in names:
        table.add_column(name.replace("_", " "), overflow="fold")
    for row in rows:
        table.add_row(*[_cell(row.get(name)) for name in names])
    width = None if sys.stdout.isatty() else WIDE
    Console(highlight=False, markup=False, width=width).print(table)


def _cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, datetime):
        return value.strftime("%Y-%m-%d %H:%M")
    if isinstance(value, bool):
        return "yes" if value else ""
    return str(value)


@contextmanager
def account_progress(label: str, total: int | None = None) -> Iterator[Callable[[Account], None]]:
    """A progress line on standard error that follows a run's account; quiet when that is no terminal."""
    if not ERRORS.is_terminal:
        yield lambda account: None
        return
    with _progress(total) as progress:
        task = progress.add_task(label, total=total, account="")

        def follow(account: Account) -> None:
            progress.update(task, completed=account.read, account=f"refused {account.refused}")

        yield follow


@contextmanager
def count_progress(label: str, total: int | None = None) -> Iterator[Callable[[int], None]]:
    """As `account_progress`, following a plain number."""
    if not ERRORS.is_terminal:
        yield lambda done: None
        return
    with _progress(total) as progress:
        task = progress.add_task(label, total=total, account="")
        yield lambda done: progress.update(task, completed=done)


def _progress(total: int | None) -> Progress:
    columns = (
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.completed:,}" + ("/{task.total:,}" if total else "")),
        TextColumn("{task.fields[account]}"),
        TimeElapsedColumn(),
        *((TimeRemainingColumn(),) if total else ()),
    )
    return Progress(*columns, console=ERRORS, transient=True)
