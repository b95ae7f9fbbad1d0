"""Loaders of the Tradehouse warehouse: files in, exactly once, into the raw change logs."""
