"""Kafka's settings for a node of a small cluster on loopback."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping, Sequence
from pathlib import Path

from simulator.brokers.nodes import HOST, Node

ANY = "9223372036854775807"  # Kafka's "no limit" for a long: 2^63 - 1
CONTROLLERS = "CONTROLLER"
CLIENTS = "PLAINTEXT"


def storage_properties(replicas: int) -> dict[str, str]:
    """Return the settings that say how a cluster with so many replicas keeps records."""
    in_sync = str(max(1, replicas - 1))
    return {
        "auto.create.topics.enable": "false",
        "default.replication.factor": str(replicas),
        "min.insync.replicas": in_sync,
        "offsets.topic.replication.factor": str(replicas),
        "transaction.state.log.replication.factor": str(replicas),
        "transaction.state.log.min.isr": in_sync,
        "share.coordinator.state.topic.replication.factor": str(replicas),
        "share.coordinator.state.topic.min.isr": in_sync,
        # 50 by default, for large clusters; a first consumer waits while they are made.
        "offsets.topic.num.partitions": "8",
        "transaction.state.log.num.partitions": "8",
        "group.initial.rebalance.delay.ms": "0",
        # Record timestamps are simulated: decades old, or ahead of the clock. Kafka would
        # delete the old, refuse those over an hour ahead, and roll a segment a simulated week.
        "log.retention.ms": "-1",
        "log.message.timestamp.before.max.ms": ANY,
        "log.message.timestamp.after.max.ms": ANY,
        "log.roll.ms": ANY,
    }


def server_properties(node: Node, nodes: Sequence[Node]) -> dict[str, str]:
    """Return the settings of one of `nodes`; its data lies in "data" beside them."""
    voters = ",".join(f"{one.number}@{HOST}:{one.controller_port}" for one in nodes)
    clients = f"{CLIENTS}://{HOST}:{node.port}"
    return {
        "process.roles": "broker,controller",
        "node.id": str(node.number),
        "controller.quorum.voters": voters,
        "controller.listener.names": CONTROLLERS,
        "listeners": f"{clients},{CONTROLLERS}://{HOST}:{node.controller_port}",
        "advertised.listeners": clients,
        "inter.broker.listener.name": CLIENTS,
        "listener.security.protocol.map": f"{CLIENTS}:PLAINTEXT,{CONTROLLERS}:PLAINTEXT",
        "log.dirs": "data",
        **storage_properties(len(nodes)),
    }


def log4j_properties() -> dict[str, str]:
    """Return Log4j 2 settings: all from INFO upwards, to standard output."""
    return {
        "appender.out.type": "Console",
        "appender.out.name": "out",
        "appender.out.layout.type": "PatternLayout",
        "appender.out.layout.pattern": "[%d] %p %m (%c)%n",
        "rootLogger.level": "INFO",
        "rootLogger.appenderRef.out.ref": "out",
    }


def properties_text(properties: Mapping[str, str]) -> str:
    """Return settings in the form of a Java properties file."""
    return "".join(f"{name}={value}\n" for name, value in properties.items())


def cluster_id(directory: Path) -> str:
    """Derive a Kafka cluster id (16 bytes, URL-safe base64) from a directory."""
    digest = hashlib.sha256(str(directory).encode()).digest()[:16]
    return base64.urlsafe_b64encode(digest).decode().rstrip("=")
