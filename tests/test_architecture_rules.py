"""Each rule of the numbers test, shown something bad and something good."""

from collections.abc import Callable

import pytest

from tests.architecture import doors, names, purity, sizes
from tests.architecture.source import Source, parse

Rule = Callable[[Source], list[str]]

DOCUMENTED = '"""Hold nothing."""\n'
SEVEN_LINES = "\n".join(f"first_{number} = {number}" for number in range(7)) + "\n"


def function(lines: int, docstring: str = "") -> str:
    """Return the text of a function of so many lines, its docstring not counted."""
    return "\n".join(["def f() -> None:", docstring, *["    call()"] * (lines - 1)]).replace("\n\n", "\n")


@pytest.mark.parametrize(
    ("rule", "bad"),
    [
        (sizes.long_files, "x = 1\n" * 301),
        (sizes.long_functions, function(41)),
        (sizes.long_signatures, "def f(a, b, c, d): ..."),
        (sizes.long_signatures, "class A:\n    def f(self, a, b, /, c, d): ..."),
        (names.undocumented, "x = 1"),
        (names.undocumented, DOCUMENTED + "def f() -> None: ..."),
        (names.undocumented, DOCUMENTED + "class A: ..."),
        (names.undocumented, DOCUMENTED + 'class A:\n    """A."""\n    def f(self): ...'),
        (names.long_summaries, f'def f() -> None:\n    """{"long " * 17}."""'),
        (names.untyped, "def f(a) -> None: ..."),
        (names.untyped, "def f(*rest) -> None: ..."),
        (names.untyped, "def f(*, a) -> None: ..."),
        (names.untyped, "class A:\n    def f(self): ..."),
        (names.foreign_words, "class EventBatch: ..."),
        (names.foreign_words, "def read_batches() -> None: ..."),
        (names.foreign_words, "def read(*, user_id: str) -> None: ..."),
        (names.foreign_words, "class A:\n    received_ts: int"),
        (names.foreign_words, "QUEUE_SIZE = 1"),
        (names.foreign_words, "class HospitalStay: ..."),
        (names.foreign_words, "def cut(batch: list[int]) -> None: ..."),
        (doors.wrong_doors, "import confluent_kafka"),
        (doors.wrong_doors, "def f():\n    from locust import events"),
        (doors.wrong_doors, "import pandas"),
        (doors.impure_imports, "from rich.table import Table"),
        (doors.banned_modules, "import pickle"),
        (doors.banned_modules, "import logging"),
        (purity.hidden_sources, "import random"),
        (purity.hidden_sources, "from uuid import uuid4"),
        (purity.hidden_sources, "import uuid\nx = uuid.uuid4()"),
        (purity.hidden_sources, "import numpy as np\nx = np.random.default_rng(1)"),
        (purity.hidden_sources, "import numpy.random as chance"),
        (purity.hidden_sources, "from time import sleep"),
        (purity.hidden_sources, "import time\nx = time.time()"),
        (purity.hidden_sources, "from datetime import datetime\nx = datetime.now()"),
        (purity.hidden_sources, "import datetime\nx = datetime.date.today()"),
        (purity.banned_calls, "x = hash('a')"),
        (purity.banned_calls, "x = eval('1')"),
        (purity.prints, "print(1)"),
        (purity.prints, "import sys\nsys.stdout.write('a')"),
        (purity.prints, "import sys\nclock(file=sys.stderr)"),
        (purity.bare_suppressions, "x = 1  # noqa"),
        (purity.bare_suppressions, "x = 1  # noqa: E501"),
        (purity.bare_suppressions, "x = 1  # type: ignore[arg-type]"),
        (purity.bare_suppressions, "# mypy: ignore-errors"),
        (purity.doubts, "x = 1  # TODO: later"),
        (purity.doubts, "# FIXME"),
        (purity.stubs, "def f() -> None: ..."),
        (purity.stubs, 'def f() -> None:\n    """Do it."""'),
        (purity.stubs, "def f() -> None:\n    pass"),
        (purity.stubs, "def f() -> None:\n    raise NotImplementedError"),
    ],
)
def test_a_rule_finds_what_it_looks_for(rule: Rule, bad: str) -> None:
    assert len(rule(parse(bad))) == 1


@pytest.mark.parametrize(
    ("rule", "good"),
    [
        (sizes.long_files, "x = 1\n" * 300),
        (sizes.long_functions, function(40)),
        (sizes.long_functions, function(40, '    """Say.\n\n    So.\n    """')),
        (sizes.long_signatures, "class A:\n    def f(self, a, b, c, *, d): ..."),
        (names.undocumented, DOCUMENTED + "def _f(): ..."),
        (names.undocumented, DOCUMENTED + 'class A:\n    """A."""\n    def __len__(self): ...'),
        (names.untyped, "def f(a: int, *rest: int, b: int) -> None: ..."),
        (names.foreign_words, "class RecordBatch: ..."),
        (names.foreign_words, "def record_batches() -> None: ..."),
        (names.foreign_words, "def cut(batch: RecordBatch) -> None: ..."),
        (names.foreign_words, "class A:\n    batches: tuple[RecordBatch, ...]"),
        (names.foreign_words, "def logistic(youngest: int, stay_hours: int) -> None: ..."),
        (names.foreign_words, "def _flush(queue): ..."),
        (doors.wrong_doors, "import numpy, json, simulator.core"),
        (doors.impure_imports, "import msgspec"),
        (purity.hidden_sources, "import time\nx = time.strftime"),
        (purity.hidden_sources, "from simulator.core import draws\nx = draws.random_walk"),
        (purity.prints, "import sys\nx = sys.argv"),
        (purity.bare_suppressions, "x = 1  # noqa: E501 - a published table's own row"),
        (purity.bare_suppressions, "x = 1  # type: ignore[arg-type]  # the stub lacks bytes"),
        (purity.doubts, "# A to-do list belongs into an issue."),
        (purity.stubs, "class Codec(Protocol):\n    def encode(self) -> bytes: ..."),
        (purity.stubs, 'def close() -> None:\n    """Do nothing: memory stays."""'),
        (purity.stubs, "@overload\ndef f(a: int) -> int: ..."),
    ],
)
def test_a_rule_leaves_alone_what_is_right(rule: Rule, good: str) -> None:
    assert rule(parse(good)) == []


@pytest.mark.parametrize(
    ("rule", "text", "path"),
    [
        (doors.wrong_doors, "import confluent_kafka", "simulator/transports/kafka_admin.py"),
        (doors.wrong_doors, "import quixstreams", "simulator/consumers/quix.py"),
        (doors.wrong_doors, "import locust", "loadtests/locustfile.py"),
        (doors.impure_imports, "import rich", "simulator/cli/progress.py"),
        (doors.banned_modules, "import logging", "simulator/consumers/quix.py"),
        (purity.hidden_sources, "import time\ntime.sleep(1)", "simulator/harness/pacing.py"),
        (purity.prints, "print(1)", "simulator/cli/run.py"),
    ],
)
def test_a_file_may_do_what_is_its_work(rule: Rule, text: str, path: str) -> None:
    assert rule(parse(text, path)) == []
    assert len(rule(parse(text, "simulator/core/example.py"))) == 1


def test_a_heap_is_found_by_its_name() -> None:
    assert names.nondescript_modules(parse("", "simulator/core/utils.py")) != []


@pytest.mark.parametrize(
    ("lengths", "findings"),
    [
        ([7, 7, 7], []),
        ([8, 8, 8], ["median 8 lines"]),
        ([3] * 8 + [26] * 2, ["p90 26 lines"]),
        ([3] * 9 + [26], []),
    ],
)
def test_the_typical_function_is_measured(lengths: list[int], findings: list[str]) -> None:
    sources = [parse(function(lines)) for lines in lengths]
    assert sizes.typical_functions(sources) == findings


def test_six_lines_in_two_files_are_found_once_for_each_start() -> None:
    copies = [parse(SEVEN_LINES, path) for path in ("simulator/a.py", "simulator/b.py")]
    assert sizes.repeated_runs(copies) == [
        "simulator/a.py:1 = simulator/b.py:1",
        "simulator/a.py:2 = simulator/b.py:2",
    ]


def test_a_copy_is_found_through_its_indent_its_comments_and_its_blank_lines() -> None:
    indented = "if x:\n" + "".join(f"    {line}  # so\n\n" for line in SEVEN_LINES.splitlines())
    assert len(sizes.repeated_runs([parse(SEVEN_LINES), parse(indented)])) == 2


def test_five_equal_lines_are_no_copy() -> None:
    five = "".join(SEVEN_LINES.splitlines(keepends=True)[:5])
    assert sizes.repeated_runs([parse(five), parse(five)]) == []


def test_equal_imports_are_no_copy() -> None:
    names_ = ",\n".join(f"    n{number}" for number in range(8))
    text = f"from a import (\n{names_},\n)\n"
    assert sizes.repeated_runs([parse(text), parse(text)]) == []


def test_a_door_nobody_uses_is_found() -> None:
    assert "locust: loadtests/*.py" in doors.unused_doors([parse("import numpy")])


def test_an_exception_nobody_needs_is_found() -> None:
    assert names.needless_exceptions([parse("x = 1")]) == list(names.ALLOWED_NAMES)
