"""Data files: read without ever running what is in them, and held against what a spec's training needs."""

from __future__ import annotations

from archcompiler.data.checks import converted, data_problems
from archcompiler.data.files import read_arrays
from archcompiler.data.wanted import Wanted, WantedArray, wanted_for_start, wanted_for_training

__all__ = [
    "Wanted",
    "WantedArray",
    "converted",
    "data_problems",
    "read_arrays",
    "wanted_for_start",
    "wanted_for_training",
]
