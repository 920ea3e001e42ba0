"""What every worker process needs, loaded once in the process that they are forked from."""

from __future__ import annotations

import unioncat.matching
import unioncat.search.tantivy_writer  # noqa: F401
from unioncat.services.formats import Formats

FORMATS = Formats.load()
