"""Benchmarks: side by side in the same run, as ratios of medians. ``python -m benchmarks``."""
