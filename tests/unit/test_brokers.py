"""What a broker needs, how it is set up, and what is said where it cannot be had."""

from __future__ import annotations

import os
import re
import socket
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from simulator.brokers import (
    broker_status,
    container_broker,
    container_engine_absent,
    processes,
    running_broker,
    start_broker,
    startup,
    stop_broker,
)
from simulator.brokers.container import container_settings
from simulator.brokers.folders import cache_folder
from simulator.brokers.jars import kafka_jars
from simulator.brokers.java import find_java
from simulator.brokers.nodes import Node, choose_nodes, read_nodes, write_nodes
from simulator.brokers.properties import cluster_id, properties_text, server_properties
from simulator.brokers.startup import start_nodes
from simulator.core.errors import TransportError, UsageError

ONE = Node(number=1, port=9092, controller_port=19092)
THREE = tuple(Node(number=n, port=9091 + n, controller_port=19091 + n) for n in (1, 2, 3))
WAY_OUT = "point --transport kafka://host:port at a broker you have"


@pytest.fixture
def programs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Leave the shell's own programs and a folder of the test's on PATH; start with no cache."""
    folder = tmp_path / "programs"
    folder.mkdir()
    for name in ("sh", "mkdir", "touch"):
        found = next(Path(place) / name for place in ("/bin", "/usr/bin") if Path(place, name).exists())
        (folder / name).symlink_to(found)
    monkeypatch.setenv("PATH", str(folder))
    monkeypatch.delenv("JAVA_HOME", raising=False)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return folder


def write_program(path: Path, *lines: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("\n".join(["#!/bin/sh", *lines, ""]))
    path.chmod(0o755)
    return path


def java_of(version: str) -> str:
    return f"echo 'openjdk version \"{version}\" 2025-01-01' >&2"


def one_line(raised: pytest.ExceptionInfo[Exception]) -> str:
    said = str(raised.value)
    assert "\n" not in said
    return said


def test_without_java_one_line_says_what_to_install(programs: Path) -> None:
    with pytest.raises(TransportError) as raised:
        start_broker()
    said = one_line(raised)
    assert said.startswith("no Java in JAVA_HOME or on PATH: install Java 17 or newer and Maven")
    assert said.endswith(WAY_OUT)
    assert raised.value.exit_code == 69


@pytest.mark.parametrize("version", ["1.8.0_402", "11.0.2", "16.0.1"])
def test_a_java_too_old_is_named(programs: Path, version: str) -> None:
    java = write_program(programs / "java", java_of(version))
    with pytest.raises(TransportError) as raised:
        find_java()
    assert one_line(raised).startswith(f"{java} is Java {version}: install Java 17 or newer")


def test_the_java_of_java_home_comes_first(programs: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_program(programs / "java", java_of("11.0.2"))
    chosen = write_program(programs / "home" / "bin" / "java", java_of("17"))
    monkeypatch.setenv("JAVA_HOME", str(programs / "home"))
    assert find_java() == str(chosen)


def test_a_java_that_is_none_is_named(programs: Path) -> None:
    java = write_program(programs / "java", "echo no runtime present >&2; exit 1")
    with pytest.raises(TransportError, match=rf"^{re.escape(str(java))} is no working Java: install"):
        find_java()


def test_without_maven_one_line_says_what_to_install(programs: Path) -> None:
    write_program(programs / "java", java_of("21.0.1"))
    with pytest.raises(TransportError) as raised:
        start_broker()
    said = one_line(raised)
    assert said.startswith("no Maven (mvn) on PATH to fetch Kafka with: install")
    assert said.endswith(WAY_OUT)


def test_jars_in_the_cache_need_no_maven(programs: Path) -> None:
    libs = cache_folder() / "kafka-4.1.0" / "libs"
    libs.mkdir(parents=True)
    assert kafka_jars() == libs


FAKE_FETCH = (
    'for word in "$@"; do case $word in -DoutputDirectory=*) folder=${word#*=};; esac; done',
    'mkdir "$folder" && touch "$folder/kafka_2.13-4.1.0.jar"',
)


def test_many_at_once_fetch_once(programs: Path) -> None:
    write_program(programs / "mvn", f"echo fetched >> {programs}/fetches", *FAKE_FETCH)
    said: list[str] = []
    with ThreadPoolExecutor(4) as threads:
        found = set(threads.map(lambda _: kafka_jars(progress=said.append), range(4)))
    assert [path.name for libs in found for path in libs.iterdir()] == ["kafka_2.13-4.1.0.jar"]
    assert (programs / "fetches").read_text() == "fetched\n"
    assert said == ["fetching Kafka 4.1.0 (54 MB, once)"]


def test_a_fetch_that_was_cut_off_starts_anew(programs: Path) -> None:
    write_program(programs / "mvn", *FAKE_FETCH)
    partial = cache_folder() / "kafka-4.1.0" / "libs.partial"
    partial.mkdir(parents=True)
    (partial / "half-a.jar").touch()
    assert [path.name for path in kafka_jars().iterdir()] == ["kafka_2.13-4.1.0.jar"]


def test_a_failed_fetch_says_what_maven_said_and_leaves_nothing(programs: Path) -> None:
    failing = "echo '[ERROR] Unknown host'; echo '[ERROR] see help'; exit 1"
    write_program(programs / "mvn", *FAKE_FETCH, failing)
    with pytest.raises(TransportError) as raised:
        kafka_jars()
    assert one_line(raised).startswith("Maven could not fetch Kafka 4.1.0: Unknown host; check the network")
    assert not (cache_folder() / "kafka-4.1.0" / "libs").exists()


def test_a_cache_that_cannot_be_written_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "file"))
    with pytest.raises(TransportError, match=r"^cannot write .*kafka-4.1.0: Not a directory; name another"):
        kafka_jars()


def test_a_relative_cache_home_is_ignored(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", "here")
    assert cache_folder() == Path.home() / ".cache" / "pulsetrain"


def test_one_node_is_set_up_so() -> None:
    assert properties_text(server_properties(ONE, [ONE])).splitlines() == [
        "process.roles=broker,controller",
        "node.id=1",
        "controller.quorum.voters=1@127.0.0.1:19092",
        "controller.listener.names=CONTROLLER",
        "listeners=PLAINTEXT://127.0.0.1:9092,CONTROLLER://127.0.0.1:19092",
        "advertised.listeners=PLAINTEXT://127.0.0.1:9092",
        "inter.broker.listener.name=PLAINTEXT",
        "listener.security.protocol.map=PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT",
        "log.dirs=data",
        "auto.create.topics.enable=false",
        "default.replication.factor=1",
        "min.insync.replicas=1",
        "offsets.topic.replication.factor=1",
        "transaction.state.log.replication.factor=1",
        "transaction.state.log.min.isr=1",
        "share.coordinator.state.topic.replication.factor=1",
        "share.coordinator.state.topic.min.isr=1",
        "offsets.topic.num.partitions=8",
        "transaction.state.log.num.partitions=8",
        "group.initial.rebalance.delay.ms=0",
        "log.retention.ms=-1",
        "log.message.timestamp.before.max.ms=9223372036854775807",
        "log.message.timestamp.after.max.ms=9223372036854775807",
        "log.roll.ms=9223372036854775807",
    ]


def test_three_nodes_vote_and_keep_three_copies() -> None:
    settings = server_properties(THREE[1], THREE)
    differing = ("node.id", "controller.quorum.voters", "default.replication.factor", "min.insync.replicas")
    assert [settings[name] for name in differing] == [
        "2",
        "1@127.0.0.1:19092,2@127.0.0.1:19093,3@127.0.0.1:19094",
        "3",
        "2",
    ]


def test_a_cluster_id_is_the_directory_s_own() -> None:
    ids = [cluster_id(Path(name)) for name in ("/a", "/a", "/b")]
    assert ids[0] == ids[1] != ids[2]
    assert re.fullmatch(r"[\w-]{22}", ids[0])


def test_free_ports_are_all_different() -> None:
    chosen = choose_nodes(3, None)
    assert len({port for node in chosen for port in (node.port, node.controller_port)}) == 6


def test_a_port_in_use_is_named() -> None:
    with socket.create_server(("127.0.0.1", 0)) as holder:
        port = holder.getsockname()[1]
        with pytest.raises(TransportError, match=rf"^port {port} on 127.0.0.1 cannot be had \(Address already"):
            choose_nodes(1, port)


@pytest.mark.parametrize(
    ("nodes", "port", "said"),
    [
        (2, None, "a local broker of 2 nodes cannot be had; --nodes is 1 or 3"),
        (1, 0, "--port 0 is not in 1..65535"),
        (3, 65534, "--port 65534 is not in 1..65533"),
    ],
)
def test_what_cannot_be_is_refused_at_the_door(nodes: int, port: int | None, said: str) -> None:
    with pytest.raises(UsageError) as raised:
        start_broker(nodes=nodes, port=port)
    assert (str(raised.value), raised.value.exit_code) == (said, 64)


def test_where_nothing_was_started_nothing_runs(tmp_path: Path) -> None:
    nowhere = tmp_path / "nowhere"
    assert (broker_status(nowhere), stop_broker(nowhere), nowhere.exists()) == (None, False, False)


def test_a_process_that_took_the_number_over_is_left_alone(tmp_path: Path) -> None:
    ours = Node(number=1, port=9092, controller_port=19092, pid=os.getpid())
    write_nodes(tmp_path, [ours])
    assert broker_status(tmp_path) is None
    # Were our own process taken for the broker, nobody would be left to see this.
    assert stop_broker(tmp_path) is False
    assert read_nodes(tmp_path) == ()


def test_a_damaged_record_is_named(tmp_path: Path) -> None:
    (tmp_path / "broker.json").write_text("[{")
    with pytest.raises(TransportError, match=r"broker.json cannot be read .* end what runs there and remove it"):
        broker_status(tmp_path)


def test_who_does_not_listen_is_killed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(processes, "STOP_SECONDS", 0.3)
    deaf = write_program(tmp_path / "deaf", "trap '' TERM", "while :; do sleep 0.05; done")
    pid = processes.launch_broker([str(deaf)], tmp_path)
    write_nodes(tmp_path, [Node(number=1, port=9092, controller_port=19092, pid=pid)])
    assert processes.is_broker(pid, tmp_path)
    processes.stop_brokers([(pid, tmp_path)])
    assert not processes.is_broker(pid, tmp_path)


def test_whose_data_nobody_needs_is_not_asked(tmp_path: Path) -> None:
    asked = write_program(tmp_path / "asked", f"trap 'touch {tmp_path}/was-asked' TERM", "while :; do sleep 0.05; done")
    pid = processes.launch_broker([str(asked)], tmp_path)
    processes.stop_brokers([(pid, tmp_path)], at_once=True)
    assert not processes.is_broker(pid, tmp_path)
    assert not (tmp_path / "was-asked").exists()


def test_the_log_of_the_start_before_is_kept(tmp_path: Path) -> None:
    (tmp_path / "server.log").write_text("earlier\n")
    pid = processes.launch_broker([str(write_program(tmp_path / "quick", "exit 0"))], tmp_path)
    processes.stop_brokers([(pid, tmp_path)])
    assert (tmp_path / "server.previous.log").read_text() == "earlier\n"
    assert (tmp_path / "server.log").read_text() == ""


def test_data_of_a_cluster_of_another_size_is_not_touched(tmp_path: Path) -> None:
    kept = tmp_path / "node-1" / "server.properties"
    kept.parent.mkdir()
    kept.write_text("node.id=1\n")
    with pytest.raises(UsageError, match=r"holds the data of 1 node\(s\), not of 3; start with as many"):
        start_nodes(tmp_path, THREE, ["false"], fresh=False)
    assert kept.read_text() == "node.id=1\n"


def test_a_fresh_start_removes_nodes_and_nothing_else(tmp_path: Path) -> None:
    for name in ("node-1/server.properties", "node-1/data/records", "node-9/mine", "mine"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    with pytest.raises(TransportError, match=r"^Kafka could not format .*node-1: it said nothing$"):
        start_nodes(tmp_path, [ONE], ["false"], fresh=True)
    left = sorted(str(path.relative_to(tmp_path)) for path in tmp_path.rglob("*") if path.is_file())
    assert left == ["mine", "node-1/log4j2.properties", "node-1/server.properties", "node-9/mine"]


def test_a_server_that_ends_at_once_is_an_error_with_its_last_words(tmp_path: Path) -> None:
    (tmp_path / "node-1" / "data").mkdir(parents=True)
    (tmp_path / "node-1" / "data" / "meta.properties").touch()
    dying = write_program(tmp_path / "dying", "echo '[1] ERROR no room'; echo '  at Kafka'; echo bye")
    with pytest.raises(TransportError) as raised:
        start_nodes(tmp_path, [ONE], [str(dying)], fresh=False)
    log = tmp_path / "node-1" / "server.log"
    assert one_line(raised) == f"Kafka node 1 ended while it started: [1] ERROR no room; see {log}"
    assert read_nodes(tmp_path) == ()


def test_an_interrupt_leaves_no_server_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "node-1" / "data").mkdir(parents=True)
    (tmp_path / "node-1" / "data" / "meta.properties").touch()
    slow = write_program(tmp_path / "slow", "while :; do sleep 0.05; done")
    launched: list[int] = []

    def interrupt(home: Path, nodes: list[Node]) -> None:
        launched.extend(node.pid for node in read_nodes(home) if processes.is_broker(node.pid, node.folder(home)))
        raise KeyboardInterrupt

    monkeypatch.setattr(startup, "_await_started", interrupt)
    with pytest.raises(KeyboardInterrupt):
        start_nodes(tmp_path, [ONE], [str(slow)], fresh=False)
    assert len(launched) == 1
    assert not processes.is_broker(launched[0], tmp_path / "node-1")


def test_the_files_of_a_broker_that_did_not_start_are_removed(programs: Path, tmp_path: Path) -> None:
    before = sorted(Path(tmp_path).iterdir())
    with pytest.raises(TransportError, match="no Java"), running_broker(directory=tmp_path / "own"):
        pytest.fail("the block must not be entered")
    assert sorted(Path(tmp_path).iterdir()) == before


def test_a_container_is_told_the_same_settings() -> None:
    settings = container_settings(ONE)
    names = ("KAFKA_LISTENERS", "KAFKA_ADVERTISED_LISTENERS", "KAFKA_NODE_ID", "KAFKA_LOG_RETENTION_MS")
    assert [settings[name] for name in names] == [
        "PLAINTEXT://0.0.0.0:9092,CONTROLLER://127.0.0.1:19092",
        "PLAINTEXT://127.0.0.1:9092",
        "1",
        "-1",
    ]


def test_without_a_container_engine_one_line_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DOCKER_HOST", f"unix://{tmp_path}/no.sock")
    with pytest.raises(TransportError) as raised, container_broker():
        pytest.fail("the block must not be entered")
    said = one_line(raised)
    assert container_engine_absent() == said
    assert said.startswith(f"no container engine answers at unix://{tmp_path}/no.sock (")
    assert said.endswith(f"start Docker or Podman, or set DOCKER_HOST, or {WAY_OUT}")
