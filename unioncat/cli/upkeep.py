"""Keeping a catalogue well: verify, doctor, backup, restore."""

from __future__ import annotations

from pathlib import Path

import click

from unioncat.cli.context import app_of, settings_of
from unioncat.cli.output import count_progress, fail, json_option, plain, print_json, say
from unioncat.model import WrongUse, parse_public_id
from unioncat.services import backup as copies
from unioncat.services.reprocess import reprocess as read_again
from unioncat.services.suppression import suppress as hide
from unioncat.services.verify import verify as check_catalogue
from unioncat.serving import Servers, Wanted

SHOWN = 10


@click.command()
@click.option("--quick", is_flag=True, help="Only check the books, without the rebuild.")
@json_option
@click.pass_context
def verify(ctx: click.Context, quick: bool, as_json: bool) -> int:
    """Prove that the catalogue equals what its source records, verdicts and ruleset make of it."""
    with app_of(ctx) as app:
        total = app.catalogue.counts().source_records
        with count_progress("rebuilding", total) as progress:
            found = check_catalogue(app.store, app.pool, rebuild=not quick, progress=progress)
    if as_json:
        print_json({**plain(found), "is_sound": found.is_sound})
        return 0 if found.is_sound else 1
    for broken in found.broken:
        fail(str(broken))
    if found.waiting:
        fail(f"{found.waiting} source records wait to be clustered; a load or harvest was interrupted: run it again")
    for each in found.differences[:SHOWN]:
        fail(f"{each.public_id}: a rebuild differs in {each.kind}: {', '.join(each.keys[:5])}")
    if found.difference_count > SHOWN:
        fail(f"… {found.difference_count} differences in all")
    if not quick:
        say(f"compared {found.records} source records in {found.clusters} merged records")
        say(f"catalogue {found.fingerprint}")
        say(f"rebuild   {found.rebuilt_fingerprint}")
    say("The catalogue is sound." if found.is_sound else "The catalogue is NOT what it should be.")
    return 0 if found.is_sound else 1


@click.command()
@click.argument("path", type=click.Path(path_type=Path, dir_okay=False))
@click.pass_context
def backup(ctx: click.Context, path: Path) -> None:
    """Write a consistent copy of the store to PATH, while it is in use."""
    with app_of(ctx) as app:
        size = copies.backup(app.store, path)
    say(f"Wrote {path}, {size:,} bytes.")


@click.command()
@click.argument("path", type=click.Path(path_type=Path, dir_okay=False))
@click.pass_context
def restore(ctx: click.Context, path: Path) -> None:
    """Make the store out of the backup PATH; there must be none yet. Then: unioncat index rebuild."""
    settings = settings_of(ctx)
    settings.home.mkdir(parents=True, exist_ok=True)
    copies.restore(path, settings.store_url)
    say(f"Restored {path}. Make the index anew with: unioncat index rebuild")


@click.command()
@click.option("--url", help="Address of the running catalogue; without it, one is served for the while.")
@click.option("--z3950", "z3950_address", help="host:port of the running Z39.50 server.")
@json_option
@click.pass_context
def doctor(ctx: click.Context, url: str | None, z3950_address: str | None, as_json: bool) -> int:
    """Ask the catalogue's own OAI-PMH, SRU and Z39.50 as the world does, and compare with the store."""
    with app_of(ctx) as app:
        if url is not None:
            checks = app.doctor(url, z3950_address or "").examine()
        else:
            with Servers(app, Wanted("127.0.0.1:0", "127.0.0.1:0")) as servers:
                assert servers.z3950_address is not None
                checks = app.doctor(servers.http_url, "{}:{}".format(*servers.z3950_address)).examine()
    if as_json:
        print_json(checks)
    else:
        for check in checks:
            say(f"{'ok    ' if check.ok else 'FAILED'} {check.name}: {check.vi} / {check.en}")
    return 0 if all(check.ok for check in checks) else 1


@click.command()
@click.pass_context
def reprocess(ctx: click.Context) -> None:
    """Read every stored record again from its bytes, as after an update that reads or matches better."""
    with app_of(ctx) as app:
        total = app.catalogue.counts().source_records
        with count_progress("reading again", total) as progress:
            done = read_again(app.store, app.pool, app.recluster.run, lambda so_far: progress(so_far.read))
        app.refresh_index()
    say(f"read {done.read}, changed {done.changed}, no longer readable {done.unreadable} (kept as they were)")


@click.command()
@click.argument("record")
@click.option("--undo", is_flag=True, help="Show it again.")
@click.pass_context
def suppress(ctx: click.Context, record: str, undo: bool) -> None:
    """Hide the merged RECORD (uc00000042) from everybody; aggregators are told that it is deleted."""
    number = parse_public_id(record)
    if number is None:
        raise WrongUse(f"{record!r} is no id of a merged record, such as uc00000042")
    with app_of(ctx) as app:
        hide(app.store, number, not undo)
        app.refresh_index()
    say(f"{record} is {'shown again' if undo else 'hidden'}.")
