"""The names in the expressions of an item: the values around it, and the sizes of what it is given."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from archcompiler import dims
from archcompiler.graph.ir import Ref
from archcompiler.graph.scopes import Alias, Scope, first_source, settle
from archcompiler.spec.pasting import NotKnown, OpenSize, UsesUnknown
from archcompiler.tensors import TensorType

SIZED = ("previous", "input")
TypeOf = Callable[[Ref], "TensorType | None"]


class Seen(Mapping[str, object]):
    """`values`, and under `previous`, `input` and the names of a block's inputs sizes, worked out where they are asked
    for.

    `previous` is the item before, `input` what the block is given, the first of its inputs; outside a block, what the
    item takes, as `given` by its `from`.
    """

    def __init__(self, values: Mapping[str, object], type_of: TypeOf, scope: Scope, given: object) -> None:
        self._values = values
        self._type_of = type_of
        self._scope = scope
        self._given = given

    def __getitem__(self, name: str) -> object:
        return self._values[name] if name in self._values or not self._is_sized(name) else self._sizes(name)

    def __contains__(self, name: object) -> bool:
        return name in self._values or self._is_sized(name)

    def _is_sized(self, name: object) -> bool:
        return name in SIZED or (self._scope.block is not None and name in self._scope.input_names)

    def is_tensor(self, name: str) -> bool:
        """Whether it is the name of a tensor, whose sizes cannot be asked for by it."""
        return name in self._scope

    def __iter__(self) -> Iterator[str]:
        return iter(self._values)

    def __len__(self) -> int:
        return len(self._values)

    def _sizes(self, word: str) -> list[object]:
        """The sizes without the batch axis.

        Raises:
            NotKnown: what they are sizes of comes later, or is not one tensor.
            UsesUnknown: it has a mistake, which is told.
        """
        scope, source = self._scope, scope_source(self._scope, word, self._given)
        ref = settle(source)
        if ref is None and isinstance(source, Alias) and not _comes_later(source):
            raise UsesUnknown
        typed = self._type_of(ref) if ref is not None else None
        if typed is None:
            several = source is None and len(scope.input_names) > 1
            why = "there is no one tensor before this item" if several else "it takes what comes later"
            raise NotKnown(f"the sizes of `{word}` are not known here: {why}")
        return [one if isinstance(one, int) else OpenSize(dims.text(one)) for one in typed.axes[1:]]


def _comes_later(alias: Alias) -> bool:
    """Whether what cannot be followed by now is there for all that."""
    while True:
        name = alias.source.partition(".")[0] if isinstance(alias.source, str) else ""
        further = alias.scope.names.get(name) if name else alias.source
        if not isinstance(further, Alias):
            return name in alias.scope
        alias = further


def scope_source(scope: Scope, word: str, given: object) -> Ref | Alias | None:
    """What `previous` or `input` stands for where sizes are asked for."""
    if scope.block is not None and word in scope.input_names:
        return Alias(scope, word)
    if word == "input" and scope.block is not None:
        return Alias(scope, next(iter(scope.input_names)))
    source = first_source(given) if word == "input" else None
    return Alias(scope, source) if source is not None else scope.previous
