"""Names that a label cannot have: an nn.Module's own attributes (a test asks torch), and Python's keywords."""

from __future__ import annotations

from keyword import iskeyword

MODULE_ATTRIBUTES = frozenset(
    """
    T_destination _apply _backward_hooks _backward_pre_hooks _buffers _call_impl _compiled_call_impl
    _forward_hooks _forward_hooks_always_called _forward_hooks_with_kwargs _forward_pre_hooks
    _forward_pre_hooks_with_kwargs _get_backward_hooks _get_backward_pre_hooks _get_name
    _is_full_backward_hook _load_from_state_dict _load_state_dict_post_hooks _load_state_dict_pre_hooks
    _maybe_warn_non_full_backward_hook _modules _named_members _non_persistent_buffers_set _parameters
    _register_load_state_dict_pre_hook _register_state_dict_hook _replicate_for_data_parallel
    _save_to_state_dict _slow_forward _state_dict_hooks _state_dict_pre_hooks _version _wrapped_call_impl
    add_module apply bfloat16 buffers call_super_init children compile cpu cuda double dump_patches eval
    extra_repr float forward get_buffer get_extra_state get_parameter get_submodule half ipu load_state_dict
    modules mtia named_buffers named_children named_modules named_parameters parameters register_backward_hook
    register_buffer register_forward_hook register_forward_pre_hook register_full_backward_hook
    register_full_backward_pre_hook register_load_state_dict_post_hook register_load_state_dict_pre_hook
    register_module register_parameter register_state_dict_post_hook register_state_dict_pre_hook
    requires_grad_ set_extra_state set_submodule share_memory state_dict to to_empty train training type xpu
    zero_grad
    """.split()  # noqa: SIM905
)


HOLDERS = {  # what each has beside the attributes of every module
    "Module": frozenset(),
    "ModuleDict": frozenset(("clear", "items", "keys", "pop", "update", "values")),
    "Sequential": frozenset(("_get_item_by_idx", "append", "extend", "insert", "pop")),
}


def why_reserved(name: str, holder: str = "Module") -> str | None:
    """The problem code that refuses a name for a child of an nn.Module, nn.ModuleDict or nn.Sequential; or None."""
    if name in HOLDERS[holder]:
        return "label-is-attribute"
    if iskeyword(name) and holder != "ModuleDict":
        return "label-is-keyword"
    if name in MODULE_ATTRIBUTES:
        return "label-is-attribute"
    if (name == "self" and holder != "ModuleDict") or (name.startswith("__") and name.endswith("__")):
        return "label-is-reserved"
    return None


def is_extern_path(path: str) -> bool:
    """`package.module:Class`, all of it identifiers."""
    module, _, name = path.partition(":")
    parts = [*module.split("."), name]
    return all(part.isidentifier() and part.isascii() and not iskeyword(part) for part in parts)
