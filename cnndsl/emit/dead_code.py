"""Steps of a method whose results nobody reads: what only computes is left out, what has other effects stays.

A module may have some, whoever reads what it gives: running statistics, the random numbers that a dropout draws. So may
whatever writes over what it takes.
"""

from __future__ import annotations

from ..functions import lookup
from ..graph import (
    Apply,
    BlockModule,
    Branch,
    Call,
    ExternModule,
    Known,
    LayerModule,
    Operate,
    PartModule,
    Pick,
    TapsModule,
    Unpack,
    Value,
)
from ..loops import every
from ..records import replace
from ..typed import Any, Callable, Iterable, Mapping, Sequence
from .plans import Decision, Next, Ran, Repeat
from .rendering import flattened

INPLACE = "inplace"
Reads = Callable[[Any], Iterable[int]]


def wastes(steps: Sequence[Any], uses: Mapping[int, int]) -> bool:
    """Whether any of these computes, joins or carries round a loop what is not read, or may do so: a loop inside of
    another one reads what this one hands on, and the other way round."""
    for step in steps:
        if computes(step):
            if not any(uses.get(value.number) for value in targets(step)) and is_pure(step):
                return True
        elif isinstance(step, (Branch, Decision)):
            if unread(step.joins, uses) or wastes(step.then, uses) or wastes(step.otherwise, uses):
                return True
        elif isinstance(step, Repeat):
            nested = any(isinstance(inner, Repeat) for inner in step.body)
            if nested or unread(step.flows, uses) or wastes(step.body, uses):
                return True
    return False


def computes(step: Any) -> bool:
    return isinstance(step, (Apply, Operate, Pick, Unpack, Call)) and step.target is not None


def is_pure(step: Any) -> bool:
    """Whether a step that computes does nothing else, as far as is known."""
    if isinstance(step, Apply):
        module: Any = step.module
        path: Any = step.path
        if isinstance(path, Next) and not path.each:
            return False  # what takes the next module of a list moves on to the one after it
        return all(map(gives_alone, module.modules if isinstance(module, Ran) else [module]))
    return not isinstance(step, Call) or is_pure_call(step)


def is_pure_call(step: Call) -> bool:
    function = lookup(step.function)
    if function is None or function.effects:
        return False
    if all(name != INPLACE for name, _ in step.keywords) and len(step.arguments) < 2:
        return True
    names = (parameter.name for parameter in function.parameters)
    given = {**dict(zip(names, step.arguments, strict=False)), **dict(step.keywords)}
    return not may_be_set(given.get(INPLACE))


def may_be_set(flag: Any) -> bool:
    """Whether an argument is anything but left out or False, as it stands."""
    return flag is not None and not (isinstance(flag, Known) and flag.value is False and not flag.spellings)


def gives_alone(module: Any) -> bool:
    """Whether a module does nothing but to give a tensor, whatever its class is built with."""
    if isinstance(module, LayerModule):
        flags = (argument.value for argument in module.arguments if argument.name == INPLACE)
        return not module.layer.effects and not any(map(may_be_set, flags))
    if isinstance(module, (BlockModule, TapsModule)):
        body = module.instance.body if isinstance(module, BlockModule) else module.cut.body
        return all(is_pure(step) for step in every(body) if isinstance(step, (Apply, Call)))
    if isinstance(module, PartModule):
        return gives_alone(module.module)
    is_known = module is not None and not isinstance(module, ExternModule)
    return is_known and all(gives_alone(child.module) for child in module.children)


def targets(step: Any) -> Sequence[Any]:
    return [value for value in flattened(step.target) if isinstance(value, Value)]


def unread(pairs: Sequence[Any], uses: Mapping[int, int]) -> bool:
    return any(not uses.get(pair.target.number) for pair in pairs)


def living(steps: Sequence[Any], needed: set[int], reads: Reads, results: Reads) -> tuple[Any, ...]:
    """The steps without those that compute what is not `needed` behind them; adds to it what they read."""
    kept: list[Any] = []
    for step in reversed(steps):
        if isinstance(step, (Branch, Decision)):
            step = living_fork(step, needed, reads, results)
        elif isinstance(step, Repeat):
            if (step := living_loop(step, needed, reads, results)) is None:
                continue
        elif computes(step) and not any(value.number in needed for value in targets(step)) and is_pure(step):
            continue
        needed.update(reads(step))
        kept.append(step)
    return tuple(reversed(kept))


def living_fork(step: Any, needed: set[int], reads: Reads, results: Reads) -> Any:
    """An `if` that leaves out what neither way is needed for."""
    behind, ways = set(needed), []
    joins = [join for join in step.joins if join.target.number in behind]
    for name in ("then", "otherwise"):
        result = getattr(step, f"{name}_result", None)
        inner = {getattr(join, name).number for join in joins}
        inner |= set(results(result)) if result else behind
        ways.append(living(getattr(step, name), inner, reads, results))
        needed |= inner
    return replace(step, then=ways[0], otherwise=ways[1], joins=type(step.joins)(joins))


def living_loop(step: Repeat, needed: set[int], reads: Reads, results: Reads) -> Repeat | None:
    """A loop whose rounds hand on what a later one, or what follows, needs; None if they do nothing then.

    Where only a list of modules says how often it turns, what takes them stays.
    """
    read, body, kept = set(needed), step.body, set[int]()
    is_led = step.count is None and not step.sources
    taken = [inner for inner in body if is_led and takes_next(inner)]
    leads = {value.number for inner in taken for value in targets(inner)}
    while True:
        flows = [flow for flow in step.flows if flow.target.number in read]
        inner = needed | kept | {flow.end.number for flow in flows}
        body = living(step.body, inner, reads, results)
        if leads - kept and (body or flows) and not any(map(takes_next, body)):
            kept = leads
        elif inner <= read:
            break
        read |= inner
    if not body and not flows:
        return None
    needed |= read | {flow.start.number for flow in flows} | {take.source.number for take in step.takes}
    return replace(step, body=body, flows=tuple(flows))


def takes_next(step: Any) -> bool:
    """Whether a round takes a module of a list, whatever its conditions and inner loops do."""
    return isinstance(step, Apply) and isinstance(step.path, Next)
