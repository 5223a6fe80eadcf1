"""What a load test looks like when it is over: terminal, HTML, CSV, JSON, JUnit, and beside earlier ones."""
