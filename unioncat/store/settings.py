"""Small facts of the store by name: secret keys, the catalogue's own id, …"""

from __future__ import annotations

from sqlalchemy import delete
from sqlalchemy.orm import Session

from unioncat.store.tables import SettingRow


class Settings:
    def __init__(self, session: Session) -> None:
        self._session = session

    def get(self, name: str, default: str | None = None) -> str | None:
        row = self._session.get(SettingRow, name, populate_existing=True)
        return default if row is None else row.value

    def set(self, name: str, value: str) -> None:
        row = self._session.get(SettingRow, name)
        if row is None:
            self._session.add(SettingRow(name=name, value=value))
        else:
            row.value = value
        self._session.flush()

    def remove(self, name: str) -> None:
        self._session.execute(delete(SettingRow).where(SettingRow.name == name))
