"""Write the one initial migration anew from unioncat/store/tables.py (``make migration``).

For the time before the first release only: afterwards a change of the tables is a migration of its own.
"""

from __future__ import annotations

from pathlib import Path

from alembic.autogenerate import produce_migrations, render_python_code
from alembic.migration import MigrationContext
from mako.template import Template
from sqlalchemy import create_engine

from unioncat.store import tables
from unioncat.store.schema import MIGRATIONS


def main() -> None:
    folder = MIGRATIONS / "versions"
    kept = sorted(path.name for path in folder.glob("[0-9]*.py"))
    if kept not in ([], ["0001_initial.py"]):
        raise SystemExit(f"there are later migrations ({', '.join(kept)}): add the next one, do not rewrite the first")
    with create_engine("sqlite://").connect() as connection:
        context = MigrationContext.configure(connection, opts={"target_metadata": tables.Base.metadata})
        steps = produce_migrations(context, tables.Base.metadata)
    assert steps.upgrade_ops is not None
    assert steps.downgrade_ops is not None
    code = Template(filename=str(MIGRATIONS / "script.py.mako")).render(
        message="Initial schema",
        up_revision="0001",
        down_revision=None,
        imports="import unioncat.store.tables\nfrom sqlalchemy import Text",
        upgrades=_body(render_python_code(steps.upgrade_ops, render_as_batch=False)),
        downgrades=_body(render_python_code(steps.downgrade_ops, render_as_batch=False)),
    )
    path = Path(folder / "0001_initial.py")
    path.write_text(code, encoding="utf-8")
    print(path)


def _body(code: str) -> str:
    return "\n".join(line for line in code.splitlines() if "# ###" not in line).strip()


if __name__ == "__main__":
    main()
