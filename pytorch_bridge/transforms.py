"""Whether a transform of functions (torch.func.grad, vmap and the like) is under way."""

from __future__ import annotations

from torch._C import _functorch

__all__ = ["transform_level"]

#: A function: None outside all transforms. PyTorch before 2.2 has the second one only.
transform_level = getattr(_functorch, "maybe_current_level", _functorch.peek_interpreter_stack)
