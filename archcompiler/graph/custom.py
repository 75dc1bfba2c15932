"""`custom_layers` and `custom_losses`: what the spec says of classes of the user's own; a check imports none."""

from __future__ import annotations

import keyword
from collections.abc import Mapping
from dataclasses import dataclass
from typing import cast

from archcompiler import dims
from archcompiler.diagnostics import Loc, PlacedNote, Problem
from archcompiler.layers.catalog import Argument, Entry, find
from archcompiler.layers.custom import Custom
from archcompiler.layers.rows import Call, MaskEffect, Result, Row
from archcompiler.layers.signature import Signature, SignatureError, bind, given_by, read_signature, size_of
from archcompiler.spec.frame import Framed
from archcompiler.spec.params import unknown_key
from archcompiler.spec.pasting import EXPRESSION, Paster
from archcompiler.spec.unknown import UNKNOWN
from archcompiler.tensors import TensorType
from archcompiler.wording import described

LAYER_KEYS = ("import", "description", "arguments", "signature", "params", "mask", "causal")
LOSS_KEYS = ("import", "description", "arguments")
MASKS = ("keep", "use", "drop")
SIGNATURE = '"(batch, steps, features) -> (batch, steps, features)"'


@dataclass(frozen=True, slots=True)
class _Case:
    """A signature, and the expression over the layer's arguments under which it holds."""

    signature: Signature
    when: str | None
    loc: Loc


def custom_classes(framed: Framed, section: str, problems: list[Problem]) -> dict[str, Custom]:
    """The classes under `section` by name; what is wrong with one is told, and its uses are not told again."""
    given = framed.spec.custom_layers if section == "custom_layers" else framed.spec.custom_losses
    reader = _Reader(framed.paster, framed.params, problems)
    found: dict[str, Custom] = {}
    for name, description in given.items():
        found[name] = reader.read(section, name, description)
    return found


@dataclass(frozen=True, slots=True)
class _Reader:
    paster: Paster
    params: Mapping[str, object]
    problems: list[Problem]

    def read(self, section: str, name: str, given: object) -> Custom:
        loc: Loc = (section, name)
        kind = "layers" if section == "custom_layers" else "losses"
        base = find("layers", "Dense") if kind == "layers" else None
        faulty = Custom(Entry(name, kind, "", {}, base.base_arguments if base else {}, False), "", loc)
        if not name.isidentifier() or (kind == "layers" and not name[:1].isupper()):
            message = f"`{name}` is no name of a class: those are written in CapWords"
            self._tell("ARC105", message, loc, "give it a name such as `Attenuate`", on_key=True)
            return faulty
        if find(kind, name) is not None:
            message = f"Keras has a class `{name}` of its own"
            help = f"give yours another name: `My{name}: {{import: …}}`"
            self._tell("ARC106", message, loc, help, on_key=True)
            return faulty
        if not isinstance(given, dict):
            given = {"import": given} if isinstance(given, str) and kind == "losses" else given
        if not isinstance(given, dict):
            message = f"`{name}` is described by a mapping, but this is {described(given)}"
            self._tell("ARC103", message, loc, f"write `{name}: {{import: package.module.{name}, signature: …}}`")
            return faulty
        mapping = cast("dict[str, object]", given)
        known = LAYER_KEYS if kind == "layers" else LOSS_KEYS
        for key in mapping:
            if key not in known:
                self.problems.append(unknown_key(key, known, (*loc, key), f"`{name}`"))
        path = self._path(name, mapping, loc)
        arguments = self._arguments(name, mapping.get("arguments"), (*loc, "arguments"))
        text = mapping.get("description")
        entry = Entry(name, kind, text if isinstance(text, str) else "", arguments, faulty.entry.base_arguments, False)
        if kind == "losses":
            return Custom(entry, path, loc)
        cases = self._cases(mapping, loc, frozenset(arguments))
        mask = mapping.get("mask", "drop")
        if mask not in MASKS:
            message = f"`mask` is `keep`, `use` or `drop`, but {described(mask)} is given"
            self._tell("ARC113", message, (*loc, "mask"), "`keep` where it passes through, `drop` where it is lost")
            mask = "drop"
        causal = mapping.get("causal", False)
        if not isinstance(causal, bool):
            message = f"`causal` is true or false, but {described(causal)} is given"
            self._tell("ARC103", message, (*loc, "causal"), "true where no step depends on later ones")
        counted = mapping.get("params")
        if not path or cases is None:
            return Custom(entry, path, loc)
        rule = _Rule(name, tuple(cases), counted, (*loc, "params"), self.params)
        several = any(len(case.signature.inputs) > 1 for case in cases)
        row = Row(
            name, rule, needs=cases[0].signature.text, inputs="several" if several else "one",
            mask=cast("MaskEffect", mask), time="past" if causal is True else "all",
        )  # fmt: skip
        return Custom(entry, path, loc, row, counted is not None, causal is True)

    def _path(self, name: str, mapping: dict[str, object], loc: Loc) -> str:
        path = mapping.get("import")
        if "import" not in mapping:
            help = f"write `import: package.module.{name}`"
            self._tell("ARC102", f"`{name}` says nowhere what is imported", loc, help, on_key=True)
            return ""
        parts = path.split(".") if isinstance(path, str) else []
        if len(parts) < 2 or not all(part.isidentifier() and not keyword.iskeyword(part) for part in parts):
            message = f"`import` is a module and what is in it, with dots between, but {described(path)} is given"
            self._tell("ARC113", message, (*loc, "import"), f"write `import: package.module.{name}`")
            return ""
        return cast("str", path)

    def _arguments(self, name: str, given: object, loc: Loc) -> dict[str, Argument]:
        if given is None:
            return {}
        if not isinstance(given, dict):
            message = f"`arguments` of `{name}` is a mapping of names to defaults, but {described(given)} is given"
            self._tell("ARC103", message, loc, "write `arguments: {rate: 0.5}`; without a value it is required")
            return {}
        found: dict[str, Argument] = {}
        for argument, written in cast("dict[str, object]", given).items():
            if not str(argument).isidentifier() or keyword.iskeyword(str(argument)):
                message = f"`{argument}` is no name of an argument"
                self._tell("ARC105", message, (*loc, argument), "a name is letters, digits and `_`", on_key=True)
                continue
            default = self.paster.paste(written, (*loc, argument), self.params)
            found[argument] = Argument(
                argument, "any", written is None, None if default is UNKNOWN else default, True, (), False, None, ""
            )
        return found

    def _cases(self, mapping: dict[str, object], loc: Loc, arguments: frozenset[str]) -> list[_Case] | None:
        """The layer's signatures; None where one cannot be read."""
        given, place = mapping.get("signature"), (*loc, "signature")
        if given is None:
            message = f"`{loc[1]}` says nowhere which shapes it takes and gives"
            self._tell("ARC102", message, loc, f"write `signature: {SIGNATURE}`", on_key=True)
            return None
        entries = cast("list[object]", given) if isinstance(given, list) else [given]
        found: list[_Case] = []
        for index, entry in enumerate(entries):
            at: Loc = (*place, index) if isinstance(given, list) else place
            when: object = None
            one = entry
            if isinstance(entry, dict):
                case = cast("dict[str, object]", entry)
                for key in case:
                    if key not in ("when", "is"):
                        self.problems.append(unknown_key(key, ("when", "is"), (*at, key), "a signature"))
                when, one, at = case.get("when"), case.get("is"), (*at, "is") if "is" in case else at
            if not isinstance(one, str):
                message = f"a signature is a text, but {described(one)} stands here"
                self._tell("ARC103", message, at, f"write {SIGNATURE}")
                return None
            try:
                signature = read_signature(one)
                for shape in signature.outputs:
                    for axis in shape:
                        if axis != "...":
                            size_of(axis, dict.fromkeys(signature.names, 2), dict.fromkeys(arguments, 2))
            except SignatureError as error:
                self._tell("ARC120", f"`{one}` is no signature: {error}", at, f"write {SIGNATURE}")
                return None
            condition = EXPRESSION.fullmatch(when.strip()) if isinstance(when, str) else None
            if when is not None and condition is None:
                message = f"`when` of a signature is an expression over arguments, but {described(when)} is given"
                self._tell("ARC103", message, (*place, index, "when"), 'write `when: "${return_sequences}"`')
                return None
            found.append(_Case(signature, condition.group(1) if condition else None, at))
        return found or None

    def _tell(self, code: str, message: str, loc: Loc, help: str, on_key: bool = False) -> None:
        self.problems.append(Problem(code, message, loc, on_key=on_key, help=help))


@dataclass(frozen=True, slots=True)
class _Rule:
    """What the layer takes and gives, as its signatures say."""

    name: str
    cases: tuple[_Case, ...]
    params: object
    params_loc: Loc
    around: Mapping[str, object]

    def __call__(self, call: Call) -> Result | Problem:
        arguments = {name: call.thing[name] for name in call.thing.entry.arguments}
        names = {**self.around, **arguments}
        case = self._case(names, call)
        if isinstance(case, Problem):
            return case
        note = (PlacedNote("its signature is here", case.loc, on_key=False),)
        try:
            bound = bind(case.signature, call.inputs, arguments)
            shapes = given_by(case.signature, bound, names)
        except SignatureError as error:
            return call.fault("ARC201", f"{self.name}: {error}", notes=note)
        try:
            params = self._count({**dict(bound)}, names)
        except SignatureError as error:
            return call.fault("ARC204", f"the weights of {self.name} cannot be counted: {error}", notes=note)
        first = TensorType(shapes[0], call.compute_dtype)
        outputs = [TensorType(one, call.compute_dtype) for one in shapes]
        if call.row.mask == "keep":
            masked = next((one for one in call.inputs if one.mask), call.inputs[0])
            outputs[0] = first.masked_as(masked)
        weights_for = tuple(size for one in call.inputs for size in one.axes if isinstance(size, int)) if params else ()
        return Result(tuple(outputs), params, built_for=weights_for)

    def _case(self, names: Mapping[str, object], call: Call) -> _Case | Problem:
        from archcompiler.spec.expressions import ExpressionError, evaluate

        for case in self.cases:
            try:
                if case.when is None or evaluate(case.when, names):
                    return case
            except ExpressionError as error:
                note = (PlacedNote("its signature is here", case.loc, on_key=False),)
                return call.fault("ARC107", f"`when` of a signature of {self.name}: {error}", notes=note)
        return call.fault("ARC201", f"{self.name} has no signature for these arguments", help="add one without `when`")

    def _count(self, bound: dict[str, object], names: Mapping[str, object]) -> int:
        """How many numbers it learns; none where the spec does not say."""
        if self.params is None:
            return 0
        text = str(self.params).strip()
        expression = EXPRESSION.fullmatch(text)
        found = size_of(expression.group(1) if expression else text, cast("dict[str, dims.Dim]", bound), names)  # pyright: ignore[reportArgumentType]
        if not isinstance(found, int):
            raise SignatureError(f"`{text}` is {dims.text(found)}")
        return found
