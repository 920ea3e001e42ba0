"""Mutated requests against the Z39.50 server: ``python -m bench z3950_fuzz [--mutations N] [--seed N]``.

Every request kind, mutated by chance, answered on an association of its own small catalogue. A mutation may get any
answer of the protocol. It fails the run if answering raises, if what comes back is no APDU, if it costs a diagnostic
2 (a fault of ours), or if it takes longer than a second.
"""

from __future__ import annotations

import argparse
import logging
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path
from random import Random

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "tests" / "protocols" / "z3950"))
from z_catalogue import condition, init_request, make_parts
from z_mutations import CAPTURES, mutated

from protocols.z3950.apdu import decode_pdu, encode_pdu
from protocols.z3950.association import Association
from protocols.z3950.ber import Framer, MalformedBer
from protocols.z3950.dispatch import answer


def run(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--mutations", type=int, default=200_000)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args(arguments)
    logging.disable(logging.INFO)
    draw = Random(options.seed)
    names = list(CAPTURES)
    answers: Counter[str] = Counter()
    faults = 0
    slowest = 0.0
    began = time.perf_counter()
    with tempfile.TemporaryDirectory() as folder:
        parts = make_parts(Path(folder))
        init = encode_pdu("initRequest", init_request())
        association = Association(parts)
        for number in range(options.mutations):
            if number % 50 == 0 or not association.opened:
                association = Association(parts)
                answer(association, init)
                answer(association, CAPTURES["search"])
            octets = mutated(CAPTURES[draw.choice(names)], draw)
            framer = Framer(parts.limits.request_size)
            framer.feed(octets)
            try:
                whole = framer.next()
            except MalformedBer:
                whole = None
            start = time.perf_counter()
            given = answer(association, octets if whole is None else whole)
            took = time.perf_counter() - start
            slowest = max(slowest, took)
            reply = Framer(100_000_000)
            reply.feed(given.octets)
            kinds = []
            while (pdu := reply.next()) is not None:
                kind, value = decode_pdu(pdu)
                kinds.append(kind)
                if condition(value) == 2 or took > 1.0:
                    faults += 1
                    print(f"mutation {number}: {took:.2f} s, {octets.hex()}", file=sys.stderr)
            answers[" ".join(kinds) or "(none)"] += 1
    seconds = time.perf_counter() - began
    print(f"{options.mutations} mutations in {seconds:.0f} s, {faults} faults, slowest answer {slowest * 1000:.1f} ms")
    for kind, count in answers.most_common():
        print(f"  {kind:40} {count}")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(run(sys.argv[1:]))
