"""What a load says of itself to Prometheus and OpenTelemetry: one table of series, two ways out."""
