"""No hidden time, chance, identity or effect, and no trace of doubt."""

import ast
import re
import tokenize
from collections.abc import Iterator
from io import StringIO

from tests.architecture.source import Source, functions

# The dotted call, and the globs of the files that may make it.
HIDDEN_SOURCES = {
    "random": (),
    "secrets": ("loadtests/login.py",),  # a key that signs sessions; no run depends on it
    "uuid.uuid1": (),
    "uuid.uuid4": (),
    "os.urandom": (),
    "os.getrandom": (),
    "numpy.random": (),
    "time.time": ("simulator/harness/pacing.py", "loadtests/clock.py"),
    "time.time_ns": ("simulator/harness/pacing.py",),
    "time.sleep": ("simulator/harness/pacing.py", "simulator/brokers/*"),
    "time.perf_counter": ("simulator/harness/pacing.py", "loadtests/clock.py"),
    "time.perf_counter_ns": ("simulator/harness/pacing.py",),
    "time.process_time": ("simulator/harness/pacing.py", "loadtests/clock.py"),
    # A process or a socket is waited for against a clock that no one can set.
    "time.monotonic": (
        "simulator/harness/pacing.py",
        "simulator/brokers/*",
        "simulator/transports/*",
    ),
    "time.monotonic_ns": ("simulator/harness/pacing.py",),
    "time.localtime": (),
    "time.gmtime": (),
    "datetime.datetime.now": ("simulator/harness/pacing.py",),
    "datetime.datetime.utcnow": (),
    "datetime.datetime.today": (),
    "datetime.date.today": (),
}
# `hash` of a text differs between processes (PYTHONHASHSEED); `eval` and `exec` run what they read.
BANNED_CALLS = frozenset({"hash", "eval", "exec", "breakpoint"})
IDLE = "Do nothing"
EDGES = ("simulator/cli/*", "simulator/reporting/*", "loadtests/*")


def hidden_sources(source: Source) -> list[str]:
    """Find time, chance or identity that does not come in through an argument."""
    found = {
        (line, banned): None
        for line, name in _dotted_uses(source.tree)
        for banned, doors in HIDDEN_SOURCES.items()
        if f"{name}.".startswith(f"{banned}.") and not source.matches(*doors)
    }
    return [f"{source.path}:{line} uses {name}" for line, name in found]


def banned_calls(source: Source) -> list[str]:
    """Find calls of a builtin whose answer differs between processes, or that runs text."""
    return [
        f"{source.path}:{node.lineno} calls {node.func.id}"
        for node in ast.walk(source.tree)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)
        if node.func.id in BANNED_CALLS
    ]


def prints(source: Source) -> list[str]:
    """Find writing to the terminal outside the edges of the product."""
    if source.matches(*EDGES):
        return []
    is_print = {"print", "builtins.print", "sys.stdout", "sys.stderr"}
    calls = [node.func for node in ast.walk(source.tree) if isinstance(node, ast.Call)]
    plain = [(each.lineno, each.id) for each in calls if isinstance(each, ast.Name)]
    uses = [*plain, *_dotted_uses(source.tree)]
    return [f"{source.path}:{line} uses {name}" for line, name in uses if name in is_print]


def bare_suppressions(source: Source) -> list[str]:
    """Find a checker silenced without a rule and a reason."""
    return [
        f"{source.path}:{line} {comment}"
        for line, comment in comments(source)
        if _SUPPRESSION.search(comment) and not _REASONED.search(comment)
    ]


def doubts(source: Source) -> list[str]:
    """Find comments that put work off."""
    return [f"{source.path}:{line} {comment}" for line, comment in comments(source) if _DOUBT.search(comment)]


def stubs(source: Source) -> list[str]:
    """Find functions without a body, and NotImplementedError.

    A protocol's methods are contracts; and a function may say that it has nothing to do.
    """
    contracts = {id(each) for node in ast.walk(source.tree) for each in _contracts(node)}
    empty = [each for each in functions(source.tree) if all(map(_is_nothing, each.body))]
    found = [
        (each.lineno, each.name)
        for each in empty
        if id(each) not in contracts and not (ast.get_docstring(each) or "").startswith(IDLE)
    ]
    raised = [node for node in ast.walk(source.tree) if isinstance(node, ast.Name)]
    found += [(each.lineno, each.id) for each in raised if each.id == "NotImplementedError"]
    return [f"{source.path}:{line} {name}" for line, name in found]


def comments(source: Source) -> Iterator[tuple[int, str]]:
    """Yield the comments of a file with their lines."""
    for token in tokenize.generate_tokens(StringIO(source.text).readline):
        if token.type == tokenize.COMMENT:
            yield token.start[0], token.string


_SUPPRESSION = re.compile(r"#\s*(noqa|type:\s*ignore|pragma:|mypy:|ruff:|fmt:)", re.IGNORECASE)
# A code in colons or brackets, then words: `
_REASONED = re.compile(r"(noqa: [A-Z]+\d+|type: ignore\[[a-z, -]+\]|pragma: no \w+)\W+\w+ \w+")
_DOUBT = re.compile(r"\b(TODO|FIXME|XXX|HACK)\b")


def _dotted_uses(tree: ast.Module) -> Iterator[tuple[int, str]]:
    known = dict(_imported_names(tree))
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield from ((node.lineno, f"{node.module}.{alias.name}") for alias in node.names)
        elif isinstance(node, ast.Attribute):
            first, dot, rest = ast.unparse(node).partition(".")
            yield node.lineno, known.get(first, first) + dot + rest


def _imported_names(tree: ast.Module) -> Iterator[tuple[str, str]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((alias.asname or alias.name, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            for alias in node.names:
                yield alias.asname or alias.name, f"{node.module}.{alias.name}"


def _contracts(node: ast.AST) -> list[ast.stmt]:
    if isinstance(node, ast.ClassDef) and any("Protocol" in ast.unparse(b) for b in node.bases):
        return node.body
    if isinstance(node, ast.FunctionDef) and any(
        ast.unparse(each).endswith(("overload", "abstractmethod")) for each in node.decorator_list
    ):
        return [node]
    return []


def _is_nothing(statement: ast.stmt) -> bool:
    return isinstance(statement, ast.Pass) or (
        isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant)
    )
