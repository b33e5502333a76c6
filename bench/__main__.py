"""Run every benchmark after the other: `python -m bench [NAME ...]`. Each prints one line of JSON."""

import importlib
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
NOT_BENCHMARKS = {"__init__", "__main__", "house", "sink"}


def main() -> int:
    """Run the named benchmarks, all without names. Returns 1 when one of them missed its goal."""
    known = sorted(f.stem for f in HERE.glob("*.py") if f.stem not in NOT_BENCHMARKS)
    chosen = sys.argv[1:] or known
    missed = []
    for name in chosen:
        if name not in known:
            print(f"there is no benchmark {name!r}; there are {', '.join(known)}", file=sys.stderr)
            return 2
        doc = importlib.import_module(f"bench.{name}").__doc__ or ""
        print(f"{name}: {doc.strip().splitlines()[0]}", flush=True)
        if subprocess.run([sys.executable, "-m", f"bench.{name}"], cwd=HERE.parent, check=False).returncode:
            missed.append(name)
    if missed:
        print(f"missed: {', '.join(missed)}")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
