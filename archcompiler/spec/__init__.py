"""The language: reading, its pydantic models, expressions and includes."""
