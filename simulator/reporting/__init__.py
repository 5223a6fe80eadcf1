"""What a run and a scenario look like on a terminal."""
