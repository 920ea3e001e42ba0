"""The store: tables, engine, migrations and one repository a table. The only SQLAlchemy of the house.

Open one with ``Store.open(url)`` or ``Store.create(url)``; inside ``with store.read() as session`` or
``with store.write() as session`` give the session to the repositories.
`Session` is the type of that session, for annotations.
"""

from sqlalchemy.orm import Session

from unioncat.store.changes import Changes
from unioncat.store.cluster_sets import ClusterSets, SetEntry
from unioncat.store.clusters import Clusters
from unioncat.store.dirty import Dirty
from unioncat.store.harvests import Harvests
from unioncat.store.holdings import Holdings
from unioncat.store.links import Link, Links
from unioncat.store.match_keys import MatchKeys
from unioncat.store.members import Members
from unioncat.store.record_writing import Head, NewRecord, RecordWriting
from unioncat.store.refusals import Refusals
from unioncat.store.rulesets import Rulesets, Version
from unioncat.store.settings import Settings
from unioncat.store.source_records import SourceRecords
from unioncat.store.sources import Sources
from unioncat.store.store import Store
from unioncat.store.verdicts import Verdicts

__all__ = [
    "Changes",
    "ClusterSets",
    "Clusters",
    "Dirty",
    "Harvests",
    "Head",
    "Holdings",
    "Link",
    "Links",
    "MatchKeys",
    "Members",
    "NewRecord",
    "RecordWriting",
    "Refusals",
    "Rulesets",
    "Session",
    "SetEntry",
    "Settings",
    "SourceRecords",
    "Sources",
    "Store",
    "Verdicts",
    "Version",
]
