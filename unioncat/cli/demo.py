"""unioncat demo: the main job, shown on five sample libraries."""

from __future__ import annotations

import sys
import tempfile
import time
from pathlib import Path

import click

from unioncat.bootstrap import App
from unioncat.cli.output import plain, print_json, say
from unioncat.cli.serve import stop_on_signals
from unioncat.demo.check import Checked, check
from unioncat.demo.story import Story, tell, title_of
from unioncat.demo.walk import Gathered, fresh_home, gather, prepare
from unioncat.serving import Servers, Wanted
from unioncat.settings import load_settings


@click.command()
@click.option(
    "--home",
    "demo_home",
    type=click.Path(path_type=Path, file_okay=False),
    help="Where to make it (an earlier demo there is made anew); default: a temporary folder.",
)
@click.option("--http", help="Address of the web, host:port; port 0 takes a free one.")
@click.option("--z3950", help="Address of Z39.50, host:port; port 0 takes a free one, empty for none.")
@click.option("--check", "only_check", is_flag=True, help="Look at itself over HTTP, print a summary and end.")
@click.option("--json", "as_json", is_flag=True, help="With --check: print the summary as JSON.")
@click.pass_context
def demo(
    ctx: click.Context, demo_home: Path | None, http: str | None, z3950: str | None, only_check: bool, as_json: bool
) -> int:
    """Five sample libraries of Bến Tre: harvested, merged, served.

    Prints what was merged and why, and the addresses to open; Ctrl-C ends it. Without a terminal, and with
    --check, it asks itself over HTTP and ends: 0 if all is well, 1 with what failed.
    """
    begun = time.monotonic()
    home = demo_home or ctx.find_root().obj or Path(tempfile.mkdtemp(prefix="unioncat-demo-"))
    fresh_home(home)
    settings = load_settings(home)
    only_check = only_check or not sys.stdout.isatty()
    with App.create(settings) as app, prepare(app) as sources:
        gathered: list[Gathered] = []
        for brought in gather(app, sources):
            gathered.append(brought)
            if not as_json:
                say(f"… {brought.library.member.name}: {brought.account}")
        app.indexer.catch_up()
        story = tell(app, gathered)
        if not as_json:
            say()
            for line in story.lines():
                say(line)
        wanted = Wanted(
            http=settings.http if http is None else http,
            z3950=settings.z3950 if z3950 is None else z3950,
            indexer=True,
        )
        with Servers(app, wanted) as servers:
            if only_check:
                checked = list(check(servers.http_url, story.records))
                seconds = time.monotonic() - begun
                return _summary(story, checked, seconds, home, as_json)
            stop_on_signals(servers)
            _invite(servers)
            servers.wait()
    return 0


def _summary(story: Story, checked: list[Checked], seconds: float, home: Path, as_json: bool) -> int:
    """The end of `demo --check`: 0 if every library brought records and every answer was right."""
    ok = all(each.ok for each in checked) and all(brought.account.read for brought in story.gathered)
    if as_json:
        print_json(
            {
                "libraries": [
                    {
                        "code": each.library.member.code,
                        "way": each.way,
                        "read": each.account.read,
                        **plain(each.account),
                    }
                    for each in story.gathered
                ],
                "source_records": story.source_records,
                "merged_records": story.records,
                "most_held": [title_of(record.marc) for record in story.merged[:5]],
                "why_one": story.one.explanation.en,
                "why_not_one": story.apart.explanation.en,
                "checks": checked,
                "seconds": round(seconds, 1),
                "ok": ok,
            }
        )
        return 0 if ok else 1
    for each in checked:
        say(f"{'ok    ' if each.ok else 'FAILED'} {each.what}: {each.found}")
    say(f"{'All is well' if ok else 'FAILED'} after {seconds:.0f} s.")
    if ok:
        say(f"To look around: unioncat --home {home} serve")
    return 0 if ok else 1


def _invite(servers: Servers) -> None:
    say(f"Mở trong trình duyệt / open in your browser:  {servers.http_url}/")
    say(f"  tìm / search   {servers.http_url}/search?q=nguyen+dinh+chieu")
    say(f"  OAI-PMH        {servers.http_url}/oai?verb=ListRecords&metadataPrefix=oai_dc")
    say(f'  SRU            {servers.http_url}/sru?query=dc.title="dat rung"')
    if servers.z3950_address is not None:
        say("  Z39.50         {}:{}".format(*servers.z3950_address))
    say("Ctrl-C để dừng / ends it.")
