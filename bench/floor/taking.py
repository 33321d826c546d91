"""Takes agreements over into the floor, each with the entry that opens its chain."""

import hashlib
import json
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from bench.floor.database import Database


def digest(text: str) -> str:
    """Return the digest of a text."""
    return hashlib.sha256(text.encode()).hexdigest()


def take(db: Database, items: Sequence[dict[str, Any]], person: int) -> dict[str, int]:
    """Insert agreements, within a transaction."""
    first = 1 + db.rows("SELECT max(id) FROM agreement")[0][0]
    now = datetime.now(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")
    units, parties, areas = (
        {code: key for key, code in db.rows(f"SELECT id, code FROM {table}")} for table in ("unit", "party", "area")
    )
    agreements, participants, fields, entries = (list[tuple[Any, ...]]() for _table in range(4))
    for key, item in enumerate(items, first):
        agreements.append(
            (key, item["reference"], item["title_en"], item["title_ru"], item["kind"], item["procedure"], item["stage"],
             item["since_latest"], 1, units[item["lead_unit"]], 0, item["level"], None, None, "", now, 1)
        )  # fmt: skip
        participants += ((key, parties[one["party"]], one["role"]) for one in item["participants"])
        fields += ((key, areas[code]) for code in item["areas"])
        row = [key, 1, "open", "", "", item["stage"], item["since_latest"], now, person, "", ""]
        entries.append((*row, digest(json.dumps(row))))
    for table, rows in (
        ("agreement", agreements), ("participant", participants), ("agreement_area", fields), ("entry", entries)
    ):  # fmt: skip
        db.run_many(f"INSERT INTO {table} VALUES ({', '.join('?' * len(rows[0]))})", rows)
    return {"done": len(items)}
