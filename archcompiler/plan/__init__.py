"""What is to be made, in which order and under which names: decided once, for the emitted code and for the build."""

from __future__ import annotations

from archcompiler.plan.make import make_plan
from archcompiler.plan.model import Plan

__all__ = ["Plan", "make_plan"]
