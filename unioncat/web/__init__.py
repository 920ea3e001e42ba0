"""The web: public catalogue, workbench, administration and JSON."""

from unioncat.web.app import create_app
from unioncat.web.parts import Site

__all__ = ["Site", "create_app"]
