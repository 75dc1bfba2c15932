"""Facts about a typed graph, one a file."""
