"""What a command works with: the settings of its home folder and the parts wired from them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import cast

import click

from unioncat.bootstrap import App
from unioncat.settings import Settings, load_settings


def settings_of(ctx: click.Context) -> Settings:
    return load_settings(cast("Path | None", ctx.find_root().obj))


@contextmanager
def app_of(ctx: click.Context) -> Iterator[App]:
    """The parts over an existing store. Raises ConfigError with what to do if there is none."""
    with App(settings_of(ctx)) as app:
        yield app
