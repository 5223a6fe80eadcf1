"""A Python file as the rules see it: its path, its lines and its syntax tree."""

import ast
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from fnmatch import fnmatch
from pathlib import Path

ROOT = Path(__file__).parents[2]
PACKAGES = ("simulator", "scenarios", "loadtests")

Function = ast.FunctionDef | ast.AsyncFunctionDef


@dataclass(frozen=True, slots=True)
class Source:
    """One file: where it is in the repository, its text and its tree."""

    path: str
    text: str
    tree: ast.Module

    @property
    def lines(self) -> list[str]:
        """Return the text line by line."""
        return self.text.splitlines()

    @property
    def module(self) -> str:
        """Return the dotted name under which the file is imported."""
        return self.path.removesuffix(".py").removesuffix("/__init__").replace("/", ".")

    def matches(self, *patterns: str) -> bool:
        """Return whether the path matches any of these globs; `*` crosses folders."""
        return any(fnmatch(self.path, pattern) for pattern in patterns)


def parse(text: str, path: str = "simulator/core/example.py") -> Source:
    """Return the source of a text, as if it stood at that path."""
    return Source(path, text, ast.parse(text, path))


def library() -> list[Source]:
    """Return every Python file of the three packages, in order."""
    paths = (path for package in PACKAGES for path in (ROOT / package).rglob("*.py"))
    return [parse(path.read_text(), path.relative_to(ROOT).as_posix()) for path in sorted(paths)]


def functions(tree: ast.AST) -> list[Function]:
    """Return every function of a tree, nested ones and methods included."""
    return [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)]


def is_public(name: str) -> bool:
    """Return whether a name is for users: it does not begin with an underscore."""
    return not name.startswith("_")


def public_definitions(source: Source) -> Iterator[tuple[str, ast.ClassDef | Function]]:
    """Yield the public functions, classes and methods of a file with their dotted names."""
    if not all(is_public(part) for part in source.module.split(".")):
        return
    yield from _definitions(source.tree, source.module)


def _definitions(parent: ast.Module | ast.ClassDef, prefix: str) -> Iterator[tuple[str, ast.ClassDef | Function]]:
    for node in parent.body:
        if isinstance(node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            name = f"{prefix}.{node.name}"
            if is_public(node.name):
                yield name, node
                if isinstance(node, ast.ClassDef):
                    yield from _definitions(node, name)


def imports(source: Source) -> Iterator[tuple[int, str]]:
    """Yield the line and the dotted name of everything that a file imports, lazily or not."""
    for node in ast.walk(source.tree):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield from ((node.lineno, f"{node.module}.{alias.name}") for alias in node.names)


def is_standard_library(module: str) -> bool:
    """Return whether a dotted name belongs to Python itself."""
    return module.partition(".")[0] in sys.stdlib_module_names
