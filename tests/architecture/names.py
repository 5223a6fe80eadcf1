"""What is public is typed, documented and named in the words of the glossary."""

import ast
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from fnmatch import fnmatchcase

from tests.architecture.source import Function, Source, is_public, public_definitions

# The second column of the glossary (style.md).
BANNED_WORDS = frozenset(
    """
    workload env engine environment actor batch frame chunk trial session iteration rng random
    message payload entity user pid ts datetime timestamp buffer queue channel chaos nemesis truth
    target y prediction output trace log success ok accuracy visit bill payment serializer
    connector handler factory
    """.split()
)
BANNED_TYPE_WORDS = BANNED_WORDS | {"stay"}
BANNED_MODULES = frozenset({"utils", "helpers", "common", "misc"})
SUMMARY_COLUMNS = 80

# Where a word is somebody else's: the operating system's, mathematics', Kafka's.
ALLOWED_NAMES = {
    "*Record*.timestamp*": "Kafka's own field of a record",
    "simulator.faults.rows.Rows.timestamps": "the same, of many",
    "loadtests.*.timestamp*": "the same",
    "loadtests.*.environment": "Locust's word for itself, by which it calls listeners",
    "loadtests.*.logs": "the files into which processes write their logs",
    "simulator.brokers.*pid*": "the operating system's number of a process",
    "simulator.brokers.*log*": "the file into which a broker writes its log",
    "simulator.brokers.*LOG*": "the same",
    "simulator.brokers.*container_engine*": "what runs containers, in its makers' words",
    "simulator.transports.topic_file.*": "a frame, Zstandard's own unit of a file",
    "simulator.core.portable.log": "the natural logarithm",
}
# The glossary's own exception: what holds an encoded block may be called a batch.
ENCODED = re.compile(r"RecordBatch(es)?|record_batch(es)?")


def undocumented(source: Source) -> list[str]:
    """Find public modules, classes, functions and methods without a docstring."""
    found = [f"{source.path}: no docstring"] if not ast.get_docstring(source.tree) else []
    return found + [
        f"{source.path}:{node.lineno} {name}: no docstring"
        for name, node in public_definitions(source)
        if not ast.get_docstring(node)
    ]


def long_summaries(source: Source) -> list[str]:
    """Find public docstrings whose first line is not under eighty columns."""
    return [
        f"{source.path}:{node.lineno} {name}: a first line of {size} columns"
        for name, node in public_definitions(source)
        if (size := len((ast.get_docstring(node) or "").partition("\n")[0])) > SUMMARY_COLUMNS
    ]


def untyped(source: Source) -> list[str]:
    """Find public functions with an argument or a return that has no type."""
    return [
        f"{source.path}:{node.lineno} {name}: {argument} has no type"
        for name, node in public_definitions(source)
        if not isinstance(node, ast.ClassDef)
        for argument in _bare_arguments(node)
    ]


def _bare_arguments(function: Function) -> Iterator[str]:
    for each in _arguments(function):
        if each.annotation is None and each.arg not in {"self", "cls"}:
            yield each.arg
    if function.returns is None:
        yield "the return"


def _arguments(function: Function) -> list[ast.arg]:
    given = function.args
    stars = [each for each in (given.vararg, given.kwarg) if each]
    return [*given.posonlyargs, *given.args, *given.kwonlyargs, *stars]


def foreign_words(source: Source) -> list[str]:
    """Find public names that hold a word which the glossary has another word for."""
    return [
        f"{source.path}:{each.line} {each.name}: {word}"
        for each in public_names(source)
        for word in _banned(each)
        if not any(fnmatchcase(each.name, pattern) for pattern in ALLOWED_NAMES)
    ]


def needless_exceptions(sources: Iterable[Source]) -> list[str]:
    """Find the exceptions to the glossary that no public name uses any more."""
    named = [each for source in sources for each in public_names(source)]
    used = [each.name for each in named if _banned(each)]
    return [pattern for pattern in ALLOWED_NAMES if not any(fnmatchcase(n, pattern) for n in used)]


def nondescript_modules(source: Source) -> list[str]:
    """Find modules named for being a heap."""
    return [source.path] if source.module.rpartition(".")[2] in BANNED_MODULES else []


@dataclass(frozen=True, slots=True)
class PublicName:
    """A name that a user may type: where it stands, its dotted form, its types as written."""

    line: int
    name: str
    types: str


def public_names(source: Source) -> Iterator[PublicName]:
    """Yield all the names of a file that a user may type, parameters and fields too."""
    yield PublicName(1, source.module, "")
    yield from _assigned(source.tree, source.module)
    for name, node in public_definitions(source):
        if isinstance(node, ast.ClassDef):
            yield PublicName(node.lineno, name, "")
            yield from _assigned(node, name)
        else:
            yield PublicName(node.lineno, name, _written(node.args) + _written(node.returns))
            for each in _arguments(node):
                yield PublicName(each.lineno, f"{name}.{each.arg}", _written(each.annotation))


def _assigned(parent: ast.Module | ast.ClassDef, prefix: str) -> Iterator[PublicName]:
    for node in parent.body:
        if isinstance(node, ast.AnnAssign):
            yield from _fields([node.target], prefix, _written(node.annotation))
        elif isinstance(node, ast.Assign):
            yield from _fields(node.targets, prefix, _written(node.value))


def _fields(targets: list[ast.expr], prefix: str, types: str) -> Iterator[PublicName]:
    for each in targets:
        if isinstance(each, ast.Name) and is_public(each.id):
            yield PublicName(each.lineno, f"{prefix}.{each.id}", types)


def _written(node: ast.AST | None) -> str:
    return ast.unparse(node) if node else ""


def _banned(public: PublicName) -> list[str]:
    last = ENCODED.sub("", public.name.rpartition(".")[2])
    banned = BANNED_TYPE_WORDS if last[:1].isupper() and not last.isupper() else BANNED_WORDS
    if ENCODED.search(public.types):
        banned = banned - {"batch"}
    return [word for word in words(last) if banned & {word, *_singulars(word)}]


def _singulars(word: str) -> list[str]:
    return [word.removesuffix("s"), word.removesuffix("es"), f"{word.removesuffix('ies')}y"]


def words(name: str) -> list[str]:
    """Return the words of a snake, Camel or UPPER name, in lower case."""
    return [word.lower() for word in re.findall(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+", name)]
