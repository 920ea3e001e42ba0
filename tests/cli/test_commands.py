"""Every command that is promised is there, says what it does, and lists speak JSON."""

from __future__ import annotations

import click
import pytest

from unioncat.cli import COMMANDS, cli, main

LISTS = {"list", "queue", "status", "probe", "report", "search", "verify", "doctor", "explain", "evaluate"}


def walk(group: click.Group, path: tuple[str, ...] = ()) -> list[tuple[tuple[str, ...], click.Command]]:
    context = click.Context(group)
    found: list[tuple[tuple[str, ...], click.Command]] = []
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        assert command is not None, name
        found.append(((*path, name), command))
        if isinstance(command, click.Group):
            found += walk(command, (*path, name))
    return found


ALL = walk(cli)


@pytest.mark.parametrize(("path", "command"), ALL, ids=[" ".join(path) for path, _ in ALL])
def test_every_command_says_what_it_does(
    path: tuple[str, ...], command: click.Command, capfd: pytest.CaptureFixture[str]
) -> None:
    assert command.help, path
    assert main([*path, "--help"]) == 0
    assert "Usage: unioncat" in capfd.readouterr().out
    for parameter in command.params:
        if isinstance(parameter, click.Option) and parameter.name not in {"help", "harvester", "endpoint", "rank"}:
            assert parameter.help or len(path) > 1, f"{' '.join(path)} {parameter.name} has no help"


@pytest.mark.parametrize("path", [path for path, _ in ALL if path[-1] in LISTS], ids=" ".join)
def test_lists_speak_json(path: tuple[str, ...]) -> None:
    command = dict(ALL)[path]
    assert any(isinstance(each, click.Option) and "--json" in each.opts for each in command.params), path


def test_the_surface_that_scripts_rely_on_is_there() -> None:
    promised = {
        "demo", "init", "upgrade", "member", "source", "harvest", "load", "match", "verdict", "index", "verify", "dump",
        "serve", "worker", "report", "user", "token", "backup", "restore",
    }  # fmt: skip
    assert promised <= set(COMMANDS)


def test_wrong_use_ends_with_2(capfd: pytest.CaptureFixture[str]) -> None:
    assert main(["harvst"]) == 2
    assert "No such command" in capfd.readouterr().err
    assert main(["member", "add"]) == 2
