"""Data quality: rules as a table, checks that give findings. Pure: no I/O but the package's own data files."""

from unioncat.quality.default import MOST_FINDINGS, check
from unioncat.quality.full import full_check
from unioncat.quality.rules import AREAS, Rule, finding, message, rules, todo

__all__ = ["AREAS", "MOST_FINDINGS", "Rule", "check", "finding", "full_check", "message", "rules", "todo"]
