"""The house under load: its own database, web server and worker clusters, for benchmarks and chaos."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import requests

ROOT = Path(__file__).resolve().parent.parent
ADMIN_URL = os.environ.get("POSTGRES_URL", "postgres://postgres@127.0.0.1:5432/postgres")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class House:
    """The processes under test, in an environment of their own."""

    def __init__(self, database_url: str, **env: str) -> None:
        self.port = free_port()
        self.database_url = database_url
        self.env = (
            os.environ
            | {
                "DATABASE_URL": self.database_url,
                "BASE_URL": f"http://127.0.0.1:{self.port}",
                "SECRET_KEY": "not a secret: this house stands for minutes",
                "LOG_LEVEL": "ERROR",
                "WORKERS": "2",
                "DJANGO_SETTINGS_MODULE": "config.settings",
            }
            | env
        )
        self.children: list[subprocess.Popen] = []

    def manage(self, *args: str) -> None:
        subprocess.run(
            [sys.executable, "manage.py", *args],
            cwd=ROOT,
            env=self.env,
            check=True,
            stdout=subprocess.DEVNULL,
        )

    def start(self, *command: str) -> subprocess.Popen:
        child = subprocess.Popen(
            command, cwd=ROOT, env=self.env, start_new_session=True, stdout=subprocess.DEVNULL
        )
        self.children.append(child)
        return child

    def web(self) -> None:
        self.start(
            sys.executable,
            "-m",
            "gunicorn",
            "config.wsgi",
            "--bind",
            f"127.0.0.1:{self.port}",
            "--workers",
            "2",
            "--worker-class",
            "gthread",
            "--threads",
            "4",
            "--log-level",
            "error",
        )
        for _ in range(200):
            try:
                if requests.get(f"{self.env['BASE_URL']}/readyz", timeout=1).ok:
                    return
            except requests.RequestException:
                time.sleep(0.1)
        raise SystemExit("the web server did not start")

    def cluster(self) -> subprocess.Popen:
        return self.start(sys.executable, "manage.py", "qcluster")

    def kill(self, child: subprocess.Popen) -> None:
        """kill -9 the child and everything it started."""
        os.killpg(child.pid, signal.SIGKILL)
        child.wait()
        self.children.remove(child)

    def __enter__(self) -> "House":
        return self

    def __exit__(self, *exc: object) -> None:
        for child in list(self.children):
            self.kill(child)


@contextmanager
def fresh_database() -> Iterator[str]:
    """Make an empty PostgreSQL database for the time of the block; yields its URL."""
    name = f"porchlight_bench_{os.getpid()}"
    with psycopg.connect(ADMIN_URL, autocommit=True) as admin:
        admin.execute(f"CREATE DATABASE {name}")
    try:
        yield f"{ADMIN_URL.rsplit('/', 1)[0]}/{name}"
    finally:
        with psycopg.connect(ADMIN_URL, autocommit=True) as admin:
            admin.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
