"""`pulsetrain describe`: what a scenario takes, sends, knows and scores."""

from __future__ import annotations

from typing import Annotated

import typer

from simulator.cli.options import Scenario

Json = Annotated[bool, typer.Option("--json", help="One JSON object on stdout.")]
Schema = Annotated[bool, typer.Option("--schema", help="JSON Schema of the data of each event and decision type.")]
AsyncAPI = Annotated[bool, typer.Option("--asyncapi", help="An AsyncAPI 3.0 document, as JSON.")]


def describe(scenario: Scenario, *, json: Json = False, schema: Schema = False, asyncapi: AsyncAPI = False) -> int:
    """Show parameters, events, labels and scores.

    Parameters stand with their sources, events with an example each.

    Example:  pulsetrain describe sepsis
    """
    import msgspec

    from simulator.cli.specs import one_manner
    from simulator.harness.asyncapi import asyncapi_document, data_schemas
    from simulator.harness.describing import describe_scenario
    from simulator.harness.registry import load_scenario

    one_manner({"--json": json, "--schema": schema, "--asyncapi": asyncapi})
    found = load_scenario(scenario)
    if schema or asyncapi:
        document = data_schemas(found.catalog) if schema else asyncapi_document(found)
        print(msgspec.json.format(msgspec.json.encode(document), indent=2).decode())
        return 0
    description = describe_scenario(found)
    if json:
        print(msgspec.json.encode(description).decode())
        return 0
    from simulator.reporting.descriptions import print_description
    from simulator.reporting.terminal import stdout_console

    print_description(description, console=stdout_console())
    return 0
