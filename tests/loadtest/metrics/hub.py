"""Say how late gevent's hub was while its load was scraped, or exported; run by test_under_gevent.py.

Started by `python -m gevent.monkey`, which patches the standard library first, as Locust does.
"""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import time

import gevent

from loadtests.metrics import otel
from loadtests.metrics.prometheus import serve
from tests.loadtest.metrics.loads import long_load

TICK_SECONDS = 0.005
SCRAPES = 20
EXPORT_SECONDS = 0.2
SCRAPER = """
import sys
from urllib.request import urlopen
print(sum(len(urlopen(f"http://127.0.0.1:{sys.argv[1]}/metrics", timeout=5).read()) for _ in range(int(sys.argv[2]))))
"""


def tick(late: list[float]) -> None:
    """Note by how many milliseconds each turn of the hub was late."""
    while True:
        slept = time.perf_counter()
        gevent.sleep(TICK_SECONDS)
        late.append(1_000.0 * (time.perf_counter() - slept - TICK_SECONDS))


def scraped() -> int:
    """Be scraped from another process; return how many bytes it read."""
    load = long_load(shards=4)
    server = serve(lambda: load, 0)
    # Whoever connects and says nothing keeps nobody else waiting.
    silent = socket.create_connection(("127.0.0.1", server.port))
    command = [sys.executable, "-c", SCRAPER, str(server.port), str(SCRAPES)]
    read = subprocess.run(command, check=True, capture_output=True, text=True, timeout=30).stdout
    silent.close()
    server.close()
    return int(read)


def exported() -> int:
    """Export to a collector that never answers; return how often it was called."""
    from opentelemetry.exporter.otlp.proto.http.metric_exporter import OTLPMetricExporter
    from opentelemetry.sdk.metrics import MeterProvider
    from opentelemetry.sdk.metrics.export import PeriodicExportingMetricReader

    load, silent = long_load(shards=4), socket.create_server(("127.0.0.1", 0))
    exporter = OTLPMetricExporter(f"http://127.0.0.1:{silent.getsockname()[1]}/v1/metrics")
    reader = PeriodicExportingMetricReader(exporter, export_interval_millis=1e3 * EXPORT_SECONDS)
    otel.observe(lambda: load, provider=MeterProvider([reader], shutdown_on_exit=False))
    caller, _ = silent.accept()
    gevent.sleep(5 * EXPORT_SECONDS)
    return len(caller.recv(1))


if __name__ == "__main__":
    late: list[float] = []
    gevent.spawn(tick, late)
    found = {"scraped": scraped, "exported": exported}[sys.argv[1]]()
    sys.stdout.write(json.dumps({"found": found, "turns": len(late), "late_ms_max": max(late)}))
    sys.stdout.flush()
    # The export under way would be waited for.
    os._exit(0)
