"""Find scenarios and codecs by their entry points, ours and third parties' alike."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import cache
from importlib.metadata import EntryPoint, entry_points
from types import ModuleType

from simulator.codecs.protocol import Codec
from simulator.core.catalog import Catalog
from simulator.core.errors import ScenarioError, UsageError
from simulator.core.scenario import Scenario
from simulator.core.suggestions import suggestion

SCENARIOS = "pulsetrain.scenarios"
CODECS = "pulsetrain.codecs"
_VERSION = re.compile(r"-v\d+$")


def scenario_names() -> tuple[str, ...]:
    """Return the names under which scenarios are registered, sorted."""
    return tuple(sorted(_found(SCENARIOS)))


def load_scenario(name: str) -> Scenario:
    """Return the scenario of a name (`sepsis`) or a versioned name (`sepsis-v1`).

    Raises UsageError for a name nobody registered and ScenarioError when what an entry point
    names is no scenario.
    """
    base = _VERSION.sub("", name)
    entry = _found(SCENARIOS).get(base)
    if entry is None:
        raise UsageError(f'no scenario "{name}".{suggestion(base, scenario_names())} See `pulsetrain list`.')
    scenario = _scenario_of(entry)
    if name not in (base, scenario.id):
        raise UsageError(f'no scenario "{name}". Did you mean "{scenario.id}"? See `pulsetrain list`.')
    return scenario


def load_codec(name: str, catalog: Catalog, *, seed: int) -> Codec:
    """Return a codec for a catalog by its name. Raises UsageError for an unknown name."""
    known = _found(CODECS)
    if name not in known:
        raise UsageError(f'no codec "{name}".{suggestion(name, known)} Known: {", ".join(sorted(known))}.')
    make: Callable[..., Codec] = known[name].load()
    return make(catalog, seed=seed)


@cache
def _found(group: str) -> dict[str, EntryPoint]:
    return {entry.name: entry for entry in entry_points(group=group)}


def _scenario_of(entry: EntryPoint) -> Scenario:
    try:
        loaded: object = entry.load()
    except Exception as error:
        kind = type(error).__name__
        raise ScenarioError(f'entry point "{entry.name} = {entry.value}" cannot be loaded: {kind}: {error}.') from error
    scenario = getattr(loaded, "scenario", None) if isinstance(loaded, ModuleType) else loaded
    if not isinstance(scenario, Scenario):
        raise ScenarioError(
            f'entry point "{entry.name} = {entry.value}" names no scenario. '
            "Let it name a package whose `scenario` is a Scenario."
        )
    return scenario
