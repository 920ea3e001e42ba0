"""Matching: cluster files, explain pairs, evaluate, rehearse a ruleset, verdicts and the review queue."""

from __future__ import annotations

import csv
import getpass
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

import click

from unioncat.bootstrap import App, ruleset_named
from unioncat.cli.context import app_of
from unioncat.cli.output import count_progress, fail, json_option, plain, print_json, print_rows, say
from unioncat.model import MemberCode, NotFound, public_id
from unioncat.services.evaluate import evaluate_files
from unioncat.services.explain import Explained
from unioncat.services.formats import Formats
from unioncat.services.live_ruleset import put_live, stored_ruleset, title_of, versions
from unioncat.services.match_files import cluster_files
from unioncat.services.rehearse import Rehearsal
from unioncat.services.rehearse import rehearse as rehearse_ruleset
from unioncat.services.verdicts import Place, Spoken, parse_place, place_text

SHOWN = 10


def _who() -> str:
    return f"{getpass.getuser()} (command line)"


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
@click.option(
    "--ruleset",
    "ruleset_name",
    required=True,
    help="The new ruleset: name, path of a JSON file, or `previous`, a number or a digest of `match rulesets`.",
)
@click.option("--commit", is_flag=True, help="Put it into use and recluster everything.")
@click.option("--who", default=_who, help="In whose name it is put into use.")
@json_option
@click.pass_context
def rehearse(ctx: click.Context, ruleset_name: str, commit: bool, who: str, as_json: bool) -> None:
    """Show what a changed ruleset would join and split, and what aggregators would harvest anew.

    To go back to the rules before: unioncat match rehearse --ruleset previous --commit
    """
    with app_of(ctx) as app:
        new = stored_ruleset(app.store, ruleset_name) or ruleset_named(ruleset_name)
        with count_progress("rehearsing", 3 * app.catalogue.counts().source_records) as progress:
            found = rehearse_ruleset(
                app.store, new, app.ruleset, workers=app.settings.process_count, progress=_whole(progress, app)
            )
        if as_json:
            print_json(found.as_json())
        else:
            _print_rehearsal(found)
        if not commit:
            return
        if new.digest == app.ruleset.digest:
            fail(f"{title_of(new)} is in use already")
            return
        number = put_live(app.store, new, app.ruleset, who=who, figures=found.as_json())
        with count_progress("clustering", found.records) as clustered:
            app.recluster.run(lambda report: clustered(report.touched))
        app.refresh_index()
        if not as_json:
            say(f"{title_of(new)} is in use (number {number}); {found.records} records were clustered by it.")


def _whole(progress: Callable[[int], None], app: App) -> Callable[[str, int], None]:
    """One line of progress for the three stages of a rehearsal."""
    records = app.catalogue.counts().source_records
    stages = ("reading", "linking", "comparing")
    return lambda stage, done: progress(stages.index(stage) * records + done)


@match.command()
@json_option
@click.pass_context
def rulesets(ctx: click.Context, as_json: bool) -> None:
    """The rulesets that are or were in use, the present one first."""
    with app_of(ctx) as app:
        known = [version for version in versions(app.store) if version.live_from is not None]
        names = ("joined", "split", "reharvested")
        rows = [
            {
                "number": version.number,
                "ruleset": version.name,
                "digest": version.digest,
                "in_use": place == 0,
                "since": version.live_from,
                "who": version.who,
                **{name: version.figures.get(name) for name in names},
            }
            for place, version in enumerate(known)
        ]
    print_rows(rows, as_json)


def _print_rehearsal(found: Rehearsal) -> None:
    for name, value in found.as_json().items():
        if name != "samples":
            say(f"{name.replace('_', ' '):<14} {value}")
    for sample in found.samples:
        say(f"{sample.kind}: {sample.title}")
        for key, record, part in sample.records[:SHOWN]:
            say(f"  {record}  part {part}  {key}")


@click.group()
def verdict() -> None:
    """What people said of pairs of records; the later verdict on a pair holds."""


def _say_verdict(ctx: click.Context, left: str, right: str, same: bool, why: str, who: str) -> None:
    with app_of(ctx) as app:
        spoken = app.verdicts.say(left, right, same=same, who=who, why=why)
        app.refresh_index()
    say(f"Verdict {spoken.verdict.id} holds.")
    _tell([spoken])


def _tell(spoken: Sequence[Spoken]) -> None:
    """What verdicts did besides what they say."""
    for one in spoken:
        if one.replaces is not None:
            say(f"It replaces verdict {one.replaces.id} by {one.replaces.who}.")
    against = {other.id: other for one in spoken for other in one.overrules}
    for other in against.values():
        fail(f"it contradicts verdict {other.id} by {other.who} ({other.left} / {other.right}); the later one wins")
    for key in sorted({key for one in spoken for key in one.deleted}):
        fail(f"{key} is deleted at present; the verdict holds again if it comes back")


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
    _tell(spoken)


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


def _place(ctx: click.Context, option: click.Parameter, text: str | None) -> Place | None:
    found = parse_place(text) if text else None
    if text and found is None:
        raise click.BadParameter("copy it from the column `place`", ctx, option)
    return found


@verdict.command()
@click.option("--limit", default=20, show_default=True, type=click.IntRange(1, 1000))
@click.option("--library", help="Only pairs with a record of this member library.")
@click.option("--after", callback=_place, help="Go on after this place (the column of that name).")
@json_option
@click.pass_context
def queue(ctx: click.Context, limit: int, library: str | None, after: Place | None, as_json: bool) -> None:
    """Pairs that wait for a verdict, one for each two merged records; what would settle most comes first."""
    with app_of(ctx) as app:
        if library is not None and library not in app.catalogue.members():
            raise NotFound(f"there is no member library {library!r}; list them with: unioncat member list")
        found, waiting = app.verdicts.queue(limit, member=MemberCode(library) if library else None, after=after)
        rows = [
            {
                **plain(each),
                "score": round(each.score, 4),
                "clusters": " ".join(public_id(cluster) for cluster in each.clusters),
                "place": place_text(each.place),
            }
            for each in found
        ]
    print_rows(rows, as_json)
    if not as_json and waiting > len(found):
        say(f"{waiting} wait in all.")
