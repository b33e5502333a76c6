"""
Importing files: how many rows a second, and that memory does not grow with the file.

    python -m bench.imports [--rows 100000] [--kind orders] [--sqlite] [--dry-run]

Writes a file of N rows (two to an order) and one of 10,000, imports each by `manage.py import_file` into a
database of its own, then the larger one again (nothing changes), and prints rows per second and by how much
the peak of resident memory grew from the small file to the large one, as JSON.
"""

import argparse
import csv
import json
import os
import subprocess
import sys
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path

from bench.house import ROOT, House, fresh_database

SMALL = 10_000
MOST_GROWTH_MB = 40
HEADS = {
    "orders": "Bestellnummer;Bestellt am;E-Mail;Artikel;Artikelnummer;Menge;Einzelpreis;Versand;PLZ;Ort;Land",
    "customers": "id;email;name;phone;newsletter;email consent at",
    "products": "handle;title;variant sku;variant price;option1 value;variant inventory qty",
}


def row(kind: str, n: int) -> list[str]:
    """Return one row of a file as a shop in Germany writes it."""
    if kind == "customers":
        return [str(n), f"person{n}@example.com", f"Person {n}", f"030 {n:07}", "ja", "01.02.2026 10:00"]
    if kind == "products":
        handle, size = f"lantern-{n // 2}", "SL"[n % 2]
        return [handle, f"Laterne {n // 2}", f"L-{n // 2}-{size}", "12,50", size, str(n % 90)]
    order, line = divmod(n, 2)
    placed = f"{order % 28 + 1:02}.{order % 12 + 1:02}.2025 {order % 24:02}:30"
    email = f"person{order % 40_000}@example.com"
    goods = ("Laterne", "L-1", "1", "1.024,50") if line else ("Docht", "D-1", "3", "2,50")
    return [f"#{order}", placed, email, *goods, "4,90", "10115", "Berlin", "Deutschland"]


def write(path: Path, kind: str, rows: int) -> None:
    with path.open("w", encoding="utf-8-sig", newline="") as out:
        writer = csv.writer(out, delimiter=";")
        writer.writerow(HEADS[kind].split(";"))
        writer.writerows(row(kind, n) for n in range(rows))


def timed(house: House, kind: str, path: Path, *more: str) -> tuple[float, float, str]:
    """Import a file. Returns seconds, the peak of resident memory in MB, and what the command said."""
    command = [sys.executable, "manage.py", "import_file", kind, str(path), "--store", "bench", *more]
    began = time.perf_counter()
    child = subprocess.Popen(command, cwd=ROOT, env=house.env, stdout=subprocess.PIPE, text=True)
    said = child.stdout.read() if child.stdout else ""
    _, status, usage = os.wait4(child.pid, 0)
    took = time.perf_counter() - began
    if status:
        raise SystemExit(f"the import failed:\n{said}")
    return took, usage.ru_maxrss / 1024, said.strip().splitlines()[-1]


def measure(house: House, folder: Path, kind: str, rows: int, *more: str) -> dict:
    small, large = folder / "small.csv", folder / "large.csv"
    write(small, kind, SMALL)
    write(large, kind, rows)
    _, first, _ = timed(house, kind, small, *more)
    took, peak, said = timed(house, kind, large, *more)
    again, _, said_again = timed(house, kind, large, *more)
    return {
        "kind": kind,
        "rows": rows,
        "file_mb": round(large.stat().st_size / 1024 / 1024, 1),
        "rows_per_second": round(rows / took),
        "again_rows_per_second": round(rows / again),
        "peak_mb": round(peak),
        "growth_mb": round(peak - first, 1),
        "said": said,
        "said_again": said_again,
    }


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("--rows", type=int, default=100_000)
    parser.add_argument("--kind", choices=sorted(HEADS), default="orders")
    parser.add_argument("--sqlite", action="store_true", help="on SQLite instead of PostgreSQL")
    parser.add_argument("--dry-run", action="store_true", help="look only")
    options = parser.parse_args()
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        url = f"sqlite:///{folder / 'bench.sqlite3'}" if options.sqlite else None
        url = url or stack.enter_context(fresh_database())
        house = stack.enter_context(House(url, DATA_DIR=str(folder / "data")))
        house.manage("migrate", "--verbosity", "0")
        house.manage("setup_store", "bench", "--name", "Bench", "--platform", "none", "--currency", "EUR")
        more = ["--dry-run"] if options.dry_run else []
        result = measure(house, folder, options.kind, options.rows, *more)
    result["database"] = "sqlite" if options.sqlite else "postgresql"
    print(json.dumps(result))
    return 0 if result["growth_mb"] < MOST_GROWTH_MB else 1


if __name__ == "__main__":
    sys.exit(main())
