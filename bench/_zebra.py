"""Debian's zebraidx on the same records: the yardstick. It parses and indexes; it neither matches nor merges."""

from __future__ import annotations

import os
import shutil
import subprocess
import time
from pathlib import Path

CONFIG = """\
profilePath: .:/usr/share/idzebra-2.0/tab
modulePath: {modules}
recordType: grs.marcxml.marc21
encoding: UTF-8
attset: bib1.att
storeData: 1
storeKeys: 1
memMax: 64
"""


def available() -> bool:
    return shutil.which("zebraidx") is not None


def time_zebraidx(records: Path, folder: Path) -> tuple[float, float]:
    """(seconds of wall clock, of processors) to index `records` (ISO 2709, UTF-8) into an empty database."""
    folder.mkdir()
    modules = next(Path("/usr/lib").glob("*/idzebra-2.0/modules"))
    (folder / "zebra.cfg").write_text(CONFIG.format(modules=modules))
    subprocess.run(["zebraidx", "-c", "zebra.cfg", "init"], cwd=folder, check=True, capture_output=True)
    begun, used = time.perf_counter(), os.times()
    command = ["zebraidx", "-c", "zebra.cfg", "-l", "zebra.log", "update", str(records)]
    subprocess.run(command, cwd=folder, check=True, capture_output=True)
    seconds, now = time.perf_counter() - begun, os.times()
    shutil.rmtree(folder)
    return seconds, now.children_user + now.children_system - used.children_user - used.children_system
