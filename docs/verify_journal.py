"""Verify an exported journal of Kuuluu without Kuuluu, with Python alone. docs/log.md explains.
Use: python3 -I -S verify_journal.py FILE [DAY:COUNT:HASH of a seal that you kept ...]"""

import hashlib
import json
import sys

KEYS = "actor at facts hash kind previous recorded_at role seq subject_id subject_type unit version"
canonical = json.JSONEncoder(ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode


def need(holds, sentence):
    if not holds:
        sys.exit(f"NOT VERIFIED: {sentence}")


def objects(path, start=b""):  # number, bytes and fields of each line that begins so
    with open(path, "rb") as file:
        for n, line in enumerate(iter(lambda: file.readline(1 << 20), b""), 1):
            if line.startswith(start):
                try:
                    fields = json.loads(line)
                    good = type(fields) is dict and f"{canonical(fields)}\n".encode() == line
                except (ValueError, RecursionError):
                    good = False
                need(good, f"line {n} is damaged: it is not one object in canonical JSON")
                yield n, line, fields


def verify(path, seals):
    for n, _, fields in objects(path, b'{"seal":'):  # read first: they stand behind the entries
        need(type(seal := fields["seal"]) is dict and len(seal) == 3, f"line {n} is not a seal")
        seals.append([seal["day"], str(seal["count"]), seal["hash"]])
    wanted, hashes = {number for _, number, _ in seals}, {"0": "0" * 64}
    count, last, whole, before = 0, "0" * 64, hashlib.sha256(), ""
    for n, line, fields in objects(path):
        if (what := " ".join(fields)) == KEYS and not before:
            digest, count = fields.pop("hash"), count + 1
            fits = (fields["seq"], fields["previous"]) == (count, last)
            need(fits, f"line {n}: entry {count} is missing or out of order")
            last = hashlib.sha256(canonical(fields).encode()).hexdigest()
            need(digest == last, f"line {n}: entry {count} has been changed")
            if str(count) in wanted:
                hashes[str(count)] = last
        else:
            need(what in ("seal", "head") and before != "head", f"line {n} is out of place")
            head = {"count": count, "hash": last, "digest": whole.hexdigest()}
            need(what == "seal" or fields["head"] == head, f"line {n}: the head does not match")
            before = what
        whole.update(line)
    need(before == "head", "the head is missing: the end has been cut off")
    for day, number, digest in seals:
        need(digest == hashes.get(number), f"the seal of {day} does not match entry {number}")
    return f"verified: {count} entries, {len(seals)} seals, head {last}\n"


try:
    sys.stdout.write(verify(sys.argv[1], [text.split(":") for text in sys.argv[2:]]))
except (OSError, LookupError, ValueError) as error:
    sys.exit(f"NOT VERIFIED: {error}")
