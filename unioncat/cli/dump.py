"""Open-data dumps, and a library's own records given back."""

from __future__ import annotations

from pathlib import Path

import click

from unioncat.cli.context import app_of
from unioncat.cli.output import count_progress, json_option, plain, print_json, say


@click.command()
@click.option("--format", "formats", multiple=True, help="Export format; several may be named; all if none is.")
@click.option("--since", default="", help="Only what changed: 'last' (dump), a change number or a date.")
@click.option("--keep", default=0, help="Dumps of this kind to keep; 0 keeps all.")
@click.option("--give-back", "member", help="Write the library's own records, enriched, to --output instead.")
@click.option("--output", type=click.Path(path_type=Path, dir_okay=False), help="File of --give-back.")
@json_option
@click.pass_context
def dump(
    ctx: click.Context,
    formats: tuple[str, ...],
    since: str,
    keep: int,
    member: str | None,
    output: Path | None,
    as_json: bool,
) -> None:
    """Publish the catalogue, or what changed in it, at /data in open formats with checksums and a DCAT description."""
    with app_of(ctx) as app:
        if member is not None:
            path = output or Path(f"{member}.mrc")
            name = formats[0] if formats else "iso2709"
            with count_progress(f"writing {path}") as progress:
                count = app.dumps.giveback(app.disseminator, member, path, name, progress)
            say(f"Wrote {count} records of {member} to {path}.")
            return
        with count_progress("dumping", app.catalogue.counts().records) as progress:
            report = app.dumps.make(formats, since=since, keep=keep, progress=progress)
    if as_json:
        print_json(report)
        return
    say(f"{report.path}: {report.records} records, {report.deleted} deleted, up to change {report.last_change}")
    for file in report.files:
        row = plain(file)
        say(f"  {row['name']:<28} {row['records']:>9,} records {row['bytes']:>13,} bytes")
