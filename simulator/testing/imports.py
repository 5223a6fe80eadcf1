"""What a module imports, and by which way it comes to another: read off the source, nothing run."""

from __future__ import annotations

import ast
from collections import deque
from collections.abc import Collection, Iterator
from importlib.machinery import ModuleSpec
from importlib.util import find_spec, resolve_name
from pathlib import Path


def import_chain(start: str, wanted: Collection[str], *, within: Collection[str]) -> list[str]:
    """Return the shortest way by which `start` imports one of `wanted`, or nothing.

    A module of `wanted` stands for all below it. Only modules of the packages `within` are
    looked into; imports in functions count.
    """
    came_from = {start: ""}
    to_look_at = deque([start])
    while to_look_at:
        module = to_look_at.popleft()
        if any(f"{module}.".startswith(f"{one}.") for one in wanted):
            return _way_to(module, came_from)
        for found in _imports(module) if module.partition(".")[0] in within else ():
            if found not in came_from:
                came_from[found] = module
                to_look_at.append(found)
    return []


def _way_to(module: str, came_from: dict[str, str]) -> list[str]:
    way = [module]
    while before := came_from[way[0]]:
        way.insert(0, before)
    return way


def _imports(module: str) -> Iterator[str]:
    spec = _spec(module)
    # The file, not the loader: pytest's own gives no source.
    if spec is None or spec.origin is None or not spec.origin.endswith(".py"):
        return
    for node in ast.walk(ast.parse(Path(spec.origin).read_bytes())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = resolve_name("." * node.level + (node.module or ""), spec.parent or "")
            names = [f"{base}.{alias.name}" for alias in node.names]
            yield from (name if _spec(name) else base for name in names)


def _spec(name: str) -> ModuleSpec | None:
    try:
        return find_spec(name)
    except ModuleNotFoundError:
        # What stands before the last dot is no package, so the name is one in a module.
        return None
