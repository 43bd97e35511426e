"""forward() of a class before it is printed: which step stands on which line, and which variable holds each value."""

from __future__ import annotations

from itertools import product

from ..graph import Branch, Call, Instance, Join, Known, ListModule, Make, Own, SequentialModule, Value
from ..lean import Counter, partial
from ..loops import every
from ..records import replace
from ..shapes import TensorType
from ..typed import Any, Container, Iterator, Mapping, Sequence
from .blocks import Block, Folding
from .contents import steps_of
from .expressions import member, quoted
from .formulas import question
from .members import element_names, label_text, module_names
from .names import MODULE_ATTRIBUTES, TAKEN, Taken, safe
from .naming import Naming, forward_names
from .plans import Decision, Demand, Formatted, Group, Next, Plan, Repeat, made_in
from .rendering import Rendering, flattened
from .tested import Tested

SEVERAL = 3  # conditions that are asked more than once, of which all ways are looked at


def is_whole(plan: Plan) -> bool:
    """Whether every value that forward() takes is made on every way to where it is taken."""
    method = Method(plan, ())
    given = {value.number for value in plan.inputs} | {own.target.number for own in method.owns}
    if method.naming.liveness.entering <= given:
        return True
    texts = Counter(question(step.condition)[0] for step in every(plan.body) if isinstance(step, Decision))
    several = [text for text, count in texts.items() if text and count > 1]
    if not 0 < len(several) <= SEVERAL:
        return False
    ways = (dict(zip(several, way, strict=True)) for way in product((True, False), repeat=len(several)))
    methods = (Method(replace(plan, body=gone(plan.body, way)), ()) for way in ways)
    return all(one.naming.liveness.entering <= given for one in methods)


def gone(body: Sequence[Any], ways: Mapping[str, bool]) -> tuple[Any, ...]:
    """A body in which what decides by some tests of the arguments goes one way: whichever it takes is that one."""
    return tuple(gone_step(step, ways) for step in body)


def gone_step(step: Any, ways: Mapping[str, bool]) -> Any:
    if isinstance(step, Repeat):
        return replace(step, body=gone(step.body, ways))
    if not isinstance(step, (Branch, Decision)):
        return step
    arms = gone(step.then, ways), gone(step.otherwise, ways)
    results, joined = (step.then_result, step.otherwise_result), [(j.then, j.otherwise) for j in step.joins]
    text, way = question(step.condition) if isinstance(step, Decision) else ("", True)
    if text in ways:
        side = int(ways[text] is not way)
        arms, results, joined = (arms[side],) * 2, (results[side],) * 2, [(pair[side],) * 2 for pair in joined]
    joins = [Join(join.target, *pair) for join, pair in zip(step.joins, joined, strict=True)]
    changed: dict[str, Any] = {"then_result": results[0], "otherwise_result": results[1]}
    changed["joins"] = type(step.joins)(joins)
    return replace(step, then=arms[0], otherwise=arms[1], **changed)


def lists_of(member: Instance) -> Iterator[Any]:
    """What makes the lists of modules of an instance."""
    made = (step for step in every(member.body) if isinstance(step, Make))
    return (step for step in made if isinstance(step.module, ListModule))


class Method:
    """`taken` are the names of the file, `built` is what the class that this one cuts makes, by path."""

    def __init__(self, plan: Plan, taken: Container[str], built: Mapping[str, Any] | None = None):
        self.plan, self.taken, self.built = plan, taken, built
        self.paths = dict(made_in(plan.body))
        self.tested = Tested(plan.body)
        self.owns = [step for step in steps_of(plan.body) if isinstance(step, Own)]
        taken = {*self.paths, *(own.name for own in self.owns), *MODULE_ATTRIBUTES}
        formatted = [path for path in self.paths if isinstance(path, Formatted)]
        self.attributes = {slot.key: self.attribute(slot.name, taken, formatted) for slot in plan.slots}
        self.names_in_forward = {key: f"self.{name}" for key, name in self.attributes.items()} | plan.locals
        self.rendering = Rendering(self.access, self.names_in_forward, self.device())
        self.block, self.naming = self.folded()

    @staticmethod
    def attribute(name: str, taken: Container[str], formatted: Sequence[Formatted]) -> str:
        """Where forward() finds a constructor argument."""
        while name in taken or any(path.may_be(name) for path in formatted):
            name += "_"
        return name

    def folded(self) -> tuple[Block, Naming]:
        """What stands on which line of forward(), and which variable holds each value."""
        plan, rendering = self.plan, self.rendering
        rendering.owned = {own.target.number: member(own.name) for own in self.owns}
        if plan.starred:
            rendering.owned |= {value.number: f"{self.star()}[{i}]" for i, value in enumerate(plan.inputs)}
        words = self.words()
        self.modules = module_names(plan.body, words)
        rendering.lengths = {s.path: len(s.module.children) for s in lists_of(plan.members[0])}
        rendering.element_names = lambda lists: element_names(lists, words)
        inputs = () if plan.starred else plan.inputs
        sizes_of = partial(self.sizes, inputs, Taken(words, self.modules.values()))
        body = [step for step in plan.body if not isinstance(step, Demand)]
        block = Folding(rendering, self.condition, sizes_of).block(body, plan.result)
        elements = {word for made in rendering.listed.values() for word in element_names(made.lists, words).values()}
        stars = [self.star()] if plan.starred else []
        turning = [step for step in every(plan.body) if isinstance(step, Repeat)]
        read = forward_names(turning) if plan.locals else frozenset()
        loops = {plan.locals[name] for name in read & plan.locals.keys()}  # whose rounds no value may write over
        taken = Taken(self.taken, {*stars, *self.modules.values(), *elements, *loops, *rendering.sizes.values()})
        naming = Naming(block, inputs, taken, rendering.inlined)
        rendering.variables = naming.names
        return block, naming

    def sizes(self, inputs: Sequence[Value], taken: Taken, reads: Mapping[Any, int]) -> Mapping[Any, str]:
        """The names of sizes that are read so often."""
        from .named_sizes import named_sizes  # most classes read none

        return named_sizes(reads, inputs, self.plan.members[0], taken)

    def words(self) -> Taken:
        """The names that forward() has for what is no module."""
        values = [step for step in steps_of(self.plan.body) if hasattr(step, "target")]
        named = {value.name for value in flattened([*self.plan.inputs, *(s.target for s in values)]) if value}
        own = {*self.plan.locals.values(), *(safe(name) for name in named if name)}
        return Taken(self.taken, TAKEN, own)

    def star(self) -> str:
        return safe(self.plan.inputs[0].name or "inputs") if self.plan.inputs else "inputs"

    def device(self) -> Value | None:
        first = next((value for value in self.plan.inputs if isinstance(value.type, TensorType)), None)
        makes = any(isinstance(step, Call) for step in steps_of(self.plan.body))
        return first if makes else None

    def access(self, path: Any) -> str:
        """The expression for a module at a path: containers are indexed as torch types them."""
        if isinstance(path, Next):
            return self.modules[path.name] if path.each else f"next({self.modules[path.name]})"
        if isinstance(path, Formatted):
            return f"self.get_submodule({label_text(path.label, self.names_in_forward)})"
        first, *rest = path.split(".")
        in_loop = first not in (self.paths if self.built is None else self.built)
        if in_loop or len(rest) > 1:  # what a loop makes, and what a container holds, is any Module to a type checker
            return f"self.get_submodule({quoted(path)})"
        text, module = member(first), self.paths.get(first)
        for part in rest:
            children = {child.name: child.module for child in getattr(module, "children", ())}
            is_dict = isinstance(module, Group) and module.is_dict
            if isinstance(module, (ListModule, SequentialModule, Group)) and part.isdigit() and not is_dict:
                text += f"[{part}]"
            elif isinstance(module, (SequentialModule, Group)) and not is_dict:
                text += f".get_submodule({quoted(part)})"
            else:
                text = f"{text}[{quoted(part)}]" if children else member(part, text)
            module = children.get(part)
        return text

    def condition(self, step: Any) -> Known | str:
        """The test that forward() makes: the mode, a size, or whether the constructor made a module."""
        if isinstance(step, Branch):
            return "self.training" if step.condition.value == "training" else step.condition
        return self.tested.test(step) or step.condition
