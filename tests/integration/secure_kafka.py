"""A local Kafka that speaks TLS and SASL too: certificates and users are made when it starts."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from ipaddress import ip_address

import pytest
from confluent_kafka.admin import (
    AclBinding,
    AclOperation,
    AclPermissionType,
    AdminClient,
    ResourcePatternType,
    ResourceType,
    ScramCredentialInfo,
    ScramMechanism,
    UserScramCredentialUpsertion,
)
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from loadtests.children import free_port
from simulator.brokers import running_broker, startup
from simulator.brokers.nodes import HOST, Node
from simulator.brokers.properties import server_properties

ROUNDS = 4_096  # the fewest that Kafka takes
NOT_BEFORE, NOT_AFTER = datetime(2020, 1, 1, tzinfo=UTC), datetime(2120, 1, 1, tzinfo=UTC)
ANSWER_SECONDS = 30.0

ServerProperties = Callable[[Node, Sequence[Node]], dict[str, str]]


@dataclass(frozen=True, slots=True)
class Identity:
    """A key, and a certificate for it."""

    key: ec.EllipticCurvePrivateKey
    certificate: x509.Certificate

    @property
    def key_pem(self) -> str:
        return self.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()

    @property
    def certificate_pem(self) -> str:
        return self.certificate.public_bytes(Encoding.PEM).decode()


@dataclass(frozen=True, slots=True)
class Right:
    """What may be done with all topics, or groups, whose names begin so."""

    kind: str
    prefix: str
    operations: tuple[str, ...]

    def of(self, user: str) -> list[AclBinding]:
        kind, everywhere = ResourceType[self.kind.upper()], (ResourcePatternType.PREFIXED, f"User:{user}", "*")
        wanted = [AclOperation[one] for one in self.operations]
        return [AclBinding(kind, self.prefix, *everywhere, one, AclPermissionType.ALLOW) for one in wanted]


@dataclass(frozen=True, slots=True)
class SecureKafka:
    """Where it listens, and the certificate of the authority that vouches for it."""

    urls: Mapping[str, str]
    authority_pem: str


@contextmanager
def running_secure_kafka(users: Mapping[str, Sequence[Right]], *, password: str) -> Iterator[SecureKafka]:
    """Run one node with listeners for SSL and SASL_SSL too.

    Users have the rights that are named, and no others; who comes without SASL has all of them.
    """
    authority = new_authority()
    ports = {"SSL": free_port(), "SASL_SSL": free_port()}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(startup, "server_properties", _listening_on(ports, identity=_server(authority)))
        with running_broker() as broker:
            _make_users(broker.bootstrap, users, password=password)
            urls = {protocol: f"kafka://{HOST}:{port}" for protocol, port in ports.items()}
            yield SecureKafka(urls, authority.certificate_pem)


def new_authority() -> Identity:
    """Make an authority that signs itself."""
    key, name = ec.generate_private_key(ec.SECP256R1()), _name("authority of a test")
    described = _described(name, key).issuer_name(name)
    described = described.add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
    return Identity(key, described.sign(key, hashes.SHA256()))


def _server(authority: Identity) -> Identity:
    """Make a server's identity, good for the loopback alone."""
    key = ec.generate_private_key(ec.SECP256R1())
    described = _described(_name("broker of a test"), key).issuer_name(authority.certificate.subject)
    described = described.add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address(HOST))]), critical=False)
    return Identity(key, described.sign(authority.key, hashes.SHA256()))


def _name(text: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])


def _described(subject: x509.Name, key: ec.EllipticCurvePrivateKey) -> x509.CertificateBuilder:
    described = x509.CertificateBuilder().subject_name(subject).public_key(key.public_key())
    described = described.serial_number(x509.random_serial_number())
    return described.not_valid_before(NOT_BEFORE).not_valid_after(NOT_AFTER)


def _listening_on(ports: Mapping[str, int], *, identity: Identity) -> ServerProperties:
    """Return what gives a node's settings, with a listener of each security protocol and rights."""
    listeners = "".join(f",{protocol}://{HOST}:{port}" for protocol, port in ports.items())
    protocols = "".join(f",{protocol}:{protocol}" for protocol in ports)

    def settings(node: Node, nodes: Sequence[Node]) -> dict[str, str]:
        plain = server_properties(node, nodes)
        return {
            **plain,
            "listeners": plain["listeners"] + listeners,
            "advertised.listeners": plain["advertised.listeners"] + listeners,
            "listener.security.protocol.map": plain["listener.security.protocol.map"] + protocols,
            "ssl.keystore.type": "PEM",
            "ssl.keystore.key": _in_one_line(identity.key_pem),
            "ssl.keystore.certificate.chain": _in_one_line(identity.certificate_pem),
            "sasl.enabled.mechanisms": "SCRAM-SHA-512",
            "listener.name.sasl_ssl.scram-sha-512.sasl.jaas.config": (
                "org.apache.kafka.common.security.scram.ScramLoginModule required;"
            ),
            "authorizer.class.name": "org.apache.kafka.metadata.authorizer.StandardAuthorizer",
            "super.users": "User:ANONYMOUS",
        }

    return settings


def _in_one_line(pem: str) -> str:
    """Return text as a Java properties file holds it."""
    return pem.replace("\n", "\\n")


def _make_users(bootstrap: str, users: Mapping[str, Sequence[Right]], *, password: str) -> None:
    hashed = ScramCredentialInfo(ScramMechanism.SCRAM_SHA_512, ROUNDS)
    changes = [UserScramCredentialUpsertion(name, hashed, password.encode()) for name in users]
    bindings = [binding for name, rights in users.items() for right in rights for binding in right.of(name)]
    # A client that nobody holds gives up what was asked of it.
    admin = AdminClient({"bootstrap.servers": bootstrap})
    asked = admin.alter_user_scram_credentials(changes) | admin.create_acls(bindings)
    for done in asked.values():
        done.result(ANSWER_SECONDS)
