"""Groups: `{ … }` after a label, `Sequential { … }`, repetitions: modules in sequence, nothing else."""

from __future__ import annotations

from ..graph import Known, Maker, Type, Value
from ..layers import names as layer_names
from ..problems import CnnError, Problem, advise, fail
from ..source import Span
from ..syntax import tree as t
from ..typed import Any, Mapping
from .layered import Made
from .modules import Modules
from .operands import why_reserved
from .sequence import LABEL_LETTERS, Sequence
from .sites import within
from .state import Callee, template_place
from .things import Thing, describe, has_tensor


class Groups(Modules):
    """Builds what a maker expression means: a template's module, a group's, a repetition's."""

    def build_on(self, maker: Any, types: tuple[Type, ...], span: Span, options: Mapping[str, Thing]) -> Made:
        """The module for inputs of these types. `maker` is a Maker, or the tree of a group or repetition."""
        if isinstance(maker, Maker):
            return self.construct(maker, types, span, options)
        if options:
            raise fail("options-of-block", span, name="a group", option=next(iter(options)))
        if isinstance(maker, t.Group):
            return self.group(maker.body, types)
        sequence = Sequence(self, types)
        sequence.traced(maker)
        return sequence.done()

    def group(self, body: Any, types: tuple[Type, ...], definition: str | None = None) -> Made:
        """The nn.Sequential of a group, and what the last of its children gives."""
        sequence = Sequence(self, types)
        sequence.statements(body)
        return sequence.done(definition)

    def maker_of(self, node: Any, place: Any) -> Any:
        """What a label's right side makes: a Maker, a group or repetition (their trees), or Known None."""
        if isinstance(node, t.Group):
            return node
        if isinstance(node, t.Pipeline) and self.is_chain(node):
            return node
        if isinstance(node, t.Binary) and node.operator == "*" and self.is_chain(node.left):
            return node
        if isinstance(node, (t.Binary, t.Unary, t.Compare)) and any(map(self.is_made, within(node))):
            from .choosing import arrow_meant
            from .hints import lost_arrow

            if isinstance(node, t.Compare) and (meant := arrow_meant(None, node)):
                raise meant
            if isinstance(node, t.Binary) and node.operator == "//":  # what may be a comment of another language
                self.evaluate(node.right, template_place())
            left = self.try_static(node.left, template_place()) if isinstance(node, t.Binary) else None
            help, fix = lost_arrow(node, left) or (advise("label-alone"), None)
            facts: dict[str, object] = {"what": "an operation", "help": help}
            raise CnnError([Problem("label-on-value", node.span, facts, fix=fix)])
        if isinstance(node, t.Call) and isinstance(node.function, t.Call):
            node = node.function
        if isinstance(node, t.Call) and isinstance(node.function, t.Name):
            callee = self.evaluate(node.function, template_place())
            if isinstance(callee, Callee):
                raise on_function(callee.name, node)
            if isinstance(callee, Maker) and node.function.id not in self.written_labels:
                return self.given(callee, node, None)
        thing = self.evaluate(self.no_label(node), template_place())
        if isinstance(thing, Maker) or (isinstance(thing, Known) and thing.value is None):
            return thing
        if isinstance(thing, Callee):
            raise on_function(thing.name, node)
        if not has_tensor(thing):
            from .several import without_callee

            raise fail("label-on-value", node.span, what=describe(thing), help=without_callee(node))
        from .several import labelled_value

        raise labelled_value(node, describe(thing), self.labels)

    def no_label(self, node: Any) -> Any:
        """What stands behind a label, which is no other one; raises CnnError for `b: a`."""
        if isinstance(node, t.Name) and node.id in self.written_labels and node.id not in self.names:
            from .sharing import label_of_its_own

            help = label_of_its_own(node, self.scope) or advise("one-label", name=node.id)
            raise fail("label-as-value", node.span, name=node.id, help=help)
        return node

    def is_made(self, node: Any) -> bool:
        return isinstance(node, t.Name) and self.is_maker_name(node)

    def label_path(self, target: t.Name | t.Text) -> tuple[str, tuple[Known, ...]]:
        """The path that a label gives, checked: it becomes attribute names and state_dict keys. And its parts."""
        label = self.label_parts(target)
        path = target.id if isinstance(target, t.Name) else self.written_out(label, target)
        parts = path.split(".")
        most = self.session.limits.nesting // 2 - 1  # each is two brackets in the generated class
        if len(parts) > most:
            raise fail("nested-too-deep", target.span, limit=most, what="the parts of a label are")
        for part in parts:
            if not part or not LABEL_LETTERS.issuperset(part):
                raise fail("bad-label", target.span, label=repr(path)[1:-1])
        for place, part in enumerate(parts):
            holder = "ModuleDict" if place else "Module"
            if (code := why_reserved(part, holder)) is not None:
                raise fail(code, target.span, name=part, holder=holder)
        if has_tensor(self.names.get(parts[0])) and isinstance(self.names[parts[0]], Value):
            raise fail("label-is-value", target.span, name=parts[0])
        return path, label

    def label_parts(self, target: t.Name | t.Text) -> tuple[Known, ...]:
        """A label's text, and the numbers in it."""
        return (Known(target.id),) if isinstance(target, t.Name) else self.text_parts(target, told=True)


def on_function(name: str, node: Any) -> CnnError:
    """The problem for a label on what makes no module."""
    from .suggest import near

    return fail("label-on-function", node.span, name=name, **near(name, layer_names()))
