"""Rulesets: versioned data that say how records are matched and merged.

A ruleset is a JSON file beside this module (or anywhere): thresholds, vetoes, ranks, the field-merge table, and
the name of the weights file that training wrote. Code holds no threshold.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from hashlib import blake2b
from importlib import resources
from pathlib import Path
from typing import Any

from unioncat.matching.bounds import FIRST, Bound, compiled_bound
from unioncat.matching.model import Model, logit, parse_model
from unioncat.model import ConfigError

__all__ = ["Ruleset", "load_ruleset", "parse_ruleset"]


@dataclass(frozen=True)
class Ruleset:
    """name, version: what is recorded with decisions.

    merge_at, review_at: scores (0-1) from which a pair merges, or waits in the review queue
    floor:         no pair inside a cluster scores less (complete link)
    vetoes:        names of the hard vetoes that apply
    title_floor:   least title similarity (0-1), identifiers or not
    title_clear:   below this, titles that both have words of their own are unlike
    evidence:      number of {year, extent, publisher, author} that must agree where no identifier is shared
    block_limit:   records in a block above which only its compound keys propose pairs
    constants:     folded values that some exporting systems write everywhere; no evidence
    rare_until, old_merge_at, old_evidence: records issued up to this year merge without a shared identifier only
                   from this stricter score and with this many agreements
    guard_size, guard_source, guard_merge_at: a component with more members, or more of one source, is joined
                   only from the stricter score, and a review entry is made
    same_source_penalty: log-odds taken from a pair of one source when clusters are made (0: duplicates within a
                   library are as likely as between two)
    merge:         the field-merge table (see `unioncat.merging`)
    body, weights: the JSON texts that it was parsed from, so that it can travel and be stored
    digest:        changes with anything that could change a partition
    """

    name: str
    version: str
    merge_at: float
    review_at: float
    floor: float
    title_floor: float
    evidence: int
    vetoes: frozenset[str]
    model: Model
    title_clear: float = 0.75
    block_limit: int = 200
    constants: frozenset[str] = frozenset()
    rare_until: int = 1829
    old_merge_at: float = 0.97
    old_evidence: int = 3
    guard_size: int = 50
    guard_source: int = 3
    guard_merge_at: float = 0.97
    same_source_penalty: float = 0.0
    merge: Mapping[str, Any] = field(default_factory=dict)
    body: str = ""
    weights: str = ""
    digest: str = ""

    @cached_property
    def least_log_odds(self) -> float:
        """Below this a score decides nothing: pairs this unlike need not be summed to the end."""
        return logit(min(self.review_at, self.floor))

    @cached_property
    def review_log_odds(self) -> float:
        return logit(self.review_at)

    @cached_property
    def hopeless(self) -> Bound:
        """Whether a pair stays below a limit by what the features of `bounds.FIRST` say, whatever the others do."""
        model = self.model
        known = {place for place, name in enumerate(model.features) if name in FIRST}
        return compiled_bound(model.trees, model.bias, len(model.features), known)


def parse_ruleset(body: str, weights: str | None = None) -> Ruleset:
    """A ruleset from its JSON text. weights: text of the weights file; None: the one it names, from this package.

    Raises ConfigError with a sentence if anything is missing or out of range.
    """
    try:
        facts = json.loads(body)
        text = weights if weights is not None else _packaged(facts["weights"])
        thresholds = facts["thresholds"]
        guards = facts["guards"]
        ruleset = Ruleset(
            name=facts["name"],
            version=facts["version"],
            merge_at=float(thresholds["merge"]),
            review_at=float(thresholds["review"]),
            floor=float(thresholds["floor"]),
            title_floor=float(thresholds["title"]),
            title_clear=float(thresholds["title_clear"]),
            evidence=int(thresholds["evidence"]),
            vetoes=frozenset(facts["vetoes"]),
            model=parse_model(json.loads(text)),
            block_limit=int(guards["block"]),
            constants=frozenset(facts["constants"]),
            rare_until=int(thresholds["rare_until"]),
            old_merge_at=float(thresholds["old_merge"]),
            old_evidence=int(thresholds["old_evidence"]),
            guard_size=int(guards["members"]),
            guard_source=int(guards["of_one_source"]),
            guard_merge_at=float(guards["merge"]),
            same_source_penalty=float(thresholds["same_source_penalty"]),
            merge=facts["merge"],
            body=body,
            weights=text,
            digest=blake2b((body + text).encode(), digest_size=8).hexdigest(),
        )
    except FileNotFoundError as error:
        raise ConfigError(f"there is no weights file {facts.get('weights')}") from error
    except (KeyError, TypeError, ValueError) as error:
        raise ConfigError(f"the ruleset cannot be read: {type(error).__name__} at {error}") from error
    if not 0 <= ruleset.floor <= ruleset.review_at <= ruleset.merge_at <= 1:
        raise ConfigError("a ruleset needs 0 ≤ floor ≤ review ≤ merge ≤ 1 among its thresholds")
    return ruleset


def _packaged(name: str) -> str:
    return (resources.files("unioncat.matching") / "rulesets" / name).read_text(encoding="utf-8")


@lru_cache(maxsize=8)
def load_ruleset(name: str = "default") -> Ruleset:
    """A packaged ruleset by name, or a file by path (its weights file lies beside it or in the package)."""
    if name.endswith(".json"):
        path = Path(name)
        if not path.is_file():
            raise ConfigError(f"there is no ruleset file {name}")
        body = path.read_text(encoding="utf-8")
        beside = path.parent / str(json.loads(body).get("weights", ""))
        return parse_ruleset(body, beside.read_text(encoding="utf-8") if beside.is_file() else None)
    try:
        return parse_ruleset(_packaged(f"{name}.json"))
    except FileNotFoundError as error:
        raise ConfigError(f"there is no ruleset {name!r} and no weights file of that name") from error
