"""What all tests share: where the real records are, and which programs of others are needed."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import NoReturn

import pytest

ROOT = Path(__file__).resolve().parent.parent


def missing_peer(name: str) -> NoReturn:
    """What a peer test does without its peer: it is skipped, but fails under CI=true."""
    reason = f"{name} is not installed (see .ci/run for the packages)"
    if os.environ.get("CI") == "true":
        pytest.fail(reason)
    pytest.skip(reason)


def require_program(name: str) -> str:
    """Path of a program that a peer test talks to. Skips without it, but fails under CI=true."""
    found = shutil.which(name) or shutil.which(name, path="/usr/sbin:/usr/local/sbin:/usr/lib/postgresql/15/bin")
    return found or missing_peer(name)


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--update-golden",
        action="store_true",
        help="write golden files and generated pages anew; read the change before you commit it",
    )


@pytest.fixture(scope="session")
def update_golden(request: pytest.FixtureRequest) -> bool:
    """Whether golden files are to be written instead of compared."""
    return bool(request.config.getoption("--update-golden"))


@pytest.fixture(scope="session")
def need_program() -> Callable[[str], str]:
    """The function `require_program`, for tests that cannot import conftest."""
    return require_program


@pytest.fixture(scope="session")
def missing() -> Callable[[str], NoReturn]:
    """The function `missing_peer`, for tests that cannot import conftest."""
    return missing_peer


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """Folder of the real records and labelled sets; the test is skipped where it is not there."""
    folder = Path(os.environ.get("UNIONCAT_SHARED_DATA", ROOT.parent / "shared" / "data"))
    if not (folder / "records").is_dir():
        pytest.skip("the shared record corpus is not here (UNIONCAT_SHARED_DATA)")
    return folder
