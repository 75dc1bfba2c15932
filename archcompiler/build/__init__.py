"""What needs Keras itself: making the model of a plan in process, and reading the catalog."""

from __future__ import annotations

from archcompiler.build.custom import Misbelieved
from archcompiler.build.model import exports_of, model_of

__all__ = ["Misbelieved", "exports_of", "model_of"]
