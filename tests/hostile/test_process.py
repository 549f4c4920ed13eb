"""The process that reads files can do nothing else, and says so when it is stopped."""

import subprocess
import sys
from pathlib import Path

import pytest

from ops.processes import ROOT
from portfolios.importing.reading import read_table
from portfolios.importing.report import UnreadableFileError
from portfolios.parsing import process
from portfolios.parsing.layout import Layout

CONFINED = """
import _socket
from portfolios.parsing import limits
limits.SECONDS = 1
limits.confine()
"""


def confined(code: str) -> str:
    """Run code as confined as the reading of a file; return the last line of its complaint."""
    run = subprocess.run(  # noqa: S603
        [sys.executable, "-c", CONFINED + code],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    return run.stderr.strip().rpartition("\n")[2] or f"ended with {run.returncode}"


@pytest.mark.parametrize(
    ("code", "complaint"),
    [
        ("_socket.socket()", "OSError: [Errno 24] Too many open files"),
        ("open('/etc/passwd')", "OSError: [Errno 24] Too many open files: '/etc/passwd'"),
        ("bytearray(200 << 20)", "MemoryError"),
        ("while True: pass", "ended with -24"),
    ],
    ids=["a socket", "another file", "memory", "time"],
)
def test_what_it_may_not_have_it_does_not_get(code: str, complaint: str) -> None:
    assert confined(code) == complaint


def test_it_knows_no_secret(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    seen = tmp_path / "seen"
    script = f"import os, sys; open({str(seen)!r}, 'w').write(repr(dict(os.environ)))"
    python = tmp_path / "python"
    python.write_text(f'#!/bin/sh\nexec {sys.executable} -c "{script}"\n')
    python.chmod(0o700)
    monkeypatch.setenv("SECRET_KEY", "canary")
    monkeypatch.setattr(sys, "executable", str(python))

    list(process.parsed(_file(tmp_path), Layout()))

    # The shell in between adds names of its own.
    assert "canary" not in seen.read_text()
    assert "DATABASE_URL" not in seen.read_text()


@pytest.mark.parametrize(
    ("script", "sentence"),
    [
        ("kill -9 $$", "it needs more memory than a file may take"),
        ("kill -24 $$", "it takes too long to read"),
        ("sleep 60", "it takes too long to read"),
        ("exit 1", "it cannot be read: it is damaged"),
        ("echo '[1]'", "it cannot be read: it is damaged"),
        ("echo '[\"a\"'", "it cannot be read: it is damaged"),
    ],
)
def test_whatever_becomes_of_it_the_caller_gets_a_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, script: str, sentence: str
) -> None:
    python = tmp_path / "python"
    python.write_text(f"#!/bin/sh\n{script}\n")
    python.chmod(0o700)
    monkeypatch.setattr(sys, "executable", str(python))
    monkeypatch.setattr(process, "PATIENCE", 0.5)

    with pytest.raises(UnreadableFileError, match=f"^a.csv: {sentence}"):
        read_table(_file(tmp_path), Layout())


def _file(folder: Path) -> Path:
    file = folder / "a.csv"
    file.write_text("a,b\n1,2\n")
    return file
