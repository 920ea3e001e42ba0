"""The servers: serve (all, http or z3950) and worker."""

from __future__ import annotations

import logging
import signal
from types import FrameType

import click

from unioncat.cli.context import app_of
from unioncat.cli.output import say
from unioncat.model import WrongUse
from unioncat.serving import Servers, Wanted, serve_in_processes


@click.command()
@click.argument("what", required=False, type=click.Choice(["all", "http", "z3950"]), default="all")
@click.option("--http", help="Address of the web, OAI-PMH and SRU, host:port; port 0 takes a free one.")
@click.option("--z3950", help="Address of Z39.50, host:port; port 0 takes a free one, empty for none.")
@click.option("--processes", type=click.IntRange(1), help="With http: processes that answer (default: the setting).")
@click.option("--no-schedule", is_flag=True, help="With all: no harvests, only serving and indexing.")
@click.pass_context
def serve(
    ctx: click.Context, what: str, http: str | None, z3950: str | None, processes: int | None, no_schedule: bool
) -> None:
    """Serve the catalogue: everything in one process, or only http or z3950 beside `unioncat worker`.

    Ctrl-C or SIGTERM ends it in good order.
    """
    _log()
    with app_of(ctx) as app:
        http = app.settings.http if http is None else http
        z3950 = app.settings.z3950 if z3950 is None else z3950
        processes = processes or app.settings.http_processes
        if what == "http" and processes > 1:
            say(f"web, OAI-PMH, SRU at http://{http}/ in {processes} processes. Ctrl-C ends it.")
            serve_in_processes(app, http, processes)
            return
        wanted = {
            "all": Wanted(http, z3950, indexer=True, schedule=not no_schedule),
            "http": Wanted(http=http),
            "z3950": Wanted(z3950=z3950),
        }[what]
        if not wanted.http and not wanted.z3950:
            raise WrongUse("there is no address to serve at; say --http host:port or --z3950 host:port")
        with Servers(app, wanted) as servers:
            stop_on_signals(servers)
            if wanted.http:
                say(f"web      {servers.http_url}/")
                say(f"OAI-PMH  {servers.http_url}/oai")
                say(f"SRU      {servers.http_url}/sru")
            if servers.z3950_address is not None:
                say("Z39.50   {}:{}".format(*servers.z3950_address))
            say("Ctrl-C ends it.")
            servers.wait()


@click.command()
@click.pass_context
def worker(ctx: click.Context) -> None:
    """Run schedules, harvests and indexing; any number of workers share the work."""
    _log()
    with app_of(ctx) as app, Servers(app, Wanted(indexer=True, schedule=True)) as servers:
        stop_on_signals(servers)
        say("Working. Ctrl-C ends it.")
        servers.wait()


def stop_on_signals(servers: Servers) -> None:
    """SIGINT and SIGTERM end `servers.wait`."""

    def handle(number: int, frame: FrameType | None) -> None:
        servers.ask_to_stop()

    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, handle)


def _log() -> None:
    logging.basicConfig(format="%(asctime)s %(levelname)s %(name)s: %(message)s", level=logging.INFO)
    logging.getLogger("waitress.queue").setLevel(logging.ERROR)
