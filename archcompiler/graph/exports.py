"""`exports`: parts of the model that stand as models of their own, on the same weights."""

from __future__ import annotations

from collections.abc import Mapping

from archcompiler.diagnostics import Loc, PlacedNote, Problem
from archcompiler.graph.ir import Export, Node, Ref
from archcompiler.graph.scopes import Scope
from archcompiler.graph.wiring import Wiring
from archcompiler.spec.items import FAULTY_RESULT, bad_name
from archcompiler.spec.models import Spec
from archcompiler.wording import listed


def lower_exports(spec: Spec, wiring: Wiring, scope: Scope, problems: list[Problem]) -> dict[str, Export]:
    """The exports with their references followed; what is wrong with one is told, and it is left out."""
    found: dict[str, Export] = {}
    for name, export in spec.exports.items():
        loc: Loc = ("exports", name)
        if not name.isidentifier():
            problems.append(bad_name(name, loc, on_key=True))
            continue
        outputs = wiring.outputs_as(export.outputs, (*loc, "outputs"), scope)
        written = [export.inputs] if isinstance(export.inputs, str) else export.inputs
        inputs: dict[str, Ref] = {}
        for index, source in enumerate(written):
            place = (*loc, "inputs", index) if isinstance(export.inputs, list) else (*loc, "inputs")
            ref = wiring.ref(source, place, scope, scope.previous)
            if ref is not None and ref in inputs.values():
                message = f"the export `{name}` names `{source}` twice"
                problems.append(Problem("ARC106", message, place, False, help="name it once"))
            inputs[source.replace(".", "_")] = ref or Ref(FAULTY_RESULT)
        refs = [*inputs.values(), *outputs.refs.values()]
        if all(ref.node != FAULTY_RESULT for ref in refs):
            found[name] = Export(inputs, outputs, loc)
    return found


def misfits(exports: Mapping[str, Export], nodes: Mapping[str, Node]) -> list[Problem]:
    """What the exports need and do not take, and what they take and do not need."""
    problems: list[Problem] = []
    for name, export in exports.items():
        absent = [ref.node for ref in (*export.inputs.values(), *export.outputs.refs.values()) if ref.node not in nodes]
        if absent:
            message = f"the export `{name}` names {listed(absent)}, which reaches no output and is left out"
            problems.append(Problem("ARC116", message, export.loc, help="name what the model is made of"))
            continue
        needed, reached = _reached(export, nodes)
        missing = [one for one in needed if nodes[one].kind == "input"]
        if missing:
            first = nodes[missing[0]]
            message = f"the export `{name}` needs {listed(missing)}, which is not among its inputs"
            note = PlacedNote("the input is here", first.loc)
            help = "add it to `inputs`, or name there what is made of it"
            problems.append(Problem("ARC119", message, (*export.loc, "inputs"), notes=(note,), help=help))
        for taken, ref in export.inputs.items():
            if ref not in reached and not missing:
                message = f"the export `{name}` takes `{taken}`, but nothing that it gives is made of it"
                help = "leave it out, or name another output"
                problems.append(Problem("ARC119", message, (*export.loc, "inputs"), on_key=False, help=help))
    return problems


def _reached(export: Export, nodes: Mapping[str, Node]) -> tuple[set[str], set[Ref]]:
    """The nodes that are run for the outputs, and the inputs of the export that they take."""
    given = set(export.inputs.values())
    needed: set[str] = set()
    reached: set[Ref] = set()
    waiting = list(export.outputs.refs.values())
    while waiting:
        ref = waiting.pop()
        if ref in given:
            reached.add(ref)
        elif ref.node not in needed:
            needed.add(ref.node)
            waiting += [source for source in nodes[ref.node].sources if source is not None]
    return needed, reached


def nodes_of(export: Export, nodes: Mapping[str, Node]) -> frozenset[str]:
    """The nodes of the model that the export runs."""
    return frozenset(_reached(export, nodes)[0])
