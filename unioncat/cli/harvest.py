"""Records in: load files, harvest feeds, retry what was refused, release or discard what is held."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import click

from unioncat.bootstrap import App
from unioncat.cli.context import app_of
from unioncat.cli.output import account_progress, fail, json_option, print_json, say
from unioncat.model import Account, Conflict, HarvestedRecord, Source, UnreadableInput, WrongUse

SHOWN = 5  # refused records named after a run


@click.command()
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--member", "-m", required=True, help="Code of the library whose records these are.")
@click.option("--source", "source_code", default="", help="Its feed to load into (default: MEMBER-file).")
@click.option("--format", "format_", default="", help="Reading format; found out from the content if not given.")
@click.option("--full", is_flag=True, help="These files are all the library has: what is missing is deleted.")
@click.option(
    "--hint", "hints", multiple=True, metavar="NAME=VALUE", help="What the file does not say, e.g. encoding=tcvn3."
)
@json_option
@click.pass_context
def load(
    ctx: click.Context,
    files: tuple[Path, ...],
    member: str,
    source_code: str,
    format_: str,
    full: bool,
    hints: tuple[str, ...],
    as_json: bool,
) -> int:
    """Load FILES of a library: ISO 2709, MARCXML, MARC-in-JSON, .mrk, CDS/ISIS, Dublin Core, CSV, XLSX, also packed.

    Ends with one line: read = stored + unchanged + deleted + refused. Run it again after an interruption:
    nothing is stored twice.
    """
    given = _pairs(hints)
    with app_of(ctx) as app:
        source = app.sources.file_source(member, source_code)
        for path in files:
            _check_readable(app, path, format_)

        def records() -> Iterator[HarvestedRecord]:
            for path in files:
                yield from app.formats.open(path, format_, given)

        with account_progress(f"loading for {member}") as progress:
            run = app.ingest.run(source, records(), full=full, progress=progress)
        if run.account.read == 0 and not full:
            raise UnreadableInput(f"{', '.join(map(str, files))}: no record was found; nothing was stored")
        app.refresh_index()
        app.reports.remember(source.id)
        return _report(app, source, run.number, run.state, run.account, as_json, inferred=run.inferred)


def _check_readable(app: App, path: Path, format_: str) -> None:
    """Before anything is stored: a sentence for what is missing, empty or of no known format."""
    if not path.exists():
        raise UnreadableInput(f"there is no file {path}")
    if path.is_dir():
        raise UnreadableInput(f"{path} is a folder; name the files in it")
    if path.stat().st_size == 0:
        raise UnreadableInput(f"{path} is empty; nothing was stored")
    if not format_:
        app.formats.sniff(path)


def _pairs(texts: tuple[str, ...]) -> dict[str, str]:
    pairs = {}
    for text in texts:
        name, equals, value = text.partition("=")
        if not equals:
            raise WrongUse(f"--hint {text!r}: write NAME=VALUE")
        pairs[name] = value
    return pairs


@click.command()
@click.argument("source_code", metavar="[SOURCE]", required=False)
@click.option("--all", "all_", is_flag=True, help="Every feed that is not paused.")
@click.option("--due", is_flag=True, help="The feeds whose planned time has come.")
@click.option("--full", is_flag=True, help="Everything anew, not only what changed since the last run.")
@click.option("--dry-run", is_flag=True, help="Show what would change; store nothing.")
@click.option("--release", is_flag=True, help="Apply the held run of SOURCE.")
@click.option("--discard", is_flag=True, help="Throw the held run of SOURCE away.")
@json_option
@click.pass_context
def harvest(
    ctx: click.Context,
    source_code: str | None,
    all_: bool,
    due: bool,
    full: bool,
    dry_run: bool,
    release: bool,
    discard: bool,
    as_json: bool,
) -> int:
    """Harvest one feed, all, or those that are due; an interrupted run goes on from its last page."""
    if sum((source_code is not None, all_, due)) != 1:
        raise WrongUse("say which feed to harvest: its code, --all or --due (see: unioncat source list)")
    if (release or discard) and source_code is None:
        raise WrongUse("--release and --discard need the code of the feed")
    with app_of(ctx) as app:
        sources = _chosen(app, source_code, all_)
        if not sources:
            say("nothing to harvest")
            return 0
        worst = 0
        for source in sources:
            if len(sources) > 1 and not as_json:
                say(f"{source.code}:")
            if release or discard:
                worst = max(worst, _settle_held(app, source, release, as_json))
            elif dry_run:
                worst = max(worst, _rehearse(app, source, full, as_json))
            else:
                try:
                    worst = max(worst, _harvest(app, source, full, as_json))
                except Conflict as error:
                    fail(str(error))
                    worst = max(worst, 1)
        app.refresh_index()
        return worst


def _chosen(app: App, code: str | None, all_: bool) -> list[Source]:
    if code is not None:
        return [app.sources.get(code)]
    if all_:
        return app.sources.harvestable()
    return app.scheduler.due()


def _harvest(app: App, source: Source, full: bool, as_json: bool) -> int:
    harvester = app.harvesters.get(source.harvester)
    with account_progress(f"harvesting {source.code}") as progress:
        result = app.harvesting.run(harvester, source, full=full, watch=lambda account, total: progress(account))
    app.after_run(source, result)
    return _report(
        app,
        source,
        result.harvest,
        result.state,
        result.account,
        as_json,
        inferred=result.inferred,
        message=result.message,
        warnings=result.warnings,
    )


def _settle_held(app: App, source: Source, release: bool, as_json: bool) -> int:
    held = app.sources.held(source)
    if not release:
        app.harvesting.discard(source, held.id)
        say(f"run {held.id} of {source.code} was discarded; nothing was deleted")
        return 0
    result = app.harvesting.release(app.harvesters.get(source.harvester), source, held.id)
    return _report(app, source, held.id, result.state, result.account, as_json, inferred=result.inferred)


def _rehearse(app: App, source: Source, full: bool, as_json: bool) -> int:
    found = app.rehearse_harvest(source, full)
    if as_json:
        print_json(found)
        return 0
    for word, count, names in (
        ("new", found.new_count, found.new),
        ("changed", found.changed_count, found.changed),
        ("deleted", found.account.deleted, found.deleted),
    ):
        say(f"{word} {count}" + (f": {', '.join(names[:SHOWN])} …" if names else ""))
    for identifier, reason in found.refused[:SHOWN]:
        fail(f"would refuse {identifier}: {reason}")
    say(f"would be: {found.account}")
    return 1 if found.account.refused else 0


@click.command()
@click.argument("source_code", metavar="SOURCE")
@json_option
@click.pass_context
def retry(ctx: click.Context, source_code: str, as_json: bool) -> int:
    """Try the refused records of SOURCE again, as after an update or a change of its quirks."""
    with app_of(ctx) as app:
        source = app.sources.get(source_code)
        account = app.ingest.retry(source)
        left = app.sources.still_refused(source)
        app.refresh_index()
    if as_json:
        print_json({"source": source_code, "account": account, "still_refused": left})
    else:
        say(str(account))
        say(f"still refused: {left}")
    return 1 if left else 0


def _report(
    app: App,
    source: Source,
    number: int,
    state: str,
    account: Account,
    as_json: bool,
    *,
    inferred: int = 0,
    message: str = "",
    warnings: tuple[str, ...] = (),
) -> int:
    """What a run did, the refused records first, the account as the last line."""
    refused = app.sources.refused(number, SHOWN) if account.refused else []
    if as_json:
        print_json(
            {
                "source": source.code,
                "harvest": number,
                "state": state,
                "read": account.read,
                "stored": account.stored,
                "unchanged": account.unchanged,
                "deleted": account.deleted,
                "refused": account.refused,
                "inferred_deletions": inferred,
                "message": message,
                "warnings": warnings,
                "first_refused": [{"position": each.position, "reason": each.reason} for each in refused],
            }
        )
    else:
        for text in warnings:
            fail(text)
        for each in refused:
            fail(f"refused {source.code}#{each.position} {each.identifier}: {each.reason}")
        if account.refused > len(refused) > 0:
            fail(f"… and {account.refused - len(refused)} more; all: unioncat report {source.member}")
        if inferred:
            say(f"{inferred} records did not come any more and were deleted")
        if state != "complete":
            fail(f"{source.code}: {state}: {message or 'see unioncat source list'}")
        say(str(account))
    return 0 if state == "complete" and not account.refused else 1
