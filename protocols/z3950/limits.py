"""What one stranger may cost us: every bound of the Z39.50 server in one place."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["Limits"]


@dataclass(frozen=True, slots=True)
class Limits:
    """Bounds of the server; lengths in octets, times in seconds.

    request_size:      longest APDU that we read; a longer one closes the association
    message_size:      most that we send in one response, whatever the client offers to take
    record_size:       longest single record (exceptional record size)
    result_sets:       kept for one association; the one not used for longest makes room for one more
    kept_ids:          positions of a result set that are frozen; later ones are asked of the index anew
    databases:         in one request
    scan_terms:        in one request
    sort_keys:         in one request
    present_records:   in one response; more are announced by nextResultSetPosition
    update_records:    in one Extended Services package
    associations:      open at once
    per_address:       open at once from one address
    running:           requests answered at once (threads)
    running_per_address: of these, for one address
    idle_seconds:      without a request before we close (lackOfActivity)
    init_seconds:      until the InitializeRequest is there
    request_seconds:   for one request; then it gets a diagnostic, or the association is closed
    write_seconds:     in which a client must take what we sent
    write_buffer:      sent and not taken; above it no further request of that client is read
    """

    request_size: int = 2_000_000
    message_size: int = 4_000_000
    record_size: int = 4_000_000
    result_sets: int = 32
    kept_ids: int = 10_000
    databases: int = 50
    scan_terms: int = 1_000
    sort_keys: int = 8
    present_records: int = 1_000
    update_records: int = 20
    associations: int = 1_000
    per_address: int = 200
    running: int = 8
    running_per_address: int = 4
    idle_seconds: float = 900.0
    init_seconds: float = 30.0
    request_seconds: float = 60.0
    write_seconds: float = 120.0
    write_buffer: int = 1_000_000
