"""What the analysis says of how far every tensor sees, against Keras: inputs are changed at some steps, and every
tensor shows at which steps it changes.

`ARCHCOMPILER_SEED=7 pytest tests/differential` draws other graphs than the usual ones.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import pytest

import archcompiler
from archcompiler.analysis.causality import sights
from archcompiler.analysis.place import SURE
from archcompiler.analysis.sight import Sight
from archcompiler.graph.ir import TypedGraph
from tests.differential import keras_graph
from tests.differential.sequence_specs import CODES, STEPS, sequence_specs
from tests.differential.strategies import drawing

pytestmark = pytest.mark.filterwarnings("ignore::UserWarning")

SAMPLES = 6
LEAST = 1e-9
"""A change that counts, in float64; what cannot change differs by nothing or by the last bits."""
MOVING = frozenset(("Permute", "Reshape", "Flatten", "Dot", "Add", "Multiply", "Average", "Maximum", "Minimum"))
"""What puts steps on other axes; a layer behind may bring them back, so only there a look ahead must show."""


@pytest.fixture(autouse=True)
def double_precision() -> Iterator[None]:
    import keras

    before = keras.config.dtype_policy()
    keras.config.set_dtype_policy("float64")
    yield
    keras.config.set_dtype_policy(before)


class Changes:
    """Which tensors change, at which steps, when one input is changed.

    `late[t]`: every step from t on is changed; `only[t]`: step t alone. Each is, for every tensor, an array of truth
    values over its axis 1, or one value where it has no such axis.
    """

    def __init__(self, graph: keras_graph.KerasGraph, spec: dict[str, Any], source: str, tensors: list[Any]) -> None:
        import keras

        random = np.random.default_rng(0)
        base = {name: _draw(random, given) for name, given in spec["inputs"].items()}
        other = _draw(random, spec["inputs"][source])
        variants = [base[source]]
        for t in range(STEPS):
            late, only = base[source].copy(), base[source].copy()
            late[:, t:], only[:, t] = other[:, t:], other[:, t]
            variants += [late, only]
        variants.append(base[source][:, ::-1])
        fed = [np.concatenate(variants if name == source else [base[name]] * len(variants)) for name in spec["inputs"]]
        self.base = [given[:SAMPLES] for given in fed]
        results = keras.Model(graph.inputs, tensors)(fed, training=False)
        self.late: list[list[Any]] = []
        self.only: list[list[Any]] = []
        self.turns: list[bool] = []
        """Whether the steps of a tensor come in reverse where those of the input do, and are the same otherwise."""
        for tensor in results:
            values = keras.ops.convert_to_numpy(tensor).astype("float64")
            parts = values.reshape(len(variants), SAMPLES, *values.shape[1:])
            assert np.isfinite(parts).all()
            changed = np.abs(parts - parts[0]) > LEAST * (1 + np.abs(parts[0]))
            by_step = changed.any(axis=(1, *range(3, changed.ndim)))
            self.late.append([by_step[1 + 2 * t] for t in range(STEPS)])
            self.only.append([by_step[2 + 2 * t] for t in range(STEPS)])
            self.turns.append(parts.ndim > 2 and np.allclose(parts[-1], parts[0][:, ::-1], atol=LEAST))


def _draw(random: np.random.Generator, given: dict[str, Any]) -> Any:
    """Random numbers; codes with some zeros, which may be masked, but not all of them."""
    shape = (SAMPLES, *given["shape"])
    if given.get("dtype") != "int32":
        return random.normal(size=shape).astype("float32")
    codes = np.maximum(random.integers(-CODES // 5, CODES, shape), 0)
    codes[:, STEPS // 2] = np.maximum(codes[:, STEPS // 2], 1)
    return codes.astype("int32")


def _randomize(model: Any) -> None:
    """Weights that let changes through."""
    random = np.random.default_rng(1)
    for weight in model.weights:
        values = random.normal(size=weight.shape, scale=0.7)
        if "seed" not in weight.path:
            weight.assign(np.abs(values) + 0.5 if "variance" in weight.path else values)


def _disagreement(sight: Sight, steps: int | None, late: list[Any], only: list[Any], here: bool) -> str | None:
    """How the changes of a tensor of so many steps contradict the sight. `here`: it is the culprit itself, or one
    behind which steps stay where they are. What is said to be certain must show anywhere."""
    changes = any(one.any() for one in late)
    if sight.reach == "nothing":
        return "it depends on the input" if changes else None
    if not changes:
        return "it does not depend on the input"
    if sight.reach == "last":
        return None
    if sight.reach == "ahead":
        here = here or sight.ahead
        witnessed = steps != STEPS or not here or any(late[t][:t].any() for t in range(1, STEPS))
        return None if witnessed else "no step depends on a later one"
    if steps != STEPS:
        return f"it has {steps} steps"
    if any(late[t][:t].any() for t in range(1, STEPS)):
        return "some step depends on a later one"
    mixes = any(only[t][t + 1 :].any() for t in range(STEPS))
    if mixes != (sight.reach == "past"):
        return "some step depends on an earlier one" if mixes else "no step depends on an earlier one"
    return None


def differences(spec: dict[str, Any], graph: TypedGraph, seen: Counter[str]) -> list[str]:
    built = keras_graph.build(spec)
    _randomize(built.model)
    found: list[str] = []
    # What is turned round twice is in order again, which the analysis does not follow: it calls it ahead.
    turned_twice = json.dumps(spec).count('"go_backwards": true') > 1
    for source in spec["inputs"]:
        claims = sights(graph, source)
        twins = list(_twins(built, spec, claims))
        changes = Changes(built, spec, source, [*built.tensors, *(twin for _, _, twin in twins)])
        position = 0
        for name, made in built.nodes.items():
            for index, tensor in enumerate(made.tensors):
                sight = claims[name][index]
                stay = not turned_twice and _class_at(graph, sight.culprit) not in MOVING
                here = sight.culprit == (name,) or stay
                steps = tensor.shape[1] if len(tensor.shape) > 1 else None
                wrong = _disagreement(sight, steps, changes.late[position], changes.only[position], here)
                seen[sight.reach] += 1
                seen[f"of {_class_at(graph, (name,))}: {sight.reach}"] += 1
                if sight.reach == "same" and len(spec["inputs"]) == 1:
                    seen["alike at every step" if changes.turns[position] else "unlike by step"] += 1
                    fixed = "takes" in sight.reason
                    if not fixed and changes.turns[position] == sight.positional:
                        wrong = "its map is another one by step" if sight.positional else "its map is one for all steps"
                        wrong = f"not that {wrong}"
                if wrong:
                    found.append(f"{name}.{index} of {source} is called {sight}, but {wrong}")
                position += 1
        for name, original, twin in twins:
            seen["twins"] += 1
            found += _unlike_twin(built, changes, name, original, twin)
            wrong = _disagreement(Sight("past"), STEPS, changes.late[position], changes.only[position], True)
            found += [f"{name} with all its steps: {wrong}"] if wrong else []
            position += 1
        roots = {id(original) for _, original, _ in twins}
        at_model = _last_of_models(built, claims)
        for name, made in built.nodes.items():
            for index, tensor in enumerate(made.tensors):
                start = built.inputs[list(spec["inputs"]).index(source)]
                if claims[name][index].reach == "last" and _leads_to(tensor, start, roots | at_model):
                    found.append(f"{name}.{index} is called last, but {source} comes to it another way")
    return found


def _class_at(graph: TypedGraph, path: tuple[str, ...]) -> str:
    for name in path[:-1]:
        graph = graph.models[graph.nodes[name].node.target]
    return graph.nodes[path[-1]].class_name if path else ""


def _twins(
    graph: keras_graph.KerasGraph, spec: dict[str, Any], claims: Mapping[str, tuple[Sight, ...]]
) -> Iterator[tuple[str, Any, Any]]:
    """For each recurrent layer's result that is called last: that result, and all steps of the same layer."""
    for name, made in graph.nodes.items():
        layer = made.layer
        if not made.makes_layer or len(layer._inbound_nodes) > 1:
            continue
        if type(layer).__name__ not in ("LSTM", "GRU", "SimpleRNN", "RNN"):
            continue
        given = layer._inbound_nodes[0].input_tensors[0]
        if _claim_of(graph, claims, given) not in ("same", "past"):
            continue
        twin = type(layer).from_config({**layer.get_config(), "return_sequences": True, "name": f"twin_of_{name}"})
        every_step = keras_graph._flat(twin(given))[0]
        twin.set_weights(layer.get_weights())
        for index, tensor in enumerate(made.tensors):
            if claims[name][index].reach == "last":
                yield name, tensor, every_step


def _claim_of(graph: keras_graph.KerasGraph, claims: Mapping[str, tuple[Sight, ...]], tensor: Any) -> str:
    for name, made in graph.nodes.items():
        for index, one in enumerate(made.tensors):
            if one is tensor:
                return claims[name][index].reach
    raise AssertionError(tensor)


def _unlike_twin(graph: keras_graph.KerasGraph, changes: Changes, name: str, original: Any, twin: Any) -> Iterator[str]:
    """The output is the last of all steps; of the states this holds for the last cell's first one."""
    import keras

    first = graph.nodes[name].tensors[0]
    if original is not first or len(first.shape) != 2:
        return
    last, every = keras.Model(graph.inputs, [original, twin])(changes.base, training=False)
    if not np.allclose(last, np.asarray(every)[:, -1], atol=1e-9):
        yield f"{name} is not the last of its steps"


def _last_of_models(graph: keras_graph.KerasGraph, claims: Mapping[str, tuple[Sight, ...]]) -> set[int]:
    """Results of nested models and of Bidirectional that are called last, behind which nothing is looked at."""
    return {
        id(tensor)
        for name, made in graph.nodes.items()
        for index, tensor in enumerate(made.tensors)
        if type(made.layer).__name__ in ("Functional", "Bidirectional") and claims[name][index].reach == "last"
    } | {
        id(tensor)
        for made in graph.nodes.values()
        if made.layer is not None and len(made.layer._inbound_nodes) > 1
        for tensor in made.tensors
    }


def _leads_to(tensor: Any, source: Any, roots: set[int]) -> bool:
    """Whether the source comes to a tensor other than through the roots."""
    if id(tensor) in roots:
        return False
    if tensor is source:
        return True
    history = tensor._keras_history
    given = history.operation._inbound_nodes[history.node_index].input_tensors
    return any(_leads_to(one, source, roots) for one in given)


def compare_many(count: int) -> Counter[str]:
    import keras

    seen: Counter[str] = Counter()
    wrong: list[str] = []

    @drawing(sequence_specs(), count)
    def one(spec: dict[str, Any]) -> None:
        seen["all"] += 1
        if seen["all"] % 50 == 0:
            keras.backend.clear_session()
            keras.config.set_dtype_policy("float64")
        report = archcompiler.check(spec)
        if report.graph is None or not report.ok:
            seen["refused"] += 1
            seen[f"refused {report.errors[0].code}"] += 1
            return
        found = differences(spec, report.graph, seen)
        if found:
            wrong.append("\n    ".join([json.dumps(spec), *found]))

    one()
    print()
    for name, times in sorted(seen.items()):
        print(f"{times:7} {name}")
    assert not wrong, f"{len(wrong)} of {count} specs differ:\n" + "\n".join(wrong[:10])
    return seen


def test_random_sequences() -> None:
    seen = compare_many(110)
    assert seen["refused"] < 25
    assert all(seen[reach] > 20 for reach in ("nothing", "same", "past", "last", "ahead"))
    assert seen["twins"] > 5
    assert seen["unlike by step"] > 2


@pytest.mark.slow
def test_many_random_sequences() -> None:
    compare_many(1_000)


ENCODER = {"name": "enc", "LSTM": {"units": 4, "return_state": True}, "outputs": ["all", "h", "c"], "from": "x"}
POOLED = [
    {"GlobalMaxPooling1D": {"data_format": "channels_first"}, "name": "pooled"},
    {"Dense": 7, "from": "y", "name": "wide"},
]
"""(batch, steps), and (batch, steps, 7), on whose last axis Keras lays it."""
BIDIRECTIONAL = {"Bidirectional": {"LSTM": {"units": 2, "return_sequences": True}}, "name": "both"}


@pytest.mark.parametrize(
    ("layers", "reach", "reason"),
    [
        ([{"LSTM": {"units": 4, "return_sequences": True}}], "past", ""),
        ([{"LSTM": 4}, {"Dense": 3}], "last", ""),
        ([{"Conv1D": {"filters": 2, "kernel_size": 3, "padding": "same"}}], "ahead", "looks at the next 1 step"),
        ([{"Conv1D": {"filters": 2, "kernel_size": 3}}], "ahead", "looks at the next 2 steps"),
        ([{"Conv1D": {"filters": 2, "kernel_size": 1}}], "same", ""),
        ([{"Conv1D": {"filters": 2, "kernel_size": 3, "padding": "causal", "dilation_rate": 2}}], "past", ""),
        ([BIDIRECTIONAL, {"Dense": 2}], "ahead", "reads the steps backwards too"),
        ([{"GRU": {"units": 2, "go_backwards": True}}], "ahead", "because of `go_backwards: true`"),
        ([{"Flatten": None}], "ahead", "Flatten joins the steps"),
        ([{"LSTM": 4}, {"RepeatVector": 7}, {"LSTM": 4}], "ahead", "RepeatVector gives every step"),
        ([{"Reshape": [-1, 2, 2]}, {"TimeDistributed": "Flatten"}], "same", ""),
        ([{"BatchNormalization": {"axis": 1}}], "same", "for each step"),
        ([{"PReLU": {"shared_axes": [1]}}], "same", ""),
        ([{"Softmax": {"axis": 1}}], "ahead", "runs over the step axis"),
        (
            [ENCODER, {"LSTM": 4, "from": {"sequences": "y", "initial_state": ["enc.h", "enc.c"]}}],
            "ahead",
            "initial state",
        ),
        ([{"LSTM": {"units": 4, "return_sequences": True}, "from": "y"}], "nothing", ""),
        ([*POOLED, {"Add": None, "from": ["pooled", "wide"]}], "ahead", "on another axis"),
    ],
)
def test_what_is_said(layers: list[Any], reach: str, reason: str) -> None:
    layers = [{"from": "x", **layers[0]}, *layers[1:]]
    inputs = {"x": {"shape": [7, 4]}, "y": {"shape": [7, 4]}}
    report = archcompiler.check({"archcompiler": 1, "name": "one", "inputs": inputs, "layers": layers})
    assert report.ok and report.graph is not None, report.errors
    (ref,) = report.graph.graph.outputs.refs.values()
    sight = sights(report.graph, "x")[ref.node][ref.result]
    assert sight.reach == reach
    assert reason in sight.reason and bool(reason) == bool(sight.reason)
    assert sight.positional == (reason != "" and reach != "ahead")


def test_the_culprit_is_a_path() -> None:
    """Through nested models to the layer; where a model is called on what looks ahead already, to what made it so."""
    inner = {
        "inputs": {"a": {"shape": [7, 4]}},
        "layers": [{"LSTM": {"units": 4, "return_sequences": True}}, BIDIRECTIONAL],
    }
    outer = {"inputs": {"b": {"shape": [7, 4]}}, "layers": [{"Dense": 4}, {"inner": None, "name": "within"}]}
    report = archcompiler.check(
        {
            "archcompiler": 1,
            "name": "nested",
            "inputs": {"x": {"shape": [7, 4]}},
            "models": {"inner": inner, "outer": outer},
            "layers": [{"outer": None, "name": "first"}, {"outer": None, "name": "second"}],
        }
    )
    assert report.ok and report.graph is not None, report.errors
    found = sights(report.graph, "x")
    reason = "Bidirectional reads the steps backwards too"
    assert found["first"] == found["second"] == (Sight("ahead", ("first", "within", "both"), reason, place=SURE),)
