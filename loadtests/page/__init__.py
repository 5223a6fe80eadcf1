"""The page of a load in Locust's web UI: what it is told, and how it is shown."""
