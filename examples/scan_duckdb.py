"""Ask a scan of an archive with SQL: events by label and hour of day.

pip install duckdb
whipbird scan /archive/2024 --model capuchinbird --out scan-2024
python examples/scan_duckdb.py scan-2024
"""

import sys
from pathlib import Path

import duckdb

EVENTS = """
SELECT label, extract(hour FROM time + to_seconds(utc_offset_s)) AS hour, count(*) AS events, max(score) AS best
FROM read_parquet(?)
GROUP BY ALL ORDER BY label, hour
"""
EFFORT = "SELECT count(*), coalesce(sum(heard_s), 0) / 3600 FROM read_parquet(?) WHERE status = 'heard'"


def main() -> None:
    folder = Path(sys.argv[1])
    with duckdb.connect() as database:
        database.execute("SET TimeZone = 'UTC'")
        for label, hour, events, best in database.execute(EVENTS, [str(folder / "events" / "*.parquet")]).fetchall():
            shown = "unknown" if hour is None else f"{hour:02d} h"
            print(f"{label:20}  {shown:8}  {events:6d} events, best score {best:.2f}")
        pieces, hours = database.execute(EFFORT, [str(folder / "recordings" / "*.parquet")]).fetchall()[0]
        print(f"in {pieces} recordings or pieces of them, {hours:.2f} hours")


if __name__ == "__main__":
    main()
