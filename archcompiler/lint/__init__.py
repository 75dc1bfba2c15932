"""Hazards: what runs, and is likely not meant. One a file; its docstring is its manual page, its examples are tests."""

from __future__ import annotations

from archcompiler.lint import (
    mask_lost,
    padding_counted,
    stateful_shuffle,
    target_seen,
    time_distributed_steps,
    training_overridden,
    unused_model,
)
from archcompiler.lint.subject import Rule

RULES: tuple[Rule, ...] = (
    stateful_shuffle.RULE,
    mask_lost.RULE,
    padding_counted.RULE,
    unused_model.RULE,
    target_seen.RULE,
    time_distributed_steps.RULE,
    training_overridden.RULE,
)
