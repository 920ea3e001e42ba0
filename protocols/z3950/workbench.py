"""Extended Services Update by way of the workbench: the `Contributor` of a running catalogue.

A record is named by the number under which the workbench keeps it (``wb…``), or by the number of the merged record
that it is in (``uc…``, the 001 of what clients copied from us): a client edits what it has found, and sends it back.
"""

from __future__ import annotations

from protocols.z3950.ports import Cataloguer, Contribution, Receipt
from unioncat.marc import Record
from unioncat.model import ClusterId, MemberCode, NotAllowed, NotFound, parse_public_id, record_key
from unioncat.services.accounts import Accounts
from unioncat.services.catalogue import Catalogue
from unioncat.services.contribute import Contribute
from unioncat.services.roles import Actor

__all__ = ["WorkbenchContributor"]

_WORKBENCH = "workbench"


class WorkbenchContributor:
    """See `protocols.z3950.ports.Contributor`."""

    def __init__(self, accounts: Accounts, contribute: Contribute, catalogue: Catalogue) -> None:
        self._accounts = accounts
        self._contribute = contribute
        self._catalogue = catalogue

    def sign_in(self, user: str, password: str, group: str = "") -> Cataloguer | None:
        try:
            actor = self._accounts.log_in(user, password).actor
        except NotAllowed:
            return None
        members = frozenset(code for code in self._catalogue.members() if actor.may("contribute", code))
        return Cataloguer(actor.login, members, actor)

    def contribute(self, who: Cataloguer, contribution: Contribution) -> Receipt:
        actor = who.badge
        if not isinstance(actor, Actor):
            raise NotAllowed(f"{who.account} has not signed in here")
        actor.require("contribute", contribution.member)
        member, record = contribution.member, contribution.record
        cluster = parse_public_id(contribution.identifier)
        own = self._own(member, contribution.identifier, cluster)
        if record is None:
            if not own:
                raise NotFound(f"{member} has no record {contribution.identifier} of its own here")
            self._contribute.withdraw(actor, record_key(f"{member}-{_WORKBENCH}", own))
            return Receipt(own, cluster)
        if contribution.action == "insert":
            return self._submitted(actor, member, record)
        if own:
            return self._submitted(actor, member, record, identifier=own)
        if cluster is not None and not self._catalogue.record(cluster).deleted:
            return self._submitted(actor, member, record, same_as=cluster)
        if contribution.action == "special":
            return self._submitted(actor, member, record)
        raise NotFound(f"{member} has no record {contribution.identifier} of its own here")

    def _submitted(
        self, actor: Actor, member: MemberCode, record: Record, identifier: str = "", same_as: ClusterId | None = None
    ) -> Receipt:
        done = self._contribute.submit(actor, member, record, identifier=identifier, same_as=same_as)
        return Receipt(done.key.partition("/")[2], done.cluster)

    def _own(self, member: MemberCode, identifier: str, cluster: ClusterId | None) -> str:
        """Number of the library's own workbench record that is meant; "" if there is none."""
        source = f"{member}-{_WORKBENCH}/"
        if cluster is not None:
            for record in self._catalogue.source_records(cluster):
                if record.key.startswith(source) and not record.deleted:
                    return record.identifier
            return ""
        if not identifier:
            return ""
        try:
            found = self._contribute.source_record(record_key(f"{member}-{_WORKBENCH}", identifier))
        except NotFound:
            return ""
        return "" if found.deleted else found.identifier
