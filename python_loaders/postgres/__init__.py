"""PostgreSQL as a source: sync, verify and archive (docs/runbooks/postgres.md)."""
