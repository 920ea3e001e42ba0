"""Resumption tokens: all that is needed to go on, signed, kept nowhere (OAI-PMH 2.0 §3.5)."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import json
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from protocols.oaipmh.errors import OaiError

__all__ = ["LIFETIME", "ResumptionToken", "TokenSigner"]

LIFETIME = timedelta(days=3)
_SIGNATURE = 15  # bytes: 20 characters of base64 without padding
_LONGEST = 2000


@dataclass(frozen=True, slots=True)
class ResumptionToken:
    """One list request and how far it has come.

    verb:     the token goes with this verb only
    until:    UTC, frozen when the list began, so that every harvest ends
    after:    datestamp and key of the last item sent: a key, not an offset, so that changes meanwhile shift
              nothing and page 1,000 costs what page 1 costs. Sent again, the token gives the same place (§3.5.1)
    cursor:   items sent before the page that this token asks for
    total:    items of the list as counted when it began
    expires:  UTC; frozen with the token
    """

    verb: str
    metadata_prefix: str
    until: datetime
    after: tuple[datetime, str]
    cursor: int
    total: int
    expires: datetime
    from_: datetime | None = None
    set_spec: str = ""


class TokenSigner:
    """Writes tokens and reads only those that it wrote itself.

    secret: kept in the store, so that tokens outlive a restart and hold for every process.
    """

    def __init__(self, secret: bytes) -> None:
        if len(secret) < 16:
            raise ValueError("the secret of resumption tokens must have 16 bytes at least")
        self._secret = secret

    def write(self, token: ResumptionToken) -> str:
        """Printable ASCII that no URL needs to escape."""
        body = json.dumps(
            [
                token.verb,
                token.metadata_prefix,
                token.set_spec,
                _seconds(token.from_) if token.from_ else None,
                _seconds(token.until),
                _seconds(token.after[0]),
                token.after[1],
                token.cursor,
                token.total,
                _seconds(token.expires),
            ],
            separators=(",", ":"),
        ).encode()
        return _text(self._sign(body) + body)

    def read(self, text: str, now: datetime) -> ResumptionToken:
        """Raises OaiError badResumptionToken for whatever we did not write ourselves, and for expired ones."""
        bad = OaiError("badResumptionToken", "this resumption token was not issued here")
        if not 20 < len(text) < _LONGEST or not text.isascii():
            raise bad
        try:
            data = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
        except (binascii.Error, ValueError):
            raise bad from None
        signature, body = data[:_SIGNATURE], data[_SIGNATURE:]
        if not hmac.compare_digest(signature, self._sign(body)) or _text(data) != text:
            raise bad
        verb, prefix, set_spec, from_, until, stamp, key, cursor, total, expires = json.loads(body)
        token = ResumptionToken(
            verb=verb,
            metadata_prefix=prefix,
            set_spec=set_spec,
            from_=None if from_ is None else _moment(from_),
            until=_moment(until),
            after=(_moment(stamp), key),
            cursor=cursor,
            total=total,
            expires=_moment(expires),
        )
        if token.expires < now:
            raise OaiError("badResumptionToken", "this resumption token has expired; begin the list again")
        return token

    def _sign(self, body: bytes) -> bytes:
        return hmac.new(self._secret, body, hashlib.sha256).digest()[:_SIGNATURE]


def _text(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode("ascii").rstrip("=")


def _seconds(moment: datetime) -> int:
    return int(moment.timestamp())


def _moment(seconds: int) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)
