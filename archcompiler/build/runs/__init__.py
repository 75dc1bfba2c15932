"""Training and generating in process: the emitted program run, and what it leaves in a folder of its own."""

from __future__ import annotations
