"""What the product costs, measured: `python -m benchmarks`, a table and a JSON file."""
