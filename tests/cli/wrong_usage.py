"""What nobody can do, and the line that says so: the value, the place, the way out."""

WRONG_USAGE = {
    "an unknown command": (
        "rnu",
        'no such command "rnu". Did you mean "run"? See `pulsetrain --help`.',
    ),
    "an unknown option": (
        "run hello --subject 3",
        'no option "--subject". Did you mean "--subjects"? See `pulsetrain run --help`.',
    ),
    "no scenario": (
        "run",
        'missing argument "SCENARIO". See `pulsetrain run --help`.',
    ),
    "an option without its value": (
        "run hello --seed",
        'option "--seed" requires an argument. See `pulsetrain --help`.',
    ),
    "a text where a number belongs": (
        "run hello --subjects many",
        'invalid value for "--subjects": "many" is not a whole number. See `pulsetrain run --help`.',
    ),
    "an unknown scenario": (
        "run helo",
        'no scenario "helo". Did you mean "hello"? See `pulsetrain list`.',
    ),
    "an unknown version": (
        "run hello-v7",
        'no scenario "hello-v7". Did you mean "hello-v1"? See `pulsetrain list`.',
    ),
    "a scenario to describe": (
        "describe helo",
        'no scenario "helo". Did you mean "hello"? See `pulsetrain list`.',
    ),
    "a scenario to export": (
        "export helo --out x",
        'no scenario "helo". Did you mean "hello"? See `pulsetrain list`.',
    ),
    "a scenario to consume": (
        "consume helo --transport kafka://127.0.0.1:1",
        'no scenario "helo". Did you mean "hello"? See `pulsetrain list`.',
    ),
    "an unknown parameter": (
        "run hello --set fever_shore=1",
        'hello-v1 has no parameter "fever_shore". Did you mean "fever_share"? See `pulsetrain describe hello-v1`.',
    ),
    "a parameter without a value": (
        "run hello --set fever_share",
        '--set "fever_share" is not understood. Write NAME=VALUE.',
    ),
    "a parameter out of bounds": (
        "run hello --set fever_share=2",
        "--set fever_share=2 is not valid: expected `float` <= 1.0. See `pulsetrain describe hello-v1`.",
    ),
    "an unknown codec": (
        "run hello --codec cloudevent",
        'no codec "cloudevent". Did you mean "cloudevents"? Known: cloudevents.',
    ),
    "an unknown transport": (
        "run hello --transport kafak://x",
        'transport "kafak://x" is not known. Did you mean "kafka"? Write memory, file:DIR or kafka://HOST:PORT.',
    ),
    "a file transport without a folder": (
        "run hello --transport file:",
        '"file:" names no folder; write --transport file:DIR',
    ),
    "a port that no machine has": (
        "run hello --transport kafka://127.0.0.1:9092,127.0.0.1:99999",
        '"kafka://127.0.0.1:9092,127.0.0.1:99999" names port 99999; a port lies between 1 and 65535',
    ),
    "a negative size": (
        "run hello --subjects -4",
        "--subjects -4 is not between 1 and 10,000,000, the most of hello-v1.",
    ),
    "no subjects": (
        "run hello --subjects 0",
        "--subjects 0 is not between 1 and 10,000,000, the most of hello-v1.",
    ),
    "an absurd size": (
        "run hello --subjects 99999999999999999999",
        "--subjects 99999999999999999999 is not between 1 and 10,000,000, the most of hello-v1.",
    ),
    "an absurd duration": (
        "run hello --duration 99999999h",
        'duration "99999999h" is longer than ten years. Write a length such as 72h or 30d.',
    ),
    "a duration of many digits": (
        f"run hello --duration {'9' * 400}h",
        f'duration "{"9" * 40}..." is longer than ten years. Write a length such as 72h or 30d.',
    ),
    "a duration that is none": (
        "run hello --duration 72hh",
        'duration "72hh" is not understood. Write 72h, 90m, 1h30m, 2d, 30s or 500ms.',
    ),
    "a negative duration": (
        "run hello --duration -3h",
        'duration "-3h" is not understood. Write 72h, 90m, 1h30m, 2d, 30s or 500ms.',
    ),
    "no duration": (
        "run hello --duration 0h",
        'duration "0h" is zero. Write a positive length such as 72h.',
    ),
    "a start without a zone": (
        "run hello --start 2026-01-05T00:00:00",
        'instant "2026-01-05T00:00:00" has no time zone. Write 2026-01-05T00:00:00Z.',
    ),
    "a negative seed": (
        "run hello --seed -1",
        "--seed -1 is not between 0 and 2^63 - 1.",
    ),
    "no workers": (
        "run hello --workers 0",
        "--workers 0 is not between 1 and 64.",
    ),
    "a step beyond the reaction time": (
        "run hello --step 2h",
        "--step 2h is longer than the 30m in which hello-v1 reacts.",
    ),
    "a speed that is none": (
        "run hello --speed fast",
        '--speed "fast" is not understood. Write max, 60 or 1.',
    ),
    "a negative speed": (
        "run hello --speed -1",
        "--speed -1 is not above 0 and at most 1,000,000. Write max, 60 or 1.",
    ),
    "an unknown consumer": (
        "run hello --consumer referense",
        'hello-v1 has no consumer "referense". Did you mean "reference"? Known: reference, none, external.',
    ),
    "an outside consumer of memory": (
        "run hello --consumer external",
        "--consumer external cannot take part over --transport memory. Use kafka://HOST:PORT.",
    ),
    "an unknown fault": (
        "run hello --fault lat:0.1",
        (
            'fault "lat:0.1": no fault "lat". Did you mean "late"? Known: late, duplicate, drop, reorder, '
            "corrupt, clock-skew."
        ),
    ),
    "a fault's share": (
        "run hello --fault late:2",
        'fault "late:2": the share "2" is not above 0 and at most 1. Write 0.05.',
    ),
    "a requirement on an unknown name": (
        "run hello --require sensitivty>=1",
        (
            'requirement "sensitivty>=1": no score "sensitivty". Did you mean "sensitivity"? '
            "See `pulsetrain describe hello-v1`."
        ),
    ),
    "a requirement in another form": (
        "run hello --require sensitivity",
        'requirement "sensitivity" is not understood. Write NAME>=NUMBER; also <=, >, < and ==.',
    ),
    "a missing run file": (
        "run nowhere.toml",
        'no file "nowhere.toml". Name a scenario of `pulsetrain list` or a TOML file that exists.',
    ),
    "an unknown format": (
        "export hello --format parket --out x",
        'no format "parket". Did you mean "parquet"? Known: cloudevents, csv, parquet.',
    ),
    "an export to nowhere": (
        "export hello",
        'missing option "--out". See `pulsetrain export --help`.',
    ),
    "a run folder that is none": (
        "score .",
        '"." is no run folder: it has no run.json. Make one with `pulsetrain run --out`.',
    ),
    "a replay of no run folder": (
        "replay .",
        '"." is no run folder: it has no run.json. Make one with `pulsetrain run --out`.',
    ),
    "a consumer that is none": (
        "consume hello --transport kafka://127.0.0.1:1 --consumer none",
        (
            "consume cannot run --consumer none on --transport kafka://127.0.0.1:1. Name a consumer of "
            "`pulsetrain describe` and a cluster: kafka://HOST:PORT."
        ),
    ),
    "a consumer without a cluster": (
        "consume hello --transport memory",
        (
            "consume cannot run --consumer reference on --transport memory. Name a consumer of `pulsetrain "
            "describe` and a cluster: kafka://HOST:PORT."
        ),
    ),
    "two brokers": (
        "broker start --nodes 2",
        "a local broker of 2 nodes cannot be had; --nodes is 1 or 3",
    ),
    "an outside consumer of files": (
        "run hello --consumer external --transport file:x",
        "--consumer external cannot take part over --transport file:x. Use kafka://HOST:PORT.",
    ),
    "a transport's folder that cannot be made": (
        "run hello --transport file:/dev/null/x",
        "/dev/null/x is no folder to write in: Not a directory; name one that is, after --transport file: or --out",
    ),
    "two documents": (
        "describe hello --schema --asyncapi",
        "--schema and --asyncapi exclude each other. Give one of them.",
    ),
    "a document and a description": (
        "describe hello --json --schema",
        "--json and --schema exclude each other. Give one of them.",
    ),
    "two manners of a run": (
        "run hello --json --quiet",
        "--json and --quiet exclude each other. Give one of them.",
    ),
    "two manners of an export": (
        "export hello --out x --json --quiet",
        "--json and --quiet exclude each other. Give one of them.",
    ),
    "two manners of a score": (
        "score . --json --quiet",
        "--json and --quiet exclude each other. Give one of them.",
    ),
    "a load of nothing": (
        "loadtest hello --rate 0 --duration 5s",
        "--rate 0 is not above 0 and at most 10,000,000 events a second.",
    ),
    "a load below nothing": (
        "loadtest hello --rate -5 --duration 5s",
        "--rate -5 is not above 0 and at most 10,000,000 events a second.",
    ),
    "a load without an end": (
        "loadtest hello",
        "a load without --ui needs an end: give --duration, such as 60s.",
    ),
    "a load of an unknown scenario": (
        "loadtest helo --duration 5s",
        'no scenario "helo". Did you mean "hello"? See `pulsetrain list`.',
    ),
    "an unknown shape": (
        "loadtest hello --duration 5s --shape rampe",
        'no shape "rampe". Did you mean "ramp"? Known: constant, ramp, ladder, spike, diurnal, outage.',
    ),
    "a shape with a number that is none": (
        "loadtest hello --duration 5s --shape ladder:steps=many",
        '--shape "ladder:steps=many" is not valid: Expected `int`, got `str` - at `$.steps`. Its keys: steps.',
    ),
    "more senders than partitions": (
        "loadtest hello --duration 5s --processes 99",
        "--processes 99 is not between 0 and 8, the partitions.",
    ),
    "a load for nobody": (
        "loadtest hello --duration 5s --consumer none",
        'no load for consumer "none". Known: reference, echo, external.',
    ),
    "a load for a consumer elsewhere, without its cluster": (
        "loadtest hello --duration 5s --consumer external",
        "--consumer external needs the cluster that it reads: give --transport kafka://HOST:PORT.",
    ),
    "a condition of a load on an unknown name": (
        "loadtest hello --duration 5s --require p98_ms<=5",
        (
            'requirement "p98_ms<=5": no score "p98_ms". Did you mean "p99_ms", "p95_ms" or "p999_ms"? '
            "See `pulsetrain loadtest --help` and `pulsetrain describe hello-v1`."
        ),
    ),
    "a search for the knee with a shape": (
        "loadtest hello --duration 5s --find-knee --shape ladder",
        '--find-knee chooses its own rates: leave --shape "ladder" out.',
    ),
    "a port for a page that is not asked for": (
        "loadtest hello --duration 5s --web-port 8089",
        "--web-port is for --ui alone. Leave it out.",
    ),
    "an SLO that is no length of time": (
        "loadtest hello --duration 5s --slo fast",
        'duration "fast" is not understood. Write 72h, 90m, 1h30m, 2d, 30s or 500ms.',
    ),
    "a report of a load where nothing can be written": (
        "loadtest hello --duration 5s --junit nowhere/load.xml",
        '--junit "nowhere/load.xml" cannot be written. Name a file in a folder that you may write to.',
    ),
    "a search for the knee from a form": (
        "loadtest hello --find-knee --ui",
        "--find-knee chooses rates by itself, so a form has nothing to say: leave --ui out.",
    ),
}
