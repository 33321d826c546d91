"""The benchmark: Pacta beside a usual stack and beside a floor, on the same data, by interleaved runs."""
