"""PostgreSQL as the warehouse of a target: a feed lands in one transaction, by COPY."""
