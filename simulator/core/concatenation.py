"""Join blocks of one event type into one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import chain

import msgspec
import numpy as np

from simulator.core.arrays import IntArray
from simulator.core.events import Block, Coded, Column, concatenate_columns


def concatenate_blocks(blocks: Sequence[Block]) -> Block:
    """Join blocks of one type, in order.

    A Coded column has the same `values` in all of them.
    """
    first = blocks[0]
    if len(blocks) == 1:
        return first
    assert all(block.type == first.type for block in blocks)
    return Block(
        type=first.type,
        subject=np.concatenate([block.subject for block in blocks]),
        occurred_at=np.concatenate([block.occurred_at for block in blocks]),
        published_at=np.concatenate([block.published_at for block in blocks]),
        columns=_join_columns([block.columns for block in blocks if block.columns is not None]),
        objects=_join_objects(blocks),
    )


def _join_objects(blocks: Sequence[Block]) -> tuple[msgspec.Struct, ...] | None:
    if blocks[0].objects is None:
        return None
    return tuple(chain.from_iterable(block.objects or () for block in blocks))


def _join_columns(parts: Sequence[Mapping[str, Column]]) -> dict[str, Column] | None:
    if not parts:
        return None
    indexes: dict[tuple[int, ...], IntArray] = {}
    return {name: _join_column([part[name] for part in parts], indexes) for name in parts[0]}


def _join_column(columns: list[Column], indexes: dict[tuple[int, ...], IntArray]) -> Column:
    """Join a column; columns that share their indexes before share one afterwards."""
    coded = [column for column in columns if isinstance(column, Coded)]
    if len(coded) < len(columns):
        return concatenate_columns(columns)
    assert all(column.values == coded[0].values for column in coded), "the values of a Coded column have changed"
    sharing = tuple(id(column.index) for column in coded)
    if sharing not in indexes:
        indexes[sharing] = np.concatenate([column.index for column in coded])
    return Coded(index=indexes[sharing], values=coded[0].values)
