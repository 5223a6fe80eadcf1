"""What the tests of the command line share: commands run in this process and in others."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from simulator.cli import main
from simulator.harness import registry
from tests.architecture.source import ROOT
from tests.third_party.installed import install

ENTRY = "import sys; from simulator.cli import main; sys.exit(main())"


@dataclass(frozen=True, slots=True)
class Finished:
    """A command that is over."""

    exit_code: int
    stdout: str
    stderr: str


Command = Callable[..., Finished]


@pytest.fixture(scope="session")
def hello_site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder in which the third-party package is installed."""
    return install(tmp_path_factory.mktemp("site"))


@pytest.fixture
def hello(hello_site: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Let this process find the third-party package."""
    monkeypatch.syspath_prepend(str(hello_site))
    registry._found.cache_clear()
    yield
    registry._found.cache_clear()


@pytest.fixture
def pulsetrain(
    hello: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> Command:
    """Return `pulsetrain` as a function of its arguments; it runs here, in an empty folder."""
    monkeypatch.chdir(tmp_path)

    def command(*arguments: str) -> Finished:
        capfd.readouterr()
        exit_code = main(arguments)
        said = capfd.readouterr()
        return Finished(exit_code, said.out, said.err)

    return command


def heed_ctrl_c() -> None:
    """Let this process heed Ctrl-C, also where the tests run behind a shell's `&`, which ignores it."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


@pytest.fixture
def start(hello_site: Path, tmp_path: Path) -> Iterator[Callable[..., subprocess.Popen[str]]]:
    """Return a function that starts `pulsetrain` as a process of its own, in an empty folder."""
    started: list[subprocess.Popen[str]] = []
    paths = os.pathsep.join([str(hello_site), str(ROOT)])

    def command(*arguments: str, **options: object) -> subprocess.Popen[str]:
        options.setdefault("preexec_fn", heed_ctrl_c)
        process = subprocess.Popen(
            [sys.executable, "-c", ENTRY, *arguments],
            cwd=tmp_path,
            env={**os.environ, "PYTHONPATH": paths},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            **options,  # type: ignore[call-overload] # whatever Popen takes
        )
        started.append(process)
        return process

    yield command
    for process in started:
        process.kill()
        process.communicate()
