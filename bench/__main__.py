"""Runs benches: each module of this package with a function ``run(options)`` and a docstring is one.

python -m bench                 the whole path against zebraidx
python -m bench NAME [options]  another; python -m bench --list names them
"""

from __future__ import annotations

import sys
from importlib import import_module
from pathlib import Path

DEFAULT = "whole_path"


def benches() -> dict[str, str]:
    """Name → first line of its docstring."""
    found = {}
    for path in sorted(Path(__file__).parent.glob("*.py")):
        if path.stem.startswith("_"):
            continue
        module = import_module(f"bench.{path.stem}")
        if hasattr(module, "run"):
            found[path.stem] = (module.__doc__ or "").strip().partition("\n")[0]
    return found


def main() -> int:
    arguments = sys.argv[1:]
    if arguments[:1] == ["--list"]:
        for name, what in benches().items():
            print(f"{name:<16} {what}")
        return 0
    name = arguments.pop(0) if arguments and not arguments[0].startswith("-") else DEFAULT
    if name not in benches():
        print(f"no bench {name!r}; there are: {', '.join(benches())}", file=sys.stderr)
        return 2
    return int(import_module(f"bench.{name}").run(arguments) or 0)


if __name__ == "__main__":
    sys.exit(main())
