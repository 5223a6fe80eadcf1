"""Load tests over Locust. This release ships none; the package marks their place."""
