"""kill -9 anywhere: the next run goes on; nothing twice, nothing lost."""

from __future__ import annotations

import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

from tests.crashing_load import crowd
from tests.union_house import House
from unioncat.store import SourceRecords
from unioncat.store.dirty import Dirty
from unioncat.store.integrity import broken_rules

ROOT = Path(__file__).resolve().parent.parent.parent
RECORDS = 1600


def start(url: str, workers: int) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "tests.crashing_load", url, str(RECORDS), str(workers)]
    return subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def finish(process: subprocess.Popen[str]) -> str:
    output, errors = process.communicate(timeout=120)
    assert process.returncode == 0, errors
    return output


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> tuple[str, float]:
    """(fingerprint of the catalogue, seconds that it took)."""
    url = f"sqlite:///{tmp_path_factory.mktemp('undisturbed') / 'store.db'}"
    begun = time.monotonic()
    finish(start(url, 1))
    seconds = time.monotonic() - begun
    house = House(url)
    fingerprint = house.fingerprint()
    house.close()
    return fingerprint, seconds


@pytest.mark.slow
@pytest.mark.parametrize(("seed", "workers"), [(1, 1), (2, 2), (3, 1)])
def test_killed_at_random_points_and_run_again(
    tmp_path: Path, undisturbed: tuple[str, float], seed: int, workers: int
) -> None:
    fingerprint, seconds = undisturbed
    chosen = random.Random(seed)
    url = f"sqlite:///{tmp_path / 'store.db'}"
    for _ in range(5):
        process = start(url, workers)
        time.sleep(chosen.uniform(0.2, 1.0) * seconds)
        children = psutil.Process(process.pid).children(recursive=True) if process.poll() is None else []
        process.kill()  # nothing happens if it was quicker
        process.communicate()
        gone, alive = psutil.wait_procs(children, timeout=10)
        assert not alive, "workers must end with their parent"
        assert len(gone) == len(children)
    last = finish(start(url, workers))
    assert last.startswith(f"read {RECORDS} = stored ")
    house = House(url)
    house.cluster()
    assert house.fingerprint() == fingerprint
    with house.store.read() as session:
        assert SourceRecords(session).counts() == {house.source().id: (RECORDS, 0)}
        assert Dirty(session).count() == 0
        assert [str(each) for each in broken_rules(session)] == []
    again = house.load(crowd(RECORDS))
    assert str(again.account) == f"read {RECORDS} = stored 0 + unchanged {RECORDS} + deleted 0 + refused 0"
    house.close()


@pytest.mark.slow
def test_ctrl_c_ends_the_load_and_its_workers(tmp_path: Path, undisturbed: tuple[str, float]) -> None:
    url = f"sqlite:///{tmp_path / 'store.db'}"
    process = start(url, 2)
    children: list[psutil.Process] = []
    while len(children) < 2:  # the machine may be busier or quieter than when `undisturbed` was timed
        assert process.poll() is None
        time.sleep(0.02)
        children = psutil.Process(process.pid).children(recursive=True)
    time.sleep(undisturbed[1] * 0.1)
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=30)
    assert process.returncode != 0
    assert not psutil.wait_procs(children, timeout=10)[1]
    finish(start(url, 1))
    house = House(url)
    assert house.fingerprint() == undisturbed[0]
    house.close()
