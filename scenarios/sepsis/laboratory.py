"""The laboratory: from an order through specimen and receipt to results."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from scenarios.sepsis.analytes import CODES, WITH_ILLNESS, make_values
from scenarios.sepsis.course import HOUR_MS, Course
from scenarios.sepsis.events import LAB_ORDERED, LAB_RESULTED
from scenarios.sepsis.ordering import LACTATE
from simulator.clinical.laboratory import PANELS
from simulator.core import portable
from simulator.core.arrays import BoolArray, FloatArray, IntArray
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
SLOTS = 10  # orders a patient can have in an hour: one of each panel, and
LACTATE_SLOT = 8  # the lactate that goes with a blood culture
PUBLISHED_AFTER_MS = 1_000  # of the interface, after order or result; our choice

_MEMBERS = np.array(
    [[CODES.index(panel.analytes[n]) if n < len(panel.analytes) else -1 for n in range(6)] for panel in PANELS]
)


@dataclass(frozen=True, slots=True)
class Orders:
    """Orders, one a row: whose (place in the cohort), which panel, when,
    and how far sepsis has come.

    `index` is the hour times SLOTS and the slot in it: the panel, or LACTATE_SLOT.
    """

    rows: IntArray
    panels: IntArray
    ordered_at: IntArray
    index: IntArray
    illness: FloatArray

    def take(self, keep: BoolArray) -> Orders:
        """Return the orders where `keep` is true."""
        return Orders(
            self.rows[keep],
            self.panels[keep],
            self.ordered_at[keep],
            self.index[keep],
            self.illness[keep],
        )

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


@dataclass(frozen=True, slots=True)
class Laboratory:
    """What the laboratory makes of orders."""

    draws: Draws
    course: Course
    values: LabValues

    def examine_hour(self, rows: IntArray, hour: int, given: tuple[BoolArray, FloatArray]) -> list[Block]:
        """Return orders and results of what (n, 7) is ordered for `rows`, of whom some are ill."""
        ordered, illness = given
        places, panels = np.nonzero(ordered)
        if not len(places):
            return []
        index = hour * SLOTS + panels
        subjects = self.course.subjects[rows[places]]
        # Orders of one patient and hour go out together, as a set.
        past = self.draws.uniform("lab.minute", subjects, hour)
        at = hour * HOUR_MS + np.rint(past * 3_540.0).astype(np.int64) * 1_000
        return self.examine(Orders(rows[places], panels, at, index, illness[places]))

    def examine_lactate(self, rows: IntArray, ordered_at: IntArray, illness: FloatArray) -> list[Block]:
        """Return orders and results of the lactates that go with blood cultures."""
        panels = np.full(len(rows), LACTATE, dtype=np.int64)
        index = ordered_at // HOUR_MS * SLOTS + LACTATE_SLOT
        return self.examine(Orders(rows, panels, ordered_at, index, illness))

    def examine(self, orders: Orders) -> list[Block]:
        """Return the blocks of orders and their results, for orders within the stay."""
        orders = orders.take(orders.ordered_at < self.course.discharged_at[orders.rows])
        specimens = self.collect(orders)
        kept = specimens.collected_at < self.course.discharged_at[orders.rows]
        return [self.order_block(orders), self._results(orders.take(kept), _take(specimens, kept))]

    def collect(self, orders: Orders) -> Specimens:
        """Draw when the specimens are taken, received and resulted."""
        subjects = self.course.subjects[orders.rows]
        normals = self.draws.normals("lab.times", subjects, orders.index, size=3)
        seconds = 60.0 * MEDIAN_MINUTES[orders.panels] * portable.exp(SIGMA * normals)
        lengths = np.maximum(np.rint(seconds), 1.0).astype(np.int64) * 1_000
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
                "code": Coded(orders.panels, tuple(panel.code for panel in PANELS)),
                "display": Coded(orders.panels, tuple(panel.display for panel in PANELS)),
            },
        )

    def _results(self, orders: Orders, specimens: Specimens) -> Block:
        members = _MEMBERS[orders.panels]
        places, slots = np.nonzero(members >= 0)
        analytes, rows = members[places, slots], orders.rows[places]
        collected = specimens.collected_at[places]
        shift = orders.illness[places] * WITH_ILLNESS[analytes]
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


def make_laboratory(course: Course, draws: Draws) -> Laboratory:
    """Return the laboratory with all analytes at their start."""
    return Laboratory(draws=draws, course=course, values=make_values(course, draws))


def _coded(analytes: IntArray, values: FloatArray) -> dict[str, Coded | FloatArray]:
    return {
        "code": Coded(analytes, tuple(code.code for code in CODES)),
        "display": Coded(analytes, tuple(code.display for code in CODES)),
        "value": values,
        "unit": Coded(analytes, tuple(code.unit for code in CODES)),
    }


def _take(specimens: Specimens, keep: BoolArray) -> Specimens:
    return Specimens(specimens.collected_at[keep], specimens.received_at[keep], specimens.resulted_at[keep])
