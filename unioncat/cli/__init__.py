"""The command `unioncat`: thin; each module here is one group of commands over the services.

Exit status: 0 done, 1 partly refused or failed on the way, 2 wrong use. Every error is one sentence on
standard error that says what, where and what to do.
"""

from __future__ import annotations

import importlib
import os
import signal
import sys
from pathlib import Path

import click

from unioncat import __version__
from unioncat.cli.output import fail
from unioncat.model import SourceUnavailable, UnionCatError

__all__ = ["cli", "main"]

COMMANDS = {
    "backup": ("unioncat.cli.upkeep", "backup"),
    "demo": ("unioncat.cli.demo", "demo"),
    "doctor": ("unioncat.cli.upkeep", "doctor"),
    "dump": ("unioncat.cli.dump", "dump"),
    "harvest": ("unioncat.cli.harvest", "harvest"),
    "index": ("unioncat.cli.index", "index"),
    "init": ("unioncat.cli.members", "init"),
    "load": ("unioncat.cli.harvest", "load"),
    "match": ("unioncat.cli.match", "match"),
    "member": ("unioncat.cli.members", "member"),
    "report": ("unioncat.cli.report", "report"),
    "reprocess": ("unioncat.cli.upkeep", "reprocess"),
    "restore": ("unioncat.cli.upkeep", "restore"),
    "retry": ("unioncat.cli.harvest", "retry"),
    "search": ("unioncat.cli.index", "search"),
    "serve": ("unioncat.cli.serve", "serve"),
    "source": ("unioncat.cli.sources", "source"),
    "suppress": ("unioncat.cli.upkeep", "suppress"),
    "token": ("unioncat.cli.people", "token"),
    "upgrade": ("unioncat.cli.members", "upgrade"),
    "user": ("unioncat.cli.people", "user"),
    "verdict": ("unioncat.cli.match", "verdict"),
    "verify": ("unioncat.cli.upkeep", "verify"),
    "worker": ("unioncat.cli.serve", "worker"),
    "z3950": ("unioncat.cli.z3950", "z3950"),
}
"""Command → (module, attribute); imported only when asked for, so that `unioncat --help` answers at once."""


class LazyGroup(click.Group):
    def list_commands(self, ctx: click.Context) -> list[str]:
        return sorted(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        module, attribute = COMMANDS[cmd_name]
        command = getattr(importlib.import_module(module), attribute)
        assert isinstance(command, click.Command)
        return command


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.option(
    "--home",
    type=click.Path(path_type=Path, file_okay=False),
    help="Folder of configuration, store and index (also UNIONCAT_HOME).",
)
@click.version_option(__version__, prog_name="unioncat")
@click.pass_context
def cli(ctx: click.Context, home: Path | None) -> None:
    """A union catalogue: harvests, matches, merges and exposes the catalogues of many libraries.

    Begin with `unioncat demo`, or with `unioncat init`, `unioncat member add`, `unioncat load` and `unioncat serve`.
    """
    ctx.obj = home


def main(arguments: list[str] | None = None) -> int:
    """Entry point of the console script."""
    try:
        result = cli.main(args=arguments, prog_name="unioncat", standalone_mode=False)
        code = result if isinstance(result, int) else 0
    except click.exceptions.Abort:
        fail("interrupted; what was stored so far is kept, the next run goes on from there")
        code = 130
    except click.ClickException as error:
        error.show()
        code = 2
    except click.exceptions.Exit as stop:
        code = stop.exit_code
    except KeyboardInterrupt:
        fail("interrupted; what was stored so far is kept, the next run goes on from there")
        code = 130
    except SourceUnavailable as error:
        fail(str(error))
        code = 1
    except UnionCatError as error:
        fail(str(error))
        code = 2
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        code = 128 + signal.SIGPIPE
    if arguments is None:
        sys.exit(code)
    return code
