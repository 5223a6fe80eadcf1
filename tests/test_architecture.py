"""The numbers test: the limits of the style guide, held by every file of the three packages.

A rule is a function in `tests/architecture`; `test_architecture_rules.py` shows that each can find
what it looks for.
"""

import json
import subprocess
import sys
from collections.abc import Callable

import pytest

from tests.architecture import doors, names, purity, sizes
from tests.architecture.source import ROOT, Source, library

SOURCES = library()
FILE_RULES: list[Callable[[Source], list[str]]] = [
    sizes.long_files,
    sizes.long_functions,
    sizes.long_signatures,
    names.undocumented,
    names.long_summaries,
    names.untyped,
    names.foreign_words,
    names.nondescript_modules,
    doors.wrong_doors,
    doors.impure_imports,
    doors.banned_modules,
    purity.hidden_sources,
    purity.banned_calls,
    purity.prints,
    purity.bare_suppressions,
    purity.doubts,
    purity.stubs,
]
HEAVY = frozenset(
    """
    confluent_kafka faker flask gevent hypothesis locust mimesis pyarrow pytest quixstreams rich testcontainers
    typer zstandard
    """.split()
)


@pytest.mark.parametrize("rule", FILE_RULES, ids=lambda rule: rule.__name__)
def test_no_file_has(rule: Callable[[Source], list[str]]) -> None:
    findings = [finding for source in SOURCES for finding in rule(source)]
    assert not findings, "\n".join(findings)


def test_the_typical_function_is_short() -> None:
    assert sizes.typical_functions(SOURCES) == []


def test_no_six_lines_stand_twice() -> None:
    assert sizes.repeated_runs(SOURCES) == []


def test_every_exception_to_the_glossary_is_still_needed() -> None:
    assert names.needless_exceptions(SOURCES) == []


def test_every_door_is_still_used() -> None:
    assert doors.unused_doors(SOURCES) == []


def test_importing_the_library_loads_nothing_heavy() -> None:
    script = "import json, sys, simulator; print(json.dumps(sorted(sys.modules)))"
    loaded = subprocess.run([sys.executable, "-c", script], cwd=ROOT, check=True, capture_output=True, text=True)
    assert HEAVY & set(json.loads(loaded.stdout)) == set()
