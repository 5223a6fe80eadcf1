"""How long files and functions may be, and that no six lines stand twice."""

import ast
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from math import ceil
from statistics import median

from tests.architecture.source import Function, Source, functions

FILE_LINES_MAX = 300
FUNCTION_MEDIAN_MAX = 7
FUNCTION_P90_MAX = 25
FUNCTION_LINES_MAX = 40
POSITIONAL_MAX = 3
REPEATED_LINES = 6


def long_files(source: Source) -> list[str]:
    """Find a file over its limit."""
    size = len(source.lines)
    return [f"{source.path}: {size} lines"] if size > FILE_LINES_MAX else []


def long_functions(source: Source) -> list[str]:
    """Find the functions over the hard limit, docstring not counted."""
    return [
        f"{source.path}:{function.lineno} {function.name}: {length(function)} lines"
        for function in functions(source.tree)
        if length(function) > FUNCTION_LINES_MAX
    ]


def length(function: Function) -> int:
    """Return the lines of a function from its `def` to its end, without its docstring."""
    assert function.end_lineno is not None
    size = function.end_lineno - function.lineno + 1
    if ast.get_docstring(function, clean=False) is None:
        return size
    docstring = function.body[0]
    assert docstring.end_lineno is not None
    return size - (docstring.end_lineno - docstring.lineno + 1)


def typical_functions(sources: Iterable[Source]) -> list[str]:
    """Find a median or a ninetieth percentile, over all functions, that is too long."""
    lengths = sorted(length(each) for source in sources for each in functions(source.tree))
    if not lengths:
        return []
    middle, p90 = median(lengths), lengths[ceil(0.9 * len(lengths)) - 1]
    found = {f"median {middle} lines": middle > FUNCTION_MEDIAN_MAX}
    found[f"p90 {p90} lines"] = p90 > FUNCTION_P90_MAX
    return [finding for finding, holds in found.items() if holds]


def long_signatures(source: Source) -> list[str]:
    """Find functions with more than three positional arguments; `self` is not counted."""
    return [
        f"{source.path}:{function.lineno} {function.name}: {count} positional arguments"
        for function in functions(source.tree)
        if (count := _positional(function)) > POSITIONAL_MAX
    ]


def _positional(function: Function) -> int:
    names = [each.arg for each in function.args.posonlyargs + function.args.args]
    return len([name for name in names if name not in {"self", "cls"}])


def repeated_runs(sources: Iterable[Source]) -> list[str]:
    """Find the places where the same six lines begin, blank lines and the like left out."""
    places: dict[tuple[str, ...], list[str]] = defaultdict(list)
    for source in sources:
        lines = list(_telling_lines(source))
        for start in range(len(lines) - REPEATED_LINES + 1):
            run = lines[start : start + REPEATED_LINES]
            places[tuple(text for _, text in run)].append(f"{source.path}:{run[0][0]}")
    return [" = ".join(found) for found in places.values() if len(found) > 1]


def _telling_lines(source: Source) -> Iterator[tuple[int, str]]:
    skipped = set(_skipped_lines(source.tree))
    for number, line in enumerate(source.lines, start=1):
        text = " ".join(line.split("  #")[0].split())
        if number not in skipped and not _TRIVIAL.fullmatch(text):
            yield number, text


# Brackets, bare keywords, decorators and comments say nothing about a copy.
_TRIVIAL = re.compile(r"[\])}\[({,: ]*|else:|try:|finally:|return|pass|\.\.\.|@\w+|#.*")


def _skipped_lines(tree: ast.Module) -> Iterator[int]:
    for node in ast.walk(tree):
        is_docstring = isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
        if is_docstring or isinstance(node, ast.Import | ast.ImportFrom):
            assert node.end_lineno is not None
            yield from range(node.lineno, node.end_lineno + 1)
