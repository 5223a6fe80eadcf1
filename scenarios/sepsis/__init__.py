"""Sepsis in an intensive care unit: who is going to be septic, in time to treat it?"""

from scenarios.sepsis.consumer import news2
from scenarios.sepsis.defaults import DEFAULTS
from scenarios.sepsis.events import CATALOG
from scenarios.sepsis.labels import LABEL_TYPES
from scenarios.sepsis.parameters import Parameters
from scenarios.sepsis.scoring import METRICS, REQUIREMENTS, score
from scenarios.sepsis.treatment import REACTION_TIME
from scenarios.sepsis.world import make_world
from simulator.core.scenario import Scenario

scenario = Scenario(
    catalog=CATALOG,
    summary="septic patients in an intensive care unit, found from vital signs before they are",
    defaults=DEFAULTS,
    parameters=Parameters,
    label_types=LABEL_TYPES,
    metrics=METRICS,
    requirements=REQUIREMENTS,
    reaction_time=REACTION_TIME,
    make_world=make_world,
    consumers={"reference": news2},
    score=score,
)
