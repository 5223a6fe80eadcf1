"""Apache Kafka's jars: fetched once with Maven, then taken from the cache."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

from simulator.brokers.folders import cache_folder, locked, make_folder, unwritable
from simulator.brokers.java import OWN_BROKER, find_maven
from simulator.core.errors import TransportError

KAFKA_VERSION = "4.1.0"
ARTIFACTS = (
    ("org.apache.kafka", "kafka_2.13", KAFKA_VERSION),
    ("org.apache.kafka", "kafka-tools", KAFKA_VERSION),
    # Kafka's own artifacts name no SLF4J binding; without one the broker writes no log at all.
    ("org.apache.logging.log4j", "log4j-slf4j-impl", "2.24.3"),
)
COPY_GOAL = "org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy-dependencies"
FETCH_TIMEOUT_SECONDS = 900.0  # our choice: 54 MB at half a megabit a second


def kafka_jars(*, progress: Callable[[str], None] | None = None) -> Path:
    """Return the folder of Kafka's jars; fetch them if the cache has none.

    Safe when several processes ask at once: one fetches, the others wait. The folder appears
    whole or not at all. Raise TransportError where Maven is missing or cannot fetch.
    """
    home = make_folder(cache_folder() / f"kafka-{KAFKA_VERSION}")
    libs = home / "libs"
    with locked(home / "lock"):
        if not libs.is_dir():
            _fetch(libs, progress=progress)
    return libs


def pom() -> str:
    """Return the Maven project that asks for Kafka and what it needs to run."""
    dependencies = "".join(
        f"<dependency><groupId>{group}</groupId><artifactId>{artifact}</artifactId>"
        f"<version>{version}</version></dependency>"
        for group, artifact, version in ARTIFACTS
    )
    return (
        '<project xmlns="http://maven.apache.org/POM/4.0.0"><modelVersion>4.0.0</modelVersion>'
        "<groupId>pulsetrain</groupId><artifactId>broker</artifactId><version>1</version>"
        f"<packaging>pom</packaging><dependencies>{dependencies}</dependencies></project>\n"
    )


def _fetch(libs: Path, *, progress: Callable[[str], None] | None) -> None:
    maven = find_maven()
    if progress is not None:
        progress(f"fetching Kafka {KAFKA_VERSION} (54 MB, once)")
    partial = libs.with_name("libs.partial")
    try:
        shutil.rmtree(partial, ignore_errors=True)
        libs.with_name("pom.xml").write_text(pom())
        _copy_dependencies(maven, libs.with_name("pom.xml"), partial)
        partial.rename(libs)
    except OSError as error:
        raise unwritable(libs, error) from error


def _copy_dependencies(maven: str, project: Path, folder: Path) -> None:
    command = [maven, "--quiet", "--batch-mode", "--strict-checksums", "--file", str(project)]
    command += [COPY_GOAL, f"-DoutputDirectory={folder}", "-DincludeScope=runtime"]
    try:
        ended = subprocess.run(command, capture_output=True, text=True, timeout=FETCH_TIMEOUT_SECONDS, check=False)
    except subprocess.TimeoutExpired as error:
        raise _not_fetched(f"Maven took over {FETCH_TIMEOUT_SECONDS:.0f} s") from error
    if ended.returncode != 0 or not any(folder.glob("kafka_2.13-*.jar")):
        raise _not_fetched(_first_error(ended.stdout + ended.stderr))


def _not_fetched(why: str) -> TransportError:
    return TransportError(
        f"Maven could not fetch Kafka {KAFKA_VERSION}: {why}; check the network and Maven's settings.xml, {OWN_BROKER}"
    )


def _first_error(said: str) -> str:
    lines = [line.strip() for line in said.splitlines() if line.strip()]
    errors = [line for line in lines if "ERROR" in line]
    return (errors or lines or ["it said nothing"])[0].removeprefix("[ERROR]").strip()
