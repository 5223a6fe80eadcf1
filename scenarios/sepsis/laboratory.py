"""The laboratory: from an order through specimen and receipt to results."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from scenarios.sepsis.analytes import CODES, WITH_ILLNESS, make_values
from scenarios.sepsis.course import HOUR_MS, Course
from scenarios.sepsis.events import LAB_ORDERED, LAB_RESULTED
from scenarios.sepsis.ordering import Ordered
from scenarios.sepsis.organ_failure import OrganFailure, make_organ_failure
from simulator.clinical.laboratory import PANELS
from simulator.core import portable
from simulator.core.arrays import FloatArray, IntArray
from simulator.core.draws import Draws
from simulator.core.events import Block, Coded, Instants
from simulator.generators.lab_values import LabValues

# Minutes from receipt to result by panel. UCHealth's stat goals (gas 20, count 30, chemistry 60)
# and s12873-022-00763-w: 51 min from order to result, IQR 41-65.
RESULT_MINUTES = np.array([32.0, 20.0, 40.0, 6.0, 12.0, 1.0, 20.0, 0.0])
# Minutes from order to specimen and from there to receipt; our choice. At the bedside: none.
SPECIMEN_MINUTES = np.array([12.0, 12.0, 12.0, 6.0, 6.0, 1.0, 10.0, 15.0])
TRANSPORT_MINUTES = np.array([10.0, 10.0, 10.0, 4.0, 6.0, 0.2, 10.0, 25.0])
MEDIAN_MINUTES = np.stack([SPECIMEN_MINUTES, TRANSPORT_MINUTES, RESULT_MINUTES], axis=1)
SIGMA = 0.35  # of the logarithm of each; our choice
SLOTS = 10  # more than there are panels: order numbers end in the panel's digit
PUBLISHED_AFTER_MS = 1_000  # of the interface, after order or result; our choice

_PANEL_CODES, _PANEL_DISPLAYS = zip(*((one.code, one.display) for one in PANELS), strict=True)
_CODES, _DISPLAYS, _UNITS = zip(*((one.code, one.display, one.unit) for one in CODES), strict=True)
_MEMBERS = np.array(
    [[CODES.index(panel.analytes[n]) if n < len(panel.analytes) else -1 for n in range(6)] for panel in PANELS]
)


@dataclass(frozen=True, slots=True)
class Orders:
    """Orders, one a row: whose (place in the cohort), which panel, when.

    `index` is the hour times SLOTS and the panel.
    """

    rows: IntArray
    panels: IntArray
    ordered_at: IntArray
    index: IntArray

    def take(self, places: IntArray) -> Orders:
        """Return the orders at `places`."""
        return Orders(self.rows[places], self.panels[places], self.ordered_at[places], self.index[places])

    def numbers(self, admitted_at: IntArray) -> IntArray:
        """Return the orders' numbers: minutes since admission, then the slot in the hour."""
        minutes = (self.ordered_at - admitted_at[self.rows]) // 60_000
        return minutes * SLOTS + self.index % SLOTS


@dataclass(frozen=True, slots=True)
class Specimens:
    """When the specimens of orders were taken, received, and their results released."""

    collected_at: IntArray
    received_at: IntArray
    resulted_at: IntArray

    def take(self, places: IntArray) -> Specimens:
        """Return the specimens at `places`."""
        return Specimens(self.collected_at[places], self.received_at[places], self.resulted_at[places])


@dataclass(frozen=True, slots=True)
class Laboratory:
    """What the laboratory makes of orders."""

    draws: Draws
    course: Course
    values: LabValues
    failure: OrganFailure

    def examine(self, rows: IntArray, hour: int, given: tuple[Ordered, FloatArray]) -> list[Block]:
        """Return orders and results for `rows`, given how ill each is (n,)."""
        ordered, illness = given
        places, panels = np.nonzero(ordered.panels)
        at = hour * HOUR_MS + ordered.past_ms[places]
        within = at < self.course.discharged_at[rows[places]]
        places, panels, at = places[within], panels[within], at[within]
        if not len(places):
            return []
        orders = Orders(rows[places], panels, at, hour * SLOTS + panels)
        specimens = self._collect(orders)
        kept = np.flatnonzero(specimens.collected_at < self.course.discharged_at[orders.rows])
        results = self._results(orders.take(kept), specimens.take(kept), illness[places[kept]])
        return [self.order_block(orders), results]

    def _collect(self, orders: Orders) -> Specimens:
        subjects = self.course.subjects[orders.rows]
        normals = self.draws.normals("lab.times", subjects, orders.index, size=3)
        lengths = specimen_times(orders.panels, normals)
        collected = orders.ordered_at + lengths[:, 0]
        received = collected + lengths[:, 1]
        return Specimens(collected, received, received + lengths[:, 2])

    def order_block(self, orders: Orders) -> Block:
        """Return the block of the orders themselves."""
        return Block(
            type=LAB_ORDERED,
            subject=self.course.subjects[orders.rows],
            occurred_at=orders.ordered_at,
            published_at=orders.ordered_at + PUBLISHED_AFTER_MS,
            columns={
                "order": orders.numbers(self.course.admitted_at),
                "code": Coded(orders.panels, _PANEL_CODES),
                "display": Coded(orders.panels, _PANEL_DISPLAYS),
            },
        )

    def _results(self, orders: Orders, specimens: Specimens, illness: FloatArray) -> Block:
        members = _MEMBERS[orders.panels]
        places, slots = np.nonzero(members >= 0)
        analytes, rows = members[places, slots], orders.rows[places]
        collected = specimens.collected_at[places]
        ill = illness[places]
        shift = ill * WITH_ILLNESS[analytes] + self.failure.shift(rows, analytes, (collected, ill))
        values = self.values.draw(rows, analytes, (collected, orders.index[places], shift))
        resulted = specimens.resulted_at[places]
        return Block(
            type=LAB_RESULTED,
            subject=self.course.subjects[rows],
            occurred_at=collected,
            published_at=resulted + PUBLISHED_AFTER_MS,
            columns={
                "order": orders.numbers(self.course.admitted_at)[places],
                **_coded(analytes, values),
                "collected_at": Instants(collected),
                "received_at": Instants(specimens.received_at[places]),
                "resulted_at": Instants(resulted),
            },
        )


def specimen_times(panels: IntArray, normals: FloatArray) -> IntArray:
    """Return milliseconds (n, 3) from order to specimen, to receipt and to result."""
    seconds = 60.0 * MEDIAN_MINUTES[panels] * portable.exp(SIGMA * normals)
    return np.maximum(np.rint(seconds), 1.0).astype(np.int64) * 1_000


def make_laboratory(course: Course, draws: Draws) -> Laboratory:
    """Return the laboratory with all analytes at their start."""
    values = make_values(course, draws)
    failure = make_organ_failure(course, draws, values=values)
    return Laboratory(draws=draws, course=course, values=values, failure=failure)


def _coded(analytes: IntArray, values: FloatArray) -> dict[str, Coded | FloatArray]:
    return {
        "code": Coded(analytes, _CODES),
        "display": Coded(analytes, _DISPLAYS),
        "value": values,
        "unit": Coded(analytes, _UNITS),
    }
