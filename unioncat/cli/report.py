"""A library's report: what was fixed here, what to fix at home, the trend since the last runs."""

from __future__ import annotations

from pathlib import Path

import click

from unioncat.cli.context import app_of
from unioncat.cli.output import json_option, print_json, say
from unioncat.services.report_html import report_html
from unioncat.services.report_xlsx import report_xlsx

SHOWN = 8


@click.command()
@click.argument("member")
@click.option("--language", type=click.Choice(["vi", "en"]), help="Language of the report (default: the library's).")
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path, file_okay=False),
    help="Folder for the page and the workbook (default: `reports` in the home folder).",
)
@json_option
@click.pass_context
def report(ctx: click.Context, member: str, language: str | None, output: Path | None, as_json: bool) -> None:
    """Write the report of the library MEMBER as a page (HTML) and a workbook (XLSX)."""
    with app_of(ctx) as app:
        found = app.reports.of(member)
        if as_json:
            print_json(found)
            return
        spoken = language or found.member.language
        folder = output or app.path("reports")
        folder.mkdir(parents=True, exist_ok=True)
        page, book = folder / f"{member}.{spoken}.html", folder / f"{member}.{spoken}.xlsx"
        name = app.settings.name_en if spoken == "en" else app.settings.name_vi
        page.write_text(
            report_html(found, spoken, catalogue=name, public_url=app.settings.public_url), encoding="utf-8"
        )
        book.write_bytes(report_xlsx(found, spoken))
    say(f"{found.member.name}: {found.records} records, {found.share_clean:.0%} without anything to mend at home")
    for row in found.wanted[:SHOWN]:
        say(f"  {row.severity:<8} {row.records:>7}  {row.rule}")
    say(f"{page}")
    say(f"{book}")
