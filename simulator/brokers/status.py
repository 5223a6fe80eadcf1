"""A broker as it stands: where it answers, what runs, where its files are."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class BrokerStatus:
    """A local cluster that runs, whole or in part."""

    bootstrap: str  # "127.0.0.1:port[,127.0.0.1:port]", as Kafka clients take it
    nodes: int
    pids: tuple[int, ...]  # of the nodes that are alive, in their order
    directory: Path
    logs: tuple[Path, ...]  # what each node wrote since it was started

    @property
    def is_whole(self) -> bool:
        """Tell whether every node of the cluster is alive."""
        return len(self.pids) == self.nodes
