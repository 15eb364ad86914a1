"""PostgreSQL and Redis as child processes, for a machine that has no servers of its own."""
