"""Notices about harvests: by e-mail to the library and by webhook, when the state of a source changes.

Ten failures in a row are one notice, and the recovery another. A notice that cannot be sent is kept and tried again
with the next one; it never stops a harvest.
"""

from __future__ import annotations

import json
import logging
import smtplib
import ssl
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from email.message import EmailMessage
from email.utils import format_datetime, make_msgid
from urllib.parse import unquote, urlsplit

import requests

from unioncat.model import ConfigError, Member, Source
from unioncat.services.harvesting import RunResult
from unioncat.store import Members, Settings, Store
from unioncat.store.stamping import utc_now

__all__ = ["Notice", "Notices", "smtp_sender", "webhook_sender"]

_log = logging.getLogger(__name__)
_STATE = "notice-state:"
_WAITING = "notices-waiting"
_MOST_WAITING = 100

_WORDS = {
    "vi": {
        "complete": "đã thu hoạch bình thường trở lại",
        "interrupted": "bị gián đoạn",
        "failed": "thất bại",
        "held": "được giữ lại chờ xem xét",
        "subject": "{catalogue}: nguồn {source} {state}",
        "body": (
            "Kính gửi {library},\n\nLần thu hoạch nguồn {source} ({endpoint}) {state}.\n{message}\n"
            "Đọc {read} = lưu {stored} + không đổi {unchanged} + xoá {deleted} + từ chối {refused}.\n{advice}\n\n"
            "{catalogue}\n{contact}\n"
        ),
        "advice:complete": "",
        "advice:interrupted": "Hệ thống sẽ tự thử lại; không cần làm gì nếu máy chủ của thư viện sớm hoạt động lại.",
        "advice:failed": "Xin kiểm tra địa chỉ, bộ dữ liệu (set) và định dạng của nguồn, rồi báo cho chúng tôi.",
        "advice:held": "Lần chạy này xoá hoặc thiếu nhiều biểu ghi khác thường. Xin cho biết điều đó có đúng không.",
    },
    "en": {
        "complete": "is harvested normally again",
        "interrupted": "was interrupted",
        "failed": "failed",
        "held": "is held for a person to look at",
        "subject": "{catalogue}: source {source} {state}",
        "body": (
            "To {library}\n\nThe harvest of the source {source} ({endpoint}) {state}.\n{message}\n"
            "Read {read} = stored {stored} + unchanged {unchanged} + deleted {deleted} + refused {refused}.\n"
            "{advice}\n\n{catalogue}\n{contact}\n"
        ),
        "advice:complete": "",
        "advice:interrupted": "We shall try again; nothing needs to be done if your server is soon back.",
        "advice:failed": "Please check address, set and format of the source, and tell us.",
        "advice:held": "This run would delete, or misses, unusually many records. Please tell us if that is right.",
    },
}


@dataclass(frozen=True, slots=True)
class Notice:
    """One notice. to: e-mail address, "" for none; facts: what a webhook gets."""

    to: str
    subject: str
    text: str
    facts: dict[str, object]


Sender = Callable[[Notice], None]
"""Sends one notice; raises OSError (also smtplib's and requests' own) if it cannot."""


class Notices:
    """Tells libraries about their sources.

    senders:  by e-mail, by webhook; each gets every notice
    contact:  our own address, shown at the end, and told where a library has none
    """

    def __init__(
        self,
        store: Store,
        senders: dict[str, Sender],
        *,
        catalogue_vi: str,
        catalogue_en: str,
        contact: str,
        clock: Callable[[], datetime] = utc_now,
    ) -> None:
        self._store = store
        self._senders = senders
        self._names = {"vi": catalogue_vi, "en": catalogue_en}
        self._contact = contact
        self._clock = clock

    def after_run(self, source: Source, result: RunResult) -> Notice | None:
        """Send a notice if the source's state is another than last time. Fits Scheduler's `after_run`."""
        with self._store.write() as session:
            settings = Settings(session)
            before = settings.get(_STATE + source.code)
            settings.set(_STATE + source.code, result.state)
            member = Members(session).get(source.member)
        if result.state == before or (before is None and result.state == "complete"):
            self._send_waiting()
            return None
        notice = self.compose(member, source, result)
        self._send(notice)
        return notice

    def compose(self, member: Member, source: Source, result: RunResult) -> Notice:
        """In the library's language."""
        language = member.language if member.language in _WORDS else "vi"
        words, account = _WORDS[language], result.account
        given = {
            "catalogue": self._names[language],
            "library": (member.name_en or member.name) if language == "en" else member.name,
            "source": source.code,
            "endpoint": source.endpoint,
            "state": words.get(result.state, result.state),
            "message": result.message,
            "advice": words.get(f"advice:{result.state}", ""),
            "contact": self._contact,
            "read": account.read,
            "stored": account.stored,
            "unchanged": account.unchanged,
            "deleted": account.deleted,
            "refused": account.refused,
        }
        lines = words["body"].format(**given).splitlines()
        text = "\n".join(line for place, line in enumerate(lines) if line or (place and lines[place - 1])) + "\n"
        facts: dict[str, object] = {
            "event": "harvest",
            "source": source.code,
            "library": member.code,
            "state": result.state,
            "harvest": result.harvest,
            "message": result.message,
            "at": self._clock().isoformat(timespec="seconds"),
            **{name: given[name] for name in ("read", "stored", "unchanged", "deleted", "refused")},
        }
        subject = " ".join(words["subject"].format(**given).split())
        return Notice(member.email or self._contact, subject, text, facts)

    def _send(self, notice: Notice) -> None:
        self._send_waiting()
        for name, sender in self._senders.items():
            try:
                sender(notice)
            except (OSError, smtplib.SMTPException) as error:
                _log.warning("notice by %s could not be sent, it is kept: %s", name, error)
                self._keep(name, notice)

    def _keep(self, name: str, notice: Notice) -> None:
        with self._store.write() as session:
            settings = Settings(session)
            waiting = json.loads(settings.get(_WAITING) or "[]")
            waiting.append([name, notice.to, notice.subject, notice.text, notice.facts])
            settings.set(_WAITING, json.dumps(waiting[-_MOST_WAITING:], ensure_ascii=False))

    def _send_waiting(self) -> None:
        with self._store.read() as session:
            kept = json.loads(Settings(session).get(_WAITING) or "[]")
        if not kept:
            return
        left = []
        for name, *parts in kept:
            sender = self._senders.get(name)
            try:
                if sender is not None:
                    sender(Notice(*parts))
            except (OSError, smtplib.SMTPException):
                left.append([name, *parts])
        with self._store.write() as session:
            Settings(session).set(_WAITING, json.dumps(left, ensure_ascii=False))


def smtp_sender(url: str, sender: str) -> Sender:
    """Sends by ``smtp://user:password@host:587`` (STARTTLS where offered) or ``smtps://…``. Raises ConfigError."""
    address = urlsplit(url)
    if address.scheme not in ("smtp", "smtps") or not address.hostname:
        raise ConfigError(f"smtp_url {address.scheme}://…: write smtp://user:password@host:587 or smtps://…")
    host, secure = address.hostname, address.scheme == "smtps"

    def send(notice: Notice) -> None:
        if not notice.to:
            return
        message = EmailMessage()
        message["From"], message["To"], message["Subject"] = sender, notice.to, notice.subject
        message["Date"], message["Message-ID"] = format_datetime(utc_now()), make_msgid(domain=sender.partition("@")[2])
        message["Auto-Submitted"] = "auto-generated"
        message.set_content(notice.text)
        context = ssl.create_default_context()
        made = (
            smtplib.SMTP_SSL(host, address.port or 465, timeout=30, context=context)
            if secure
            else smtplib.SMTP(host, address.port or 25, timeout=30)
        )
        with made as connection:
            if not secure and connection.has_extn("starttls"):
                connection.starttls(context=context)
            if address.username:
                connection.login(unquote(address.username), unquote(address.password or ""))
            connection.send_message(message)

    return send


def webhook_sender(url: str) -> Sender:
    """Posts the facts as JSON. Raises ConfigError for what is no address."""
    if not url.startswith(("http://", "https://")):
        raise ConfigError(f"webhook_url {url!r} is no http or https address")

    def send(notice: Notice) -> None:
        body = {**notice.facts, "subject": notice.subject, "text": notice.text}
        response = requests.post(url, json=body, timeout=15)
        response.raise_for_status()

    return send
