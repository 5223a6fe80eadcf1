"""Java and Maven as this machine has them; a line that says what to install where it has not."""

from __future__ import annotations

import os
import re
import shutil
import subprocess

from simulator.core.errors import TransportError

OLDEST_JAVA = 17  # Kafka 4 brokers need it (Kafka documentation, "Compatibility")
OWN_BROKER = "or point --transport kafka://host:port at a broker you have"
INSTALL = (
    f"install Java {OLDEST_JAVA} or newer and Maven "
    "(Debian: apt-get install default-jre-headless maven; macOS: brew install openjdk maven)"
)
VERSION_TIMEOUT_SECONDS = 30.0  # our choice: a cold JVM on a busy machine starts in two


def find_java() -> str:
    """Return the path of a Java that can run Kafka, from JAVA_HOME or else from PATH.

    Raise TransportError, in one line with the way out, where there is none or it is too old.
    """
    path = _from_java_home() or shutil.which("java")
    if path is None:
        raise TransportError(f"no Java in JAVA_HOME or on PATH: {INSTALL}, {OWN_BROKER}")
    version = java_version(path)
    if int(version.split(".")[0]) < OLDEST_JAVA:
        raise TransportError(f"{path} is Java {version}: {INSTALL}, {OWN_BROKER}")
    return path


def find_maven() -> str:
    """Return the path of Maven, which fetches Kafka, or raise TransportError."""
    path = shutil.which("mvn")
    if path is None:
        raise TransportError(f"no Maven (mvn) on PATH to fetch Kafka with: {INSTALL}, {OWN_BROKER}")
    return path


def java_version(path: str) -> str:
    """Ask a Java for its version, such as "17.0.15", or raise TransportError."""
    command = [path, "-version"]
    try:
        said = subprocess.run(command, capture_output=True, text=True, timeout=VERSION_TIMEOUT_SECONDS, check=False)
    except (OSError, subprocess.TimeoutExpired) as error:
        raise TransportError(f"{path} does not run ({error}): {INSTALL}, {OWN_BROKER}") from error
    found = re.search(r'version "(\d+[^"]*)"', said.stderr + said.stdout)
    if found is None:
        raise TransportError(f"{path} is no working Java: {INSTALL}, {OWN_BROKER}")
    return found.group(1)


def _from_java_home() -> str | None:
    home = os.environ.get("JAVA_HOME")
    return shutil.which("java", path=os.path.join(home, "bin")) if home else None
