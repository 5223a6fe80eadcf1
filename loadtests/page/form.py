"""The form of the page: what it offers, and what it holds when it is opened."""

from __future__ import annotations

from argparse import Namespace
from dataclasses import dataclass

import msgspec
from msgspec import inspect

from loadtests.options import DEFAULT_WARDS
from loadtests.shapes import SHAPES, Constant
from loadtests.spec import EXTERNAL

SHARE_STEP = 0.01  # of a shape's numbers; finer than a hundred wards can follow


@dataclass(frozen=True, slots=True)
class ShapeKey:
    """A number of a shape: what it is when nobody says, and the bounds of its field."""

    name: str
    default: float
    least: float
    most: float
    step: float


@dataclass(frozen=True, slots=True)
class ShapeChoice:
    """A shape as the form offers it: what it does, and the numbers that it takes."""

    name: str
    summary: str
    keys: tuple[ShapeKey, ...]
    needs_length: bool


@dataclass(frozen=True, slots=True)
class Form:
    """What the form holds.

    `rate` is the highest, events a second, over so many `wards`, which are Locust's users.
    `shape` is a name and `settings` its numbers, where they are not the default. `duration` is
    empty where the load goes on until it is stopped. `is_consumer_started` says that our own command
    has started the consumer.
    """

    scenario: str
    consumer: str
    rate: float
    wards: int
    shape: str
    settings: dict[str, str]
    duration: str
    slo: str
    warm_up: str
    shapes: tuple[ShapeChoice, ...]
    is_consumer_started: bool = False


def form_of(options: Namespace, *, is_conducted: bool = False) -> Form:
    """Return the form that shows Locust's options as they stand.

    `is_conducted`: our own command has started Locust, and any consumer but an external one.
    """
    wards = getattr(options, "num_users", None) or DEFAULT_WARDS
    shape, _, settings = str(getattr(options, "shape", None) or "constant").partition(":")
    pairs = [pair.partition("=") for pair in settings.split(",") if pair]
    seconds = getattr(options, "run_time", None)
    return Form(
        scenario=getattr(options, "scenario", ""),
        consumer=getattr(options, "consumer", ""),
        rate=float(getattr(options, "rate_per_ward", 0.0)) * wards,
        # More than are asked for make the steps of a shape finer, at the same rate.
        wards=max(wards, DEFAULT_WARDS),
        shape=shape,
        settings={key: value for key, _, value in pairs},
        duration=f"{seconds}s" if seconds else "",
        slo=getattr(options, "slo", ""),
        warm_up=getattr(options, "warm_up", ""),
        shapes=shape_choices(),
        is_consumer_started=is_conducted and getattr(options, "consumer", EXTERNAL) != EXTERNAL,
    )


def shape_choices() -> tuple[ShapeChoice, ...]:
    """Return every shape, with the numbers that it takes."""
    return tuple(_choice(name, shape) for name, shape in SHAPES.items())


def _choice(name: str, shape: type[msgspec.Struct]) -> ShapeChoice:
    kind = inspect.type_info(shape)
    assert isinstance(kind, inspect.StructType), f"the shape {name} has no numbers"
    return ShapeChoice(
        name=name,
        summary=(shape.__doc__ or "").partition("\n")[0].replace("`", ""),
        keys=tuple(_key(field) for field in kind.fields),
        needs_length=shape is not Constant,
    )


def _key(field: inspect.Field) -> ShapeKey:
    kind = field.type
    assert isinstance(kind, inspect.IntType | inspect.FloatType), f"{field.name} is no number"
    step = 1 if isinstance(kind, inspect.IntType) else SHARE_STEP
    return ShapeKey(
        name=field.name,
        default=field.default,
        least=kind.ge if kind.ge is not None else (kind.gt or 0.0) + step,
        most=kind.le if kind.le is not None else (kind.lt or 1.0) - step,
        step=step,
    )
