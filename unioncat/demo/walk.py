"""The main job, shown: five libraries in, one catalogue out.

`prepare` makes the sample libraries' files and starts their endpoints; `gather` loads and harvests them as an
operator would; what came of it is told by `unioncat.demo.story`.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from unioncat.bootstrap import App
from unioncat.demo.endpoint import RepositoryServer, college_repository, provincial_repository
from unioncat.demo.libraries import LIBRARIES, SampleLibrary, nfd_file, tcvn3_file, workbook
from unioncat.model import Account, ConfigError, Source, SourceId
from unioncat.settings import CONFIG_NAME

__all__ = ["Gathered", "fresh_home", "gather", "prepare"]

MARKER = ".unioncat-demo"
NAME_VI = "Mục lục liên hợp mẫu: tỉnh Bến Tre"
NAME_EN = "Sample union catalogue: Bến Tre province"


@dataclass(frozen=True, slots=True)
class Gathered:
    """What one library brought. way: how its records came, for people."""

    library: SampleLibrary
    way: str
    account: Account
    problems: tuple[str, ...] = field(default=())


_FILES = {"tcvn3.mrc": ("batri.mrc", tcvn3_file), "xlsx": ("thpt.xlsx", workbook), "nfd.mrc": ("baotang.mrc", nfd_file)}
_REPOSITORIES = {"oai-marc21": provincial_repository, "oai-dc": college_repository}
_WAYS = {
    "oai-marc21": "OAI-PMH, MARCXML",
    "oai-dc": "OAI-PMH, Dublin Core",
    "tcvn3.mrc": "ISO 2709, TCVN3",
    "xlsx": "Excel",
    "nfd.mrc": "ISO 2709, NFD",
}


def fresh_home(home: Path) -> None:
    """An empty folder for the demo. Raises ConfigError for one that holds anything but an earlier demo."""
    marker = home / MARKER
    if home.exists() and any(home.iterdir()):
        if not marker.exists():
            raise ConfigError(f"{home} is not empty and holds no demo; choose another folder with --home")
        shutil.rmtree(home)
    home.mkdir(parents=True, exist_ok=True)
    marker.write_text("made by: unioncat demo; may be deleted\n", encoding="utf-8")
    names = f'name_vi = "{NAME_VI}"\nname_en = "{NAME_EN}"\n'
    (home / CONFIG_NAME).write_text(names, encoding="utf-8")


@contextmanager
def prepare(app: App) -> Iterator[dict[str, Source]]:
    """Add the five members, write their files, start their endpoints: manner → source."""
    folder = app.path("samples")
    sources: dict[str, Source] = {}
    with ExitStack() as running:
        for library in LIBRARIES:
            app.members.add_member(library.member)
            code = str(library.member.code)
            if library.manner in _FILES:
                name, make = _FILES[library.manner]
                (folder / name).write_bytes(make())
                sources[library.manner] = app.sources.file_source(code)
            else:
                repository = _REPOSITORIES[library.manner]()
                server = running.enter_context(RepositoryServer(repository))
                sources[library.manner] = app.sources.add(
                    Source(
                        SourceId(0),
                        f"{code}-oai",
                        library.member.code,
                        "oai-pmh",
                        server.url,
                        repository.prefix,
                        schedule="30 2 * * *",
                    )
                )
        yield sources


def gather(app: App, sources: dict[str, Source]) -> Iterator[Gathered]:
    """Load or harvest one library after the other."""
    for library in LIBRARIES:
        source = sources[library.manner]
        if library.manner in _FILES:
            path = app.path("samples") / _FILES[library.manner][0]
            run = app.ingest.run(source, app.formats.open(path))
            number, account = run.number, run.account
        else:
            result = app.harvesting.run(app.harvesters.get(source.harvester), source)
            number, account = result.harvest, result.account
            if result.state != "complete":
                yield Gathered(library, _WAYS[library.manner], account, (result.message,))
                continue
        problems = tuple(f"#{each.position}: {each.reason}" for each in app.sources.refused(number))
        yield Gathered(library, _WAYS[library.manner], account, problems)
