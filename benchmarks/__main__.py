"""Measure everything and print a table; the same figures go to bench.json."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path

from rich.console import Console
from rich.table import Table

from benchmarks.consuming import decide, decode, records_of
from benchmarks.generating import cost_by_cohort, plan_of, ready_batches, speedup_of_two_workers, stages
from benchmarks.measuring import Cost, cheapest
from benchmarks.publishing import publish_to_files, publish_to_kafka, publish_to_memory
from benchmarks.starting import command_seconds, import_seconds, peak_memory_mib
from simulator.brokers import running_broker
from simulator.core.errors import PulsetrainError

RATES = dict[str, Cost]


@dataclass(frozen=True)
class Figure:
    """A figure, and the target that it is to meet: `least` or `most`, whichever is given."""

    value: float
    least: float | None = None
    most: float | None = None

    @property
    def target(self) -> str:
        """Return the target in words; nothing where there is none."""
        return f">= {self.least:g}" if self.least is not None else f"<= {self.most:g}" if self.most is not None else ""

    @property
    def is_met(self) -> bool:
        """Say whether the target is met; without one it is."""
        enough = self.least is None or self.value >= self.least
        return enough and (self.most is None or self.value <= self.most)


FIGURES = dict[str, Figure]


def main() -> int:
    """Measure, print, write bench.json; return 1 when a target is missed."""
    console = Console()
    rates, figures = measure_generating()
    rates |= measure_consuming()
    more_rates, more_figures = measure_publishing(console)
    rates, figures = rates | more_rates, figures | more_figures | measure_commands()
    console.print(_rates_table(rates))
    console.print(_figures_table(figures))
    Path("bench.json").write_text(json.dumps(_as_json(rates, figures), indent=2) + "\n")
    return 0 if all(figure.is_met for figure in figures.values()) else 1


def measure_generating() -> tuple[RATES, FIGURES]:
    """Measure the way up to the bytes, and how it scales."""
    goes = [stages(plan_of(subjects=5_000, duration="72h")) for _ in range(3)]
    rates = {name: min((go[name] for go in goes), key=lambda cost: cost.cpu_seconds) for name in goes[0]}
    whole = min(sum(go[name].cpu_seconds for name in ("generate", "order", "encode")) for go in goes)
    rates["generate + order + encode"] = Cost(rates["generate"].events, whole)
    cohorts = cost_by_cohort()
    per_event = {f"ns an event, {subjects:,} patients": Figure(cost.nanoseconds) for subjects, cost in cohorts.items()}
    ratio = cohorts[100_000].nanoseconds / cohorts[1_000].nanoseconds
    return rates, per_event | {
        "k events a CPU-second, generate + order + encode": Figure(
            rates["generate + order + encode"].events_per_cpu_second / 1e3, least=500
        ),
        "ns an event, 100,000 over 1,000 patients": Figure(ratio, most=1.2),
        "two workers over one, wall": Figure(speedup_of_two_workers(), least=1.7),
    }


def measure_consuming() -> RATES:
    """Measure decoding and deciding."""
    plan, records = records_of(1_000)
    events = [plan.codec().decode(record) for record in records]
    return {
        "decode": cheapest(lambda: decode(plan, records), times=3),
        "decide (NEWS2, in memory)": cheapest(lambda: decide(plan, events), times=3),
    }


def measure_publishing(console: Console) -> tuple[RATES, FIGURES]:
    """Measure publishing; where no broker can be had, say why and leave Kafka out."""
    plan = plan_of(subjects=1_500, duration="72h")
    batches = ready_batches(plan)
    rates = {
        "publish to memory": cheapest(lambda: publish_to_memory(plan, batches), times=2),
        "publish to files": cheapest(lambda: publish_to_files(plan, batches), times=2),
    }
    try:
        with running_broker() as broker:
            kafka = publish_to_kafka(plan, batches, bootstrap=broker.bootstrap)
    except PulsetrainError as error:
        console.print(f"Kafka is not measured: {error}")
        return rates, {}
    goes = {
        "plain produce(topic, value, key) loop": kafka.plain,
        "the same with partition and timestamp": kafka.placed,
        "publish to Kafka, ready records": kafka.ready,
        "generate + order + encode + publish": kafka.whole,
    }
    rates |= {name: min(costs, key=lambda cost: cost.cpu_seconds) for name, costs in goes.items()}
    return rates, {
        "publish to Kafka over the plain loop": Figure(kafka.ready_ratio, least=0.6),
        "publish to Kafka over the loop with partition and timestamp": Figure(kafka.placed_ratio),
        "generate + order + encode + publish over the plain loop": Figure(kafka.whole_ratio, least=0.6),
    }


def measure_commands() -> FIGURES:
    """Measure what a person waits for, and the memory of whole runs in closed loop."""
    memory = {days: peak_memory_mib(subjects=500, days=days) for days in (1, 30)}
    return {
        "pulsetrain run sepsis, s": Figure(command_seconds("run", "sepsis", "--quiet"), most=3.0),
        "pulsetrain run --help, s": Figure(command_seconds("run", "--help"), most=0.2),
        "import simulator, s": Figure(import_seconds(), most=0.1),
        "peak memory of a run of 1 day, MiB": Figure(memory[1]),
        "peak memory, 30 days over 1 day": Figure(memory[30] / memory[1], most=1.1),
    }


def _rates_table(rates: RATES) -> Table:
    table = Table("what", "events", "k events / CPU-s", "ns an event", title="pulsetrain, cheapest of several goes")
    for name, cost in rates.items():
        table.add_row(name, f"{cost.events:,}", f"{cost.events_per_cpu_second / 1e3:,.0f}", f"{cost.nanoseconds:,.0f}")
    return table


def _figures_table(figures: FIGURES) -> Table:
    table = Table("figure", "value", "target", "")
    for name, figure in figures.items():
        met = "" if not figure.target else "met" if figure.is_met else "MISSED"
        table.add_row(name, f"{figure.value:,.2f}", figure.target, met)
    return table


def _as_json(rates: RATES, figures: FIGURES) -> dict[str, object]:
    measured = {name: {"events": cost.events, "cpu_seconds": cost.cpu_seconds} for name, cost in rates.items()}
    return {"rates": measured, "figures": {name: asdict(figure) for name, figure in figures.items()}}


if __name__ == "__main__":
    raise SystemExit(main())
