"""Verify an exported journal of Kuuluu without Kuuluu. Needs Python alone.

    python3 -I verify_journal.py journal.jsonl [DAY:COUNT:HASH ...]

Computes the chain of SHA-256 anew, compares every seal in the file, the seals that you kept from
elsewhere, and the head. Says what is wrong and leaves with status 1 when anything is.
"""

import hashlib
import json
import sys

FIELDS = ["seq", "kind", "version", "subject_type", "subject_id", "at", "recorded_at"]
FIELDS += ["role", "unit", "actor", "facts", "previous"]


def hash_of(entry):
    """SHA-256 over the canonical JSON (sorted keys, no spaces, UTF-8) of the chained fields."""
    chained = {name: entry[name] for name in FIELDS}
    text = json.dumps(chained, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode("utf-8")).hexdigest()


def verify(lines, kept):
    """Hashes by number of entries, and the number of seals compared. Raises ValueError."""
    hashes, seals, head = ["0" * 64], list(kept), None
    for number, line in enumerate(lines, 1):
        fields = json.loads(line)
        if "seal" in fields:
            seals.append((fields["seal"]["day"], fields["seal"]["count"], fields["seal"]["hash"]))
        elif "head" in fields:
            head = fields["head"]
        elif fields["seq"] != len(hashes) or fields["previous"] != hashes[-1]:
            raise ValueError(f"line {number}: entry {len(hashes)} is missing or out of order")
        elif hash_of(fields) != fields["hash"]:
            raise ValueError(f"line {number}: entry {fields['seq']} has been changed")
        else:
            hashes.append(fields["hash"])
    for day, count, sealed in seals:
        if not 0 <= count < len(hashes) or hashes[count] != sealed:
            raise ValueError(f"the seal of {day} does not match entry {count}")
    if head != {"count": len(hashes) - 1, "hash": hashes[-1]}:
        raise ValueError("the head does not match: the end of the file is missing or changed")
    return hashes, len(seals)


if __name__ == "__main__":
    try:
        kept = [(day, int(n), digest) for day, n, digest in (a.split(":") for a in sys.argv[2:])]
        with open(sys.argv[1], encoding="utf-8", newline="\n") as file:
            found, sealed = verify(file, kept)
    except (ValueError, KeyError, TypeError) as error:
        sys.exit(f"NOT VERIFIED: {error}")
    sys.stdout.write(f"verified: {len(found) - 1} entries, {sealed} seals, head {found[-1]}\n")
