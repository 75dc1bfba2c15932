"""What a program does, told without Keras: the calls that it makes, in their order. Structured code is held against the
plan by it, call by call, before it is emitted."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, cast

from archcompiler.layers.catalog import Entry, find
from archcompiler.layers.own import OWN_LAYERS
from archcompiler.plan.model import CUSTOM, OWN, Function, InputStep, LayerStep, Make, ModelPlan, Plan, Variable
from archcompiler.plan.model import CallStep as Call
from archcompiler.plan.model import FreezeStep as Freeze

DRAWS = ("initializer",)
"""Kinds of arguments whose objects draw numbers."""


@dataclass(slots=True)
class Event:
    """One thing that is done. `what` says it all but for the tensors and objects in `takes`."""

    what: tuple[object, ...]
    takes: tuple[int, ...]
    idle: bool = False
    """Whether it leaves no trace where nothing takes its results: it draws no number and makes no weight."""
    ends: bool = False
    """Whether it is done for its own sake: a model is made, or frozen."""
    label: object = None
    """For what part of the plan it is done."""


Shape = tuple[int | None, ...]


@dataclass(frozen=True, slots=True)
class Tensor:
    """A result of a call."""

    event: int
    result: int
    shape: Shape = ()
    shapes: tuple[Shape, ...] = ()
    """Those of all results of the call, where this stands for them."""
    groups: tuple[int, ...] = ()
    """How they are nested."""
    keys: tuple[str, ...] = ()
    """Their names, where they come in a dict."""

    def __getitem__(self, key: str) -> Tensor:
        at = self.keys.index(key)
        return Tensor(self.event, at, self.shapes[at])

    def __iter__(self) -> Iterator[object]:
        every = iter([Tensor(self.event, at, shape) for at, shape in enumerate(self.shapes)])
        for size in self.groups or (1,) * len(self.shapes):
            several = [next(every) for _ in range(size)]
            yield several[0] if size == 1 else several


@dataclass(slots=True)
class Recorder:
    """Stands for Keras: it notes what is called. `shapes` are those of the results of each layer, by its name."""

    shapes: Mapping[str, tuple[Shape, ...]]
    operations: Sequence[tuple[Shape, ...]] = ()
    """The shapes of what operations give, in the order in which they are called."""
    groups: Mapping[str, tuple[int, ...]] = field(default_factory=dict[str, tuple[int, ...]])
    """How the results of layers are nested, by the layer's name."""
    keys: Mapping[str, tuple[str, ...]] = field(default_factory=dict[str, tuple[str, ...]])
    """What the results of models that give a dict are called."""
    label: object = None
    events: list[Event] = field(default_factory=list[Event])
    _called: int = 0

    def note(self, *what: object, takes: tuple[int, ...] = (), idle: bool = False, ends: bool = False) -> int:
        self.events.append(Event(what, takes, idle, ends, self.label))
        return len(self.events) - 1

    def input(self, shape: Any = None, **given: object) -> Tensor:
        return Tensor(self.note("input", _plain(shape), _plain(given)), 0, (None, *cast("tuple[Any, ...]", shape)))

    def model(self, inputs: object, outputs: object, name: str) -> Made:
        takes = _tensors((inputs, outputs))
        at = self.note("model", name, _form(inputs), _form(outputs), takes=takes, ends=True)
        return Made(self, at, name, False)

    def made(self, section: str, name: str) -> Callable[..., Any]:
        """The class called `name`."""

        def make(*given: object, **keywords: object) -> Any:
            entry = find(section, name)
            named = _arguments(entry, given, keywords)
            if section != "layers":
                return (name, named)
            called = str(keywords.get("name"))
            at = self.note("make", name, named, takes=_tensors((given, keywords)), idle=is_idle(entry))
            return Made(self, at, called, is_idle(entry))

        return make

    def operation(self, name: str) -> Callable[..., Tensor]:
        def call(*given: object, **keywords: object) -> Tensor:
            at = self.note("ops", name, _form(given), _form(keywords), takes=_tensors((given, keywords)), idle=True)
            shapes = self.operations[self._called] if self._called < len(self.operations) else ((),)
            self._called += 1
            return Tensor(at, 0, shapes[0], shapes)

        return call

    def live(self) -> list[int]:
        """The events that count."""
        live: set[int] = set()
        for at in range(len(self.events) - 1, -1, -1):
            event = self.events[at]
            if event.ends or not event.idle or at in live:
                live.add(at)
                live.update(event.takes)
        return sorted(live)

    def told(self) -> list[tuple[object, ...]]:
        """The events that count, each with the tensors that it takes by the number of the event that made them."""
        live = self.live()
        numbers = {at: number for number, at in enumerate(live)}
        return [(*self.events[at].what, *(numbers[one] for one in self.events[at].takes)) for at in live]


class Made:
    """A layer or a model, which may be called and frozen."""

    def __init__(self, recorder: Recorder, event: int, name: str, idle: bool) -> None:
        object.__setattr__(self, "event", event)
        object.__setattr__(self, "_call", (recorder, name, idle))

    def __call__(self, *given: object, **keywords: object) -> Tensor:
        recorder, name, idle = cast("tuple[Recorder, str, bool]", self.__dict__["_call"])
        takes = (cast("int", self.__dict__["event"]), *_tensors((given, keywords)))
        at = recorder.note("call", _form(given), _form(keywords), takes=takes, idle=idle)
        shapes = recorder.shapes.get(name, ((),))
        return Tensor(at, 0, shapes[0], shapes, recorder.groups.get(name, ()), recorder.keys.get(name, ()))

    def __setattr__(self, name: str, value: object) -> None:
        recorder, _, _ = cast("tuple[Recorder, str, bool]", self.__dict__["_call"])
        recorder.note("set", name, value, takes=(cast("int", self.__dict__["event"]),), ends=True)


class Room:
    """A module of Keras: what is asked for in it is made by `get`."""

    def __init__(self, get: Callable[[str], object], **known: object) -> None:
        self.__dict__.update(known)
        self._get = get

    def __getattr__(self, name: str) -> object:
        return self._get(name)


def keras_of(recorder: Recorder) -> dict[str, object]:
    """The names that emitted code imports, standing for Keras."""
    layers = Room(lambda name: recorder.made("layers", name))
    operations = Room(recorder.operation)

    def room(section: str) -> object:
        return Room(lambda name: recorder.made(section, name))

    own = {name: recorder.made("layers", name) for name in OWN_LAYERS}
    keras = Room(room, Input=recorder.input, Model=recorder.model, layers=layers, ops=operations)
    return {"keras": keras, "layers": layers, "ops": operations, **own}


def traced(plan: Plan, recorder: Recorder, labels: Mapping[int, object]) -> None:
    """Carry the plan out on the recorder; `labels` are those of steps, by their ids."""
    models: dict[str, object] = {}
    for model in plan.models:
        models[model.variable] = _model(model, recorder, models, labels)


def _model(plan: ModelPlan, recorder: Recorder, models: dict[str, object], labels: Mapping[int, object]) -> object:
    known: dict[str, Any] = {name: models[name] for name in plan.models}

    def value(one: object) -> Any:
        if isinstance(one, Make):
            positional = [value(entry) for entry in one.positional]
            keywords = {key: value(entry) for key, entry in one.keywords}
            section = "layers" if one.module in (OWN, CUSTOM) else one.module
            return recorder.made(section, one.class_name)(*positional, **keywords)
        if isinstance(one, Variable):
            return known[one.name]
        if isinstance(one, Function):
            return recorder.operation(one.name)
        if isinstance(one, (list, tuple)):
            return [value(entry) for entry in cast("list[object]", one)]
        return one

    for step in plan.steps:
        recorder.label = labels.get(id(step))
        if isinstance(step, InputStep):
            given: dict[str, object] = {"name": step.name}
            if step.batch_size is not None:
                given["batch_size"] = step.batch_size
            if step.type.dtype != "float32":
                given["dtype"] = step.type.dtype
            known[step.variable] = recorder.input(shape=step.type.shape[1:], **given)
        elif isinstance(step, LayerStep):
            known[step.variable] = value(step.make)
        elif isinstance(step, Freeze):
            known[step.variable].trainable = False
        else:
            _call(step, known, value)
    outputs: Any = [known[variable] for _, variable in plan.outputs]
    if plan.form == "dict":
        outputs = {name: known[variable] for name, variable in plan.outputs}
    inputs = [known[name] for name in plan.inputs]
    return recorder.model(
        inputs if len(inputs) > 1 else inputs[0], outputs[0] if plan.form == "one" else outputs, plan.name
    )


def _call(step: Call, known: dict[str, Any], value: Callable[[object], Any]) -> None:
    callee = value(step.callee)
    arguments = [value(one) for one in step.arguments]
    keywords = {name: value(one) for name, one in step.keywords}
    result: Tensor = callee(arguments, **keywords) if step.as_list else callee(*arguments, **keywords)
    for at, target in enumerate(step.targets):
        if target is not None:
            known[target] = result if not at else Tensor(result.event, at)


def is_idle(entry: Entry | None) -> bool:
    """Whether making a layer of the class draws nothing and holds nothing, so that one too many does no harm."""
    if entry is None:
        return False
    return not any(one.kind in DRAWS or one.name in ("seed", "layer", "cell") for one in entry.arguments.values())


def _arguments(entry: Entry | None, given: tuple[object, ...], keywords: Mapping[str, object]) -> object:
    """Arguments by name, less those that are the class's defaults."""
    names: list[object] = [*entry.arguments] if entry else list(range(len(given)))
    named: dict[str, object] = {str(key): one for key, one in zip(names, given, strict=False)} | dict(keywords)
    known = {**entry.arguments, **entry.base_arguments} if entry else {}
    kept = {
        key: _form(value)
        for key, value in named.items()
        if key not in known or known[key].required or _form(known[key].default) != _form(value)
    }
    return tuple(sorted(kept.items(), key=lambda one: one[0]))


def _tensors(value: object) -> tuple[int, ...]:
    """The events whose results or objects stand in `value`."""
    found: list[int] = []
    _collect(value, found)
    return tuple(found)


def _collect(value: object, found: list[int]) -> None:
    if isinstance(value, Tensor):
        found.append(value.event)
    elif isinstance(value, Made):
        found.append(cast("int", value.__dict__["event"]))
    elif isinstance(value, (list, tuple)):
        for entry in cast("list[object]", value):
            _collect(entry, found)
    elif isinstance(value, dict):
        for entry in cast("dict[str, object]", value).values():
            _collect(entry, found)


def _form(value: object) -> object:
    """A value that can be compared; of tensors and objects only that they stand there, and which result they are."""
    if isinstance(value, Tensor):
        return ("tensor", value.result)
    if isinstance(value, Made):
        return "made"
    return _plain(value)


def _plain(value: object) -> object:
    if isinstance(value, (list, tuple)):
        return tuple(_form(one) for one in cast("list[object]", value))
    if isinstance(value, dict):
        entries = cast("dict[object, object]", value).items()
        return tuple(sorted((str(key), _form(one)) for key, one in entries))
    return (type(value).__name__, value)
