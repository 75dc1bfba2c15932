"""Data files: read without ever running what is in them, and held against what a spec's training needs. `shapes.py` and
`wanted.py` need no NumPy: a spec that only describes its data is checked without it."""
