"""/healthz, /readyz and /metrics: what machines that watch us ask."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping

from flask import Blueprint, Flask, Response, g, jsonify, request
from flask.typing import ResponseReturnValue
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.process_collector import ProcessCollector

from unioncat.model import UnionCatError
from unioncat.web.parts import Parts
from unioncat.web.security import limiter

__all__ = ["Check", "init"]

Check = Callable[[], object]
"""Raises when its part is not ready; what it returns is not looked at."""

BUCKETS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0)


def init(app: Flask, parts: Parts, checks: Mapping[str, Check]) -> None:
    """Registers the three addresses. `checks`: name → what /readyz tries besides store and index."""
    registry = CollectorRegistry()
    ProcessCollector(registry=registry)
    seconds = Histogram(
        "unioncat_http_seconds", "Time to answer", ["endpoint", "method"], buckets=BUCKETS, registry=registry
    )
    answers = Counter(
        "unioncat_http_answers_total", "Answers by status", ["endpoint", "method", "status"], registry=registry
    )
    rows = Gauge("unioncat_catalogue", "Size of the catalogue by what is counted", ["what"], registry=registry)
    all_checks: dict[str, Check] = {"store": parts.catalogue.counts, "index": parts.finder.engine.count, **checks}
    blueprint = Blueprint("operations", __name__)

    @blueprint.get("/healthz")
    def healthz() -> ResponseReturnValue:
        return jsonify(status="ok", version=parts.site.version)

    @blueprint.get("/readyz")
    def readyz() -> ResponseReturnValue:
        state: dict[str, str] = {}
        for name, check in all_checks.items():
            try:
                check()
                state[name] = "ok"
            except (UnionCatError, OSError, RuntimeError, ValueError) as error:
                state[name] = str(error) or type(error).__name__
        ready = all(value == "ok" for value in state.values())
        return jsonify(status="ok" if ready else "unavailable", checks=state), 200 if ready else 503

    @blueprint.get("/metrics")
    def metrics() -> ResponseReturnValue:
        counts = parts.tallies()
        for name in ("records", "deleted", "source_records", "members", "last_change"):
            rows.labels(name).set(getattr(counts, name))
        return Response(generate_latest(registry), content_type=CONTENT_TYPE_LATEST)

    limiter.exempt(blueprint)
    app.register_blueprint(blueprint)

    @app.before_request
    def start() -> None:
        g.started = time.perf_counter()

    @app.after_request
    def stop(response: Response) -> Response:
        endpoint, method = request.endpoint or "unknown", request.method
        if "started" in g:
            seconds.labels(endpoint, method).observe(time.perf_counter() - g.started)
        answers.labels(endpoint, method, str(response.status_code)).inc()
        return response
