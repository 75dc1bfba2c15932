"""What there is to see: a typed graph as a table or as JSON, the catalog's entries, and the language's JSON Schema."""
