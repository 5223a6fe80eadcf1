"""Hello: fever in a waiting room, the smallest scenario there is."""

from hello.consumer import thermometer
from hello.scoring import METRICS, REQUIREMENTS, score
from hello.world import CATALOG, FEVER, REACTION_TIME, Parameters, WaitingRoom
from simulator.core.scenario import Defaults, Scenario
from simulator.core.time import hours, parse_instant

scenario = Scenario(
    catalog=CATALOG,
    summary="fever in a waiting room, from temperatures alone",
    defaults=Defaults(subjects=100, duration=hours(12), start=parse_instant("2026-01-05T08:00:00Z")),
    parameters=Parameters,
    label_types=(FEVER,),
    metrics=METRICS,
    requirements=REQUIREMENTS,
    reaction_time=REACTION_TIME,
    make_world=WaitingRoom,
    consumers={"reference": thermometer},
    score=score,
)
