"""Benchmarks: `make bench` prints medians beside peers and limits measured in the same run. No test asserts a speed."""
