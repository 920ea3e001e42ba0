"""The WSGI application for servers that bring their own processes: ``granian unioncat.wsgi:application``.

Everything comes from the environment (UNIONCAT_HOME, UNIONCAT_DATABASE_URL, …) and the configuration file. Each
process opens its own store and index; sessions, tokens and limits of one catalogue share a key in the store.
"""

from __future__ import annotations

from unioncat.bootstrap import App
from unioncat.settings import load_settings

application = App(load_settings()).web
