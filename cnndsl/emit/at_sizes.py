"""A model at sizes that are numbers: does it take them, what comes out, which sizes near by would do. Runs nothing."""

from __future__ import annotations

from ..dims import Condition, Dim, Requirements
from ..graph import Model, Type
from ..records import dataclass
from ..shapes import TensorType
from ..typed import Any, Iterable, Iterator, Mapping

FAR = 4_096  # how far a good size is looked for where several sizes meet in one condition


@dataclass(frozen=True)
class At:
    """What a model says to some sizes of its inputs."""

    sizes: Mapping[str, int]
    failed: tuple[str, ...]  # requirements that do not hold
    in_training: tuple[str, ...]  # requirements of training alone that do not hold
    outputs: tuple[str, ...]  # empty if some do not
    nearest: tuple[str, ...]  # changes of the sizes that make them hold

    def __str__(self) -> str:
        if not self.failed:
            alone = f" (in evaluation; training needs {' and '.join(self.in_training)})" if self.in_training else ""
            return f"at {self.where}: {', '.join(self.outputs)}{alone}"
        return f"at {self.where}: refused, {' and '.join(self.failed)} must hold"

    @property
    def where(self) -> str:
        return ", ".join(f"{name}={value}" for name, value in self.sizes.items())

    def to_json(self) -> dict[str, Any]:
        return {
            "sizes": dict(self.sizes),
            "accepted": not self.failed,
            "failed": list(self.failed),
            "failed_in_training": list(self.in_training),
            "outputs": list(self.outputs),
            "nearest": list(self.nearest),
        }


def at(model: Model, sizes: Mapping[str, int], outputs: Mapping[str, Type]) -> At:
    """The verdict on these sizes; a size that is not given may be any."""
    own = {name: value for name, value in sizes.items() if name in free_sizes(model)}
    evaluation = dict.fromkeys((*model.promises, *model.requirements.conditions))
    failed = tuple(failures(evaluation, own))
    if failed:
        return At(own, failed, (), (), tuple(nearest(model, own)))
    more = [part for part in (model.training_requirements or model.requirements).conditions if part not in evaluation]
    found = tuple(str(put_in(kind, own)) for kind in outputs.values())
    return At(own, (), tuple(failures(more, own)), found, ())


def free_sizes(model: Model) -> tuple[str, ...]:
    """The names of the sizes that a caller chooses, in the order of the inputs."""
    types = [value.type for value in model.instance.inputs if isinstance(value.type, TensorType)]
    sizes = [size for kind in types for size in kind.shape if isinstance(size, Dim)]
    return tuple(dict.fromkeys(name for size in sizes for name in sorted(size.symbols)))


def failures(conditions: Iterable[Condition], sizes: Mapping[str, int]) -> Iterator[str]:
    return (str(condition) for condition in conditions if not holds(condition, sizes))


def holds(condition: Condition, sizes: Mapping[str, int]) -> bool:
    """Whether some sizes that are not given can still make it hold."""
    return condition.subs(sizes).decide() is not False


def nearest(model: Model, sizes: Mapping[str, int]) -> Iterator[str]:
    """For each size, the nearest good ones below and above: alone good, and if they exist good beside the others."""
    needs = model.requirements
    best: dict[str, int] = {}
    for name, value in sizes.items():
        found = [near for near in needs.nearest(name, value) if near is not None]
        if value not in found and found:
            best[name] = min(found, key=lambda near: abs(near - value))
            yield f"{name}={' or '.join(str(near) for near in found)}"
    if takes(needs, {**sizes, **best}):
        return
    for name, value in sizes.items():
        change = beside(needs, {**sizes, **best}, name)
        if change and change != best.get(name, value):
            yield f"{name}={change} beside the other{'s' if len(sizes) > 2 else ''}"


def beside(needs: Requirements, sizes: Mapping[str, int], name: str) -> int | None:
    """The nearest size that is good with the others as they are."""
    value = sizes[name]
    steps = (value + sign * step for step in range(1, FAR) for sign in (-1, 1))
    return next((n for n in steps if n > 0 and takes(needs, {**sizes, name: n})), None)


def takes(needs: Requirements, sizes: Mapping[str, int]) -> bool:
    return all(holds(condition, sizes) for condition in needs.conditions)


def put_in(kind: Type, sizes: Mapping[str, int]) -> Any:
    if isinstance(kind, TensorType):
        return TensorType(tuple(s.subs(sizes) if isinstance(s, Dim) else s for s in kind.shape), kind.dtype)
    return tuple(put_in(item, sizes) for item in kind) if isinstance(kind, (tuple, list)) else kind
