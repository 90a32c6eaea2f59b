"""Derivatives of functions that are called back: values, gradients and Hessians at a point.

The functions may be in another language, so each point costs one call of them and no more: the
derivatives come from the graph that the call has left, not from further calls.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import torch
from torch._C._functorch import is_functorch_wrapped_tensor, unwrap_if_dead

from .errors import DtypeError

__all__ = [
    "apply",
    "gradient",
    "hessian",
    "is_recorded",
    "use_calling_thread",
    "value_and_pull",
]

Function = Callable[..., torch.Tensor]
Pull = Callable[[torch.Tensor], tuple[torch.Tensor, ...]]


# ---- at a point ----------------------------------------------------------------------------------


def value_and_pull(function: Function, at: torch.Tensor) -> tuple[float, Pull]:
    """The value of a function at a point, and what `gradient()` makes its gradient there of.

    Args:
        function: from a tensor to a tensor of one element.
        at: the point.

    Raises:
        DtypeError: the function returned something else.

    Example:
        >>> value, pull = value_and_pull(lambda x: (x**2).sum(), torch.tensor([1.0, 2.0]))
        >>> value, gradient(pull)
        (5.0, tensor([2., 4.]))
    """
    value, pull = _vjp(_with_one_number(function), at)
    return value.item(), lambda weight: pull(weight.to(value))


def gradient(pull: Pull) -> torch.Tensor:
    """The gradient at the point of `value_and_pull()`: a pass back, and no call of the function."""
    with torch.no_grad():
        return pull(torch.ones(()))[0]


def hessian(function: Function, at: torch.Tensor) -> torch.Tensor:
    """The matrix of second derivatives at a 1-d point.

    The function is called once, with a tensor of one point: it need not work under `torch.vmap`.

    Args:
        function: from a 1-d tensor to a tensor of one element.
        at: the point.

    Raises:
        DtypeError: the function returned something else.

    Example:
        >>> hessian(lambda x: x[0] ** 2 * x[1], torch.tensor([1.0, 2.0]))
        tensor([[4., 2.],
                [2., 0.]])
    """
    first, pull = _vjp(torch.func.grad(_with_one_number(function)), at)
    directions = torch.eye(len(at), dtype=first.dtype, device=first.device)
    with torch.no_grad():
        rows = [pull(direction)[0] for direction in directions]
    return torch.stack(rows) if rows else directions


def is_recorded(x: torch.Tensor) -> bool:
    """Whether a derivative with respect to a tensor, or to what it comes of, is under way.

    Example:
        >>> is_recorded(torch.ones(2)), is_recorded(torch.ones(2, requires_grad=True))
        (False, True)
    """
    return x.requires_grad or is_functorch_wrapped_tensor(x)


def _vjp(function: Callable[..., Any], *at: torch.Tensor) -> tuple[Any, Callable[..., Any]]:
    found: Any = torch.func.vjp(function, *at)  # which may have a third part, if that is asked for
    return found[0], found[1]


def _with_one_number(function: Function) -> Function:
    return lambda x: _scalar(function(x))


def _scalar(value: Any) -> torch.Tensor:
    if not isinstance(value, torch.Tensor):
        raise DtypeError(
            f"The function returned a {type(value).__name__} and no tensor, so it has no gradient; "
            "compute its value by operations of tensors."
        )
    if value.numel() != 1:
        raise DtypeError(
            f"The function returned a tensor of shape {list(value.shape)}, and must return one "
            "number; sum() over it, for instance."
        )
    if not value.is_floating_point():
        raise DtypeError(f"The function returned {value.dtype}, which has no gradient.")
    return value.reshape(())


# ---- operations of autograd ----------------------------------------------------------------------


def apply(
    forward: Function, backward: Callable[..., Any], inputs: Sequence[torch.Tensor]
) -> torch.Tensor:
    """The value of `forward`, differentiated by `backward`.

    Args:
        forward: from the inputs to a tensor; called without a graph, so it may leave PyTorch.
        backward: from the gradient of the result, and the inputs, to the gradient of each input, or
            None where there is none. It may leave PyTorch as well, unless second derivatives are
            asked for.
        inputs: tensors.

    Example:
        >>> x = torch.tensor([3.0], requires_grad=True)
        >>> def square(x):
        ...     return torch.from_numpy(x.detach().numpy() ** 2)
        >>> apply(square, lambda gradient, x: [2 * x * gradient], [x]).backward()
        >>> x.grad
        tensor([6.])
    """
    return _Operation.apply(forward, backward, *inputs)


def use_calling_thread() -> None:
    """Makes autograd go back on the thread that asks for it, on GPUs too.

    A function of another language may be called on no other thread.
    """
    torch.autograd.set_multithreading_enabled(False)


class _Operation(torch.autograd.Function):
    @staticmethod
    def vmap(*_: Any) -> Any:
        raise DtypeError(
            "An operation by a function of another language takes one tensor at a time, and under "
            "torch$vmap() a tensor stands for many; give it the whole tensor, without torch$vmap()."
        )

    @staticmethod
    def forward(forward: Function, backward: Function, *inputs: torch.Tensor) -> torch.Tensor:
        result = forward(*inputs)
        # An input that is returned as it is would be taken for the one that is saved.
        return result.view_as(result) if any(result is given for given in inputs) else result

    @staticmethod
    def setup_context(ctx: Any, inputs: tuple[Any, ...], output: torch.Tensor) -> None:
        _, ctx.function, *tensors = inputs
        ctx.save_for_backward(*tensors)

    @staticmethod
    def backward(ctx: Any, gradient: torch.Tensor) -> tuple[torch.Tensor | None, ...]:
        # Of a level of torch.func that is over, wrappers remain, whose values are plain tensors.
        inputs = [unwrap_if_dead(tensor) for tensor in ctx.saved_tensors]
        given = [unwrap_if_dead(gradient), *inputs]
        twice = torch.is_grad_enabled() and not any(map(is_functorch_wrapped_tensor, given))
        back = _Backward.apply(ctx.function, *given) if twice else ctx.function(*given)
        _check_gradients(back, inputs)
        return None, None, *back


class _Backward(torch.autograd.Function):
    """A function's `backward`, recorded by torch.func.

    There, what leaves PyTorch is an error; a second derivative would silently lack it.
    """

    @staticmethod
    def forward(ctx: Any, function: Function, *inputs: torch.Tensor) -> tuple[Any, ...]:
        present: list[bool] = []

        def back(*inputs: torch.Tensor) -> tuple[torch.Tensor, ...]:
            gradients = function(*inputs)
            present[:] = [gradient is not None for gradient in gradients]
            return tuple(gradient for gradient in gradients if gradient is not None)

        results, ctx.pull = _vjp(back, *inputs)
        ctx.present = present
        left = iter(results)
        return tuple(next(left) if there else None for there in present)

    @staticmethod
    def backward(ctx: Any, *gradients: torch.Tensor) -> tuple[torch.Tensor | None, ...]:
        there = [gradient for gradient, is_there in zip(gradients, ctx.present) if is_there]
        return None, *ctx.pull(tuple(there))


def _check_gradients(
    gradients: Sequence[torch.Tensor | None], inputs: Sequence[torch.Tensor]
) -> None:
    if len(gradients) != len(inputs):
        raise DtypeError(
            f"`backward` must return a gradient for each input: {len(inputs)} of them, not "
            f"{len(gradients)}."
        )
    for place, (gradient, tensor) in enumerate(zip(gradients, inputs), 1):
        if gradient is not None and gradient.shape != tensor.shape:
            raise DtypeError(
                f"`backward` returned a gradient of shape {list(gradient.shape)} for input "
                f"{place}, whose shape is {list(tensor.shape)}."
            )
