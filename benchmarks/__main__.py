"""Measure everything and print a table; the same figures go to bench.json."""

from __future__ import annotations

import json
from pathlib import Path

from rich.console import Console
from rich.table import Table

from benchmarks.consuming import decide, decode, default_run, records_of
from benchmarks.generating import (
    cost_by_cohort,
    peak_memory_mib,
    plan_of,
    ready_batches,
    speedup_of_two_workers,
    stages,
)
from benchmarks.measuring import Cost, cheapest
from benchmarks.publishing import publish_to_files, publish_to_kafka, publish_to_memory
from simulator.brokers import running_broker
from simulator.core.errors import PulsetrainError

RATES = dict[str, Cost]
FIGURES = dict[str, float]


def main() -> None:
    """Measure, print, write bench.json."""
    console = Console()
    rates, figures = measure_generating()
    rates |= measure_consuming()
    more_rates, more_figures = measure_publishing(console)
    rates, figures = rates | more_rates, figures | more_figures
    console.print(_rates_table(rates))
    console.print(_figures_table(figures))
    Path("bench.json").write_text(json.dumps(_as_json(rates, figures), indent=2) + "\n")


def measure_generating() -> tuple[RATES, FIGURES]:
    """Measure the way up to the bytes, and how it scales."""
    goes = [stages(plan_of(subjects=5_000, duration="72h")) for _ in range(3)]
    rates = {name: min((go[name] for go in goes), key=lambda cost: cost.cpu_seconds) for name in goes[0]}
    whole = [sum(go[name].cpu_seconds for name in ("generate", "order", "encode")) for go in goes]
    rates["generate + order + encode"] = Cost(rates["generate"].events, min(whole))
    cohorts = cost_by_cohort()
    figures = {f"ns an event, {subjects:,} patients": cost.nanoseconds for subjects, cost in cohorts.items()}
    figures["ns an event, 100,000 over 1,000 patients"] = cohorts[100_000].nanoseconds / cohorts[1_000].nanoseconds
    figures["two workers over one, wall"] = speedup_of_two_workers()
    memory = {duration: peak_memory_mib(duration) for duration in ("24h", "720h")}
    figures |= {f"peak memory MiB, 2,000 patients, {duration}": value for duration, value in memory.items()}
    figures["peak memory, 30 days over 1 day"] = memory["720h"] / memory["24h"]
    return rates, figures


def measure_consuming() -> RATES:
    """Measure decoding, deciding and the default run."""
    plan, records = records_of(1_000)
    events = [plan.codec().decode(record) for record in records]
    return {
        "decode": cheapest(lambda: decode(plan, records), times=3),
        "decide (NEWS2, in memory)": cheapest(lambda: decide(plan, events), times=3),
        "the default run, whole": cheapest(default_run, times=3),
    }


def measure_publishing(console: Console) -> tuple[RATES, FIGURES]:
    """Measure publishing; where no broker can be had, say why and leave Kafka out."""
    plan = plan_of(subjects=2_000, duration="72h")
    batches = ready_batches(plan)
    rates = {
        "publish to memory": cheapest(lambda: publish_to_memory(plan, batches), times=3),
        "publish to files": cheapest(lambda: publish_to_files(plan, batches), times=3),
    }
    try:
        with running_broker() as broker:
            kafka = publish_to_kafka(plan, batches, bootstrap=broker.bootstrap)
    except PulsetrainError as error:
        console.print(f"Kafka is not measured: {error}")
        return rates, {}
    goes = {"plain produce() loop": kafka.plain, "publish to Kafka": kafka.ready, "the whole way to Kafka": kafka.whole}
    rates |= {name: min(costs, key=lambda cost: cost.cpu_seconds) for name, costs in goes.items()}
    return rates, {
        "publish to Kafka over the plain loop": kafka.ready_ratio,
        "generate + order + encode + publish over the plain loop": kafka.whole_ratio,
    }


def _rates_table(rates: RATES) -> Table:
    table = Table("what", "events", "k events / CPU-s", "ns an event", title="pulsetrain, cheapest of several goes")
    for name, cost in rates.items():
        table.add_row(name, f"{cost.events:,}", f"{cost.events_per_cpu_second / 1e3:,.0f}", f"{cost.nanoseconds:,.0f}")
    return table


def _figures_table(figures: FIGURES) -> Table:
    table = Table("figure", "value")
    for name, value in figures.items():
        table.add_row(name, f"{value:,.2f}")
    return table


def _as_json(rates: RATES, figures: FIGURES) -> dict[str, object]:
    measured = {name: {"events": cost.events, "cpu_seconds": cost.cpu_seconds} for name, cost in rates.items()}
    return {"rates": measured, "figures": figures}


if __name__ == "__main__":
    main()
