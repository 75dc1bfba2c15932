"""The graph of a model: its nodes and edges, and the types of what flows along them."""
