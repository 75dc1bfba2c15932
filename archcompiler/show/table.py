"""A typed graph as a table: each layer with what feeds it, what it gives, and its parameters."""

from __future__ import annotations

from collections.abc import Iterator
from io import StringIO
from typing import TYPE_CHECKING

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table
from rich.text import Text

from archcompiler.layers.things import ModelName, Thing
from archcompiler.rendering import node_params, plural, ref_text, visible

if TYPE_CHECKING:
    from archcompiler.graph.ir import TypedGraph, TypedNode

ANY_WIDTH = 2000
COLUMNS = ("name", "class", "from", "shape", "dtype", "parameters", "mask")


def as_table(graph: TypedGraph, color: bool = False, width: int | None = None) -> str:
    """The model and each nested one, with totals. Without a `width` no line is wrapped."""
    written = StringIO()
    console = Console(
        file=written, width=width or ANY_WIDTH, force_terminal=color, color_system="standard" if color else None,
        markup=False, emoji=False, highlight=False, legacy_windows=False,
    )  # fmt: skip
    console.print(Text(f"{graph.name}: {graph.topology}", style="bold"))
    console.print(_table(graph))
    for model in graph.models.values():
        console.print(Text(f"{model.name}, a nested model: {model.topology}", style="bold"))
        console.print(_table(model))
    console.print(_totals(graph))
    return "\n".join(line.rstrip() for line in written.getvalue().rstrip().splitlines())


def _table(graph: TypedGraph) -> Table:
    table = Table(box=SIMPLE_HEAD, pad_edge=False)
    for column in COLUMNS:
        table.add_column(column, justify="right" if column == "parameters" else "left", overflow="fold")
    called: set[str] = set()
    for name in graph.graph.nodes:
        table.add_row(*map(Text, map(visible, _row(graph, graph.nodes[name], called))))
    return table


def _row(graph: TypedGraph, typed: TypedNode, called: set[str]) -> Iterator[str]:
    first = typed.outputs[0]
    yield typed.name
    yield _class_text(typed)
    yield ", ".join(ref_text(graph, ref) for ref in typed.node.sources if ref is not None)
    yield " ".join(str(one) for one in typed.outputs)
    yield first.dtype
    yield "" if typed.node.kind == "input" else f"{node_params(graph, typed, called):,}"
    yield "yes" if first.mask else ""


def _class_text(typed: TypedNode) -> str:
    """`LSTM`, `TimeDistributed(Dense)`, `model encoder`, `again: embeddings`."""
    node = typed.node
    if node.kind == "input":
        return "Input"
    if node.kind == "model":
        return f"model {node.target}"
    if node.kind == "again":
        return f"again: {node.target}"
    inner = node.thing.given.get("layer") if node.thing else None
    wrapped = inner.class_name if isinstance(inner, Thing) else inner.name if isinstance(inner, ModelName) else None
    return f"{typed.class_name}({wrapped})" if wrapped else typed.class_name


def _totals(graph: TypedGraph) -> Text:
    frozen = graph.param_count - graph.trainable_param_count
    said = plural(graph.param_count, "parameter")
    return Text(said + (f": {graph.trainable_param_count:,} learnt, {frozen:,} fixed" if frozen else ", all learnt"))
