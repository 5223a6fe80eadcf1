"""Which file may import what from outside: each library comes in through one door."""

from fnmatch import fnmatch

from tests.architecture.source import PACKAGES, Source, imports, is_standard_library

# Globs of the files that may import a library. One that is not named here has no door.
DOORS = {
    "confluent_kafka": ("simulator/transports/kafka*.py",),
    "docker": ("simulator/brokers/container.py",),
    "faker": ("simulator/generators/*.py",),
    "flask": ("loadtests/login.py", "loadtests/page/blueprint.py", "loadtests/showing.py", "loadtests/web_safety.py"),
    "flask_login": ("loadtests/login.py",),
    "gevent": ("loadtests/*.py",),
    "jinja2": ("loadtests/reporting/html.py",),
    "locust": ("loadtests/*.py",),
    "mimesis": ("simulator/generators/*.py",),
    "msgspec": ("simulator/*.py", "scenarios/*.py", "loadtests/*.py"),
    "numpy": ("simulator/*.py", "scenarios/*.py", "loadtests/*.py"),
    "opentelemetry": ("loadtests/metrics/otel.py",),
    "prometheus_client": ("loadtests/metrics/prometheus.py",),
    "pyarrow": ("simulator/harness/*.py",),
    "pytest": ("simulator/pytest_plugin*.py",),
    "quixstreams": ("simulator/consumers/quix*.py",),
    "rich": ("simulator/reporting/*.py", "loadtests/progress.py", "loadtests/reporting/*.py"),
    "scipy": ("loadtests/reporting/noise.py",),
    "testcontainers": ("simulator/brokers/container.py",),
    "typer": ("simulator/cli/*.py", "loadtests/command.py"),
    "zstandard": ("simulator/transports/*.py",),
}
PURE_LAYERS = ("simulator/core/*", "simulator/clinical/*")
PURE_LIBRARIES = frozenset({"numpy", "msgspec"})
# pickle and its kin run what they read; a log is an effect that the core has no business with.
BANNED_MODULES = frozenset({"pickle", "shelve", "marshal", "dill"})
LOGLESS_LAYERS = (*PURE_LAYERS, "scenarios/*", "simulator/generators/*", "simulator/scoring/*")


def wrong_doors(source: Source) -> list[str]:
    """Find an outside library imported elsewhere than through its door."""
    return [
        f"{source.path}:{line} imports {name}"
        for line, name in imports(source)
        if is_outside(name) and not source.matches(*DOORS.get(top(name), ()))
    ]


def impure_imports(source: Source) -> list[str]:
    """Find core or clinical importing more than the standard library, numpy and msgspec."""
    if not source.matches(*PURE_LAYERS):
        return []
    return [
        f"{source.path}:{line} imports {name}"
        for line, name in imports(source)
        if is_outside(name) and top(name) not in PURE_LIBRARIES
    ]


def banned_modules(source: Source) -> list[str]:
    """Find modules that no file may import, or that its layer may not."""
    banned = BANNED_MODULES | ({"logging"} if source.matches(*LOGLESS_LAYERS) else frozenset())
    return [f"{source.path}:{line} imports {name}" for line, name in imports(source) if top(name) in banned]


def unused_doors(sources: list[Source]) -> list[str]:
    """Find a door through which nothing comes any more."""
    return [
        f"{library}: {pattern}"
        for library, patterns in DOORS.items()
        for pattern in patterns
        if not any(
            fnmatch(source.path, pattern) and library in {top(name) for _, name in imports(source)}
            for source in sources
        )
    ]


def is_outside(module: str) -> bool:
    """Return whether a dotted name belongs neither to Python nor to this project."""
    return top(module) not in PACKAGES and not is_standard_library(module)


def top(module: str) -> str:
    """Return the first part of a dotted name."""
    return module.partition(".")[0]
