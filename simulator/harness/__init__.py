"""The run: what to do, the loop that does it, and the folder it leaves."""
