"""Public checks: what a transport, a codec, a consumer and a scenario must keep to."""
