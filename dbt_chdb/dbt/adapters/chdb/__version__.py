"""Version of the adapter; dbt refuses a plugin without it."""

version = "1.0.0"
