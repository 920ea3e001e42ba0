"""kill -9 of harvester and provider at random moments: in the end the catalogue is the undisturbed one.

UNIONCAT_KILLS (default 8) says how many kills, UNIONCAT_KILL_RECORDS (default 1500) how many records.
"""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests import killed_process
from unioncat.marc import from_json, values
from unioncat.store import Clusters, Harvests, SourceRecords, Sources, Store

ROOT = Path(__file__).resolve().parents[2]
KILLS = int(os.environ.get("UNIONCAT_KILLS", "8"))
RECORDS = int(os.environ.get("UNIONCAT_KILL_RECORDS", "1500"))


def start(*arguments):
    command = [sys.executable, "-m", "tests.killed_process", *map(str, arguments)]
    return subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)


class Provider:
    """A provider that can be killed and comes back on its port."""

    def __init__(self, folder):
        self.folder, self.port = folder, 0
        self.start()

    def start(self):
        self.process = start("serve", self.folder, self.port)
        self.port = int(self.process.stdout.readline())

    def kill(self):
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()
        self.process.stdout.close()

    @property
    def url(self):
        return f"http://127.0.0.1:{self.port}/oai"


def catalogue(folder):
    """What was harvested, and how it was clustered: free of row numbers and of the order of events."""
    with Store.open(f"sqlite:///{folder / 'harvested.db'}") as store, store.read() as session:
        source = Sources(session).get("p")
        records = {each.key: each.marc for each in SourceRecords(session).of_source(source.id)}
        clusters = {}
        for cluster in Clusters(session).ids():
            keys = frozenset(each.key for each in SourceRecords(session).of_cluster(cluster) if not each.deleted)
            marc = Clusters(session).get(cluster).marc
            clusters[keys] = values(from_json(marc), "245$a")
        return records, clusters, source.cursor is not None


@pytest.mark.slow
def test_kills_at_random_moments_change_nothing(tmp_path):
    killed_process.plant(tmp_path, RECORDS)
    provider = Provider(tmp_path)
    calm, rough = tmp_path / "calm", tmp_path / "rough"
    for folder in (calm, rough):
        folder.mkdir()
        killed_process.create(folder, provider.url)
    begun = time.monotonic()
    assert killed_process.harvest(calm, provider.url) == "complete"
    whole = time.monotonic() - begun + 1.0  # and the start of a process
    chance = random.Random(20261122)
    for kill in range(KILLS):
        harvester = start("harvest", rough, provider.url)
        time.sleep(chance.uniform(0.3, whole))
        if kill % 4 == 3:
            provider.kill()
            provider.start()
            time.sleep(chance.uniform(0.0, 0.5))
        harvester.send_signal(signal.SIGKILL)
        harvester.wait()
        harvester.stdout.close()
    states = []
    for _ in range(5):
        states.append(killed_process.harvest(rough, provider.url))
        if states[-1] == "complete":
            break
    provider.kill()
    assert states[-1] == "complete"
    undisturbed, disturbed = catalogue(calm), catalogue(rough)
    assert len(undisturbed[0]) == RECORDS - RECORDS // 7
    assert disturbed == undisturbed
    with Store.open(f"sqlite:///{rough / 'harvested.db'}") as store, store.read() as session:
        runs = Harvests(session).all()
    assert all(run.state == "complete" for run in runs)
