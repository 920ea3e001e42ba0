"""Matching: cluster files, explain pairs, evaluate, rehearse a ruleset, verdicts and the review queue."""

from __future__ import annotations

import csv
import getpass
import sys
from pathlib import Path

import click

from unioncat.bootstrap import App, ruleset_named
from unioncat.cli.context import app_of
from unioncat.cli.output import count_progress, fail, json_option, plain, print_json, print_rows, say
from unioncat.services.evaluate import evaluate_files
from unioncat.services.explain import Explained
from unioncat.services.formats import Formats
from unioncat.services.match_files import cluster_files
from unioncat.services.rehearse import Rehearsal, commit_ruleset
from unioncat.services.rehearse import rehearse as rehearse_ruleset

SHOWN = 10

ruleset_option = click.option("--ruleset", "ruleset_name", default="default", help="Name, or path of a JSON file.")
file_argument = click.Path(path_type=Path, dir_okay=False, exists=True)


@click.group()
def match() -> None:
    """Which records describe one publication, and why."""


@match.command()
@click.argument("files", nargs=-1, required=True, type=file_argument)
@click.option("-o", "--output", type=click.Path(path_type=Path, dir_okay=False), help="CSV file (default: printed).")
@click.option("--format", "format_", default="", help="Reading format; found out if not given.")
@ruleset_option
@click.pass_context
def cluster(ctx: click.Context, files: tuple[Path, ...], output: Path | None, format_: str, ruleset_name: str) -> int:
    """Cluster the records of FILES without touching the catalogue: columns record_id,cluster_id.

    The record id is the `id` of a JSON line, else the record's 001.
    """
    with count_progress("clustering") as progress:
        found = cluster_files(files, ruleset_named(ruleset_name), Formats.load(), format=format_, progress=progress)
    rows = [("record_id", "cluster_id"), *found.rows()]
    if output is None:
        csv.writer(sys.stdout, lineterminator="\n").writerows(rows)
    else:
        with output.open("w", encoding="utf-8", newline="") as stream:
            csv.writer(stream, lineterminator="\n").writerows(rows)
        say(f"{len(found.names)} records in {len(found.clusters)} clusters: {output}")
    for refused in found.refused[:SHOWN]:
        fail(f"refused {refused.file}#{refused.position}: {refused.reason}")
    if len(found.refused) > SHOWN:
        fail(f"… {len(found.refused)} refused in all")
    return 1 if found.refused else 0


@match.command()
@click.argument("records", type=file_argument)
@click.argument("clusters", type=file_argument)
@click.option("--leave-out", type=file_argument, help="CSV of pairs that do not count (with a label: its '?' rows).")
@click.option("--ours", type=file_argument, help="Judge this CSV of clusters instead of clustering RECORDS.")
@ruleset_option
@json_option
@click.pass_context
def evaluate(
    ctx: click.Context,
    records: Path,
    clusters: Path,
    leave_out: Path | None,
    ours: Path | None,
    ruleset_name: str,
    as_json: bool,
) -> None:
    """Cluster RECORDS and compare with the true CLUSTERS: pairwise and B-cubed, with errors by reason."""
    found = evaluate_files(
        records, clusters, ruleset_named(ruleset_name), Formats.load(), leave_out=leave_out, ours=ours
    )
    if as_json:
        print_json(found.as_json())
    else:
        say(str(found))


@match.command()
@click.argument("left")
@click.argument("right", required=False)
@json_option
@click.pass_context
def explain(ctx: click.Context, left: str, right: str | None, as_json: bool) -> None:
    """Why two records are, or are not, one; with one record: what came near it without joining it.

    A record is named by its key (SOURCE/IDENTIFIER) or by the id of a merged record (uc00000042).
    """
    with app_of(ctx) as app:
        if right is None:
            near = app.explainer.near_misses(left, SHOWN)
            if as_json:
                print_json(near)
            for each in near if not as_json else []:
                say(f"{each.key}\n  {each.explanation.vi}\n  {each.explanation.en}")
            if not near and not as_json:
                say("nothing came near it")
            return
        found = app.explainer.pair(left, right)
    if as_json:
        print_json({**plain(found), "together": found.together})
        return
    say(f"{found.left}\n{found.right}")
    _print_explanation(found)
    if found.verdict is not None:
        said = "same" if found.verdict.same else "different"
        say(f"verdict {found.verdict.id}: {said}, by {found.verdict.who}: {found.verdict.why}")
    say("They stand in one merged record." if found.together else "They stand in different merged records.")


def _print_explanation(found: Explained) -> None:
    explanation = found.explanation
    say(explanation.vi)
    say(explanation.en)
    rows = [
        {
            "feature": f"{each.vi} / {each.en}",
            "left": each.left[:40],
            "right": each.right[:40],
            "likeness": "" if each.value is None else f"{each.value:.2f}",
            "share": f"{each.share:+.2f}",
        }
        for each in explanation.features
    ]
    print_rows(rows, False)
    decision = explanation.decision
    say(
        f"score {decision.score:.3f}, band {decision.band}" + (f", vetoes {decision.vetoes}" if decision.vetoes else "")
    )


@match.command()
@click.option("--ruleset", "ruleset_name", required=True, help="The new ruleset: name, or path of a JSON file.")
@click.option("--commit", is_flag=True, help="Make it the live one and recluster everything.")
@json_option
@click.pass_context
def rehearse(ctx: click.Context, ruleset_name: str, commit: bool, as_json: bool) -> None:
    """Show what a changed ruleset would join and split, and what aggregators would harvest anew."""
    new = ruleset_named(ruleset_name)
    with app_of(ctx) as app:
        with count_progress("reading", app.catalogue.counts().source_records) as progress:
            found = rehearse_ruleset(app.store, new, app.ruleset, progress=progress)
        if as_json:
            print_json(found.as_json())
        else:
            _print_rehearsal(found)
        if commit:
            count = commit_ruleset(app.store, new)
            with App(app.settings) as renewed:
                renewed.recluster.run()
                renewed.refresh_index()
            say(f"{new.name} {new.version} is live; {count} records were clustered by it.")


def _print_rehearsal(found: Rehearsal) -> None:
    for name, value in found.as_json().items():
        if name != "samples":
            say(f"{name.replace('_', ' '):<14} {value}")
    for sample in found.samples:
        say(f"{sample.kind}: {sample.title}")
        for key, record in sample.records[:SHOWN]:
            say(f"  {record}  {key}")


@click.group()
def verdict() -> None:
    """What people said of pairs of records; the later verdict on a pair holds."""


def _say_verdict(ctx: click.Context, left: str, right: str, same: bool, why: str, who: str) -> None:
    with app_of(ctx) as app:
        spoken = app.verdicts.say(left, right, same=same, who=who, why=why)
        app.refresh_index()
    say(f"Verdict {spoken.verdict.id} holds.")
    if spoken.replaces is not None:
        say(f"It replaces verdict {spoken.replaces.id} by {spoken.replaces.who}.")
    for other in spoken.overrules:
        fail(f"it contradicts verdict {other.id} by {other.who} ({other.left} / {other.right}); the later one wins")
    for key in spoken.deleted:
        fail(f"{key} is deleted at present; the verdict holds again if it comes back")


def _who() -> str:
    return f"{getpass.getuser()} (command line)"


@verdict.command()
@click.argument("left")
@click.argument("right")
@click.option("--why", required=True, help="The reason, for those who come after.")
@click.option("--who", default=_who, help="In whose name.")
@click.pass_context
def same(ctx: click.Context, left: str, right: str, why: str, who: str) -> None:
    """LEFT and RIGHT describe one publication."""
    _say_verdict(ctx, left, right, True, why, who)


@verdict.command()
@click.argument("left")
@click.argument("right")
@click.option("--why", required=True, help="The reason, for those who come after.")
@click.option("--who", default=_who, help="In whose name.")
@click.pass_context
def different(ctx: click.Context, left: str, right: str, why: str, who: str) -> None:
    """LEFT and RIGHT describe different publications."""
    _say_verdict(ctx, left, right, False, why, who)


@verdict.command()
@click.argument("record")
@click.option("--why", required=True, help="The reason, for those who come after.")
@click.option("--who", default=_who, help="In whose name.")
@click.pass_context
def separate(ctx: click.Context, record: str, why: str, who: str) -> None:
    """Take one source RECORD out of its merged record."""
    with app_of(ctx) as app:
        spoken = app.verdicts.separate(record, who=who, why=why)
        app.refresh_index()
    say(f"{len(spoken)} verdicts keep {record} apart.")


@verdict.command()
@click.argument("number", type=int)
@click.pass_context
def undo(ctx: click.Context, number: int) -> None:
    """Take verdict NUMBER back."""
    with app_of(ctx) as app:
        taken = app.verdicts.undo(number)
        app.refresh_index()
    say(f"Verdict {taken.id} holds no more.")


@verdict.command("list")
@click.argument("record", default="")
@click.option("--all", "all_", is_flag=True, help="Also those that hold no more.")
@json_option
@click.pass_context
def list_(ctx: click.Context, record: str, all_: bool, as_json: bool) -> None:
    """Verdicts on RECORD, or all."""
    with app_of(ctx) as app:
        rows = [plain(each) for each in app.verdicts.history(record, live=None if all_ else True)]
    print_rows(rows, as_json)


@verdict.command()
@click.option("--limit", default=20, show_default=True, type=click.IntRange(1, 1000))
@json_option
@click.pass_context
def queue(ctx: click.Context, limit: int, as_json: bool) -> None:
    """Pairs that wait for a verdict; what would settle most comes first."""
    with app_of(ctx) as app:
        rows = [plain(each) for each in app.verdicts.queue(limit)]
    print_rows(rows, as_json)
