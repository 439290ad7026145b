"""The arithmetic of the chain: canonical form and hash of an entry. Pure."""

import hashlib
import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

CHAINED = (
    "seq",
    "kind",
    "version",
    "subject_type",
    "subject_id",
    "at",
    "recorded_at",
    "role",
    "unit",
    "actor",
    "facts",
    "previous",
)


def moment(value: datetime) -> str:
    """ISO 8601 in UTC with microseconds and Z, the one spelling that is hashed."""
    return value.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def canonical(value: Mapping[str, Any]) -> str:
    """JSON with sorted keys, no spaces and no escapes beyond JSON's own."""
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def entry_hash(fields: Mapping[str, Any]) -> str:
    """SHA-256 (hex) over the canonical JSON of the chained fields.

    Moments are given as `moment` spells them, `facts` as an object.
    """
    chained = {name: fields[name] for name in CHAINED}
    return hashlib.sha256(canonical(chained).encode("utf-8")).hexdigest()
