"""Tensors as text: what `print` and `str` show of them in R."""

from __future__ import annotations

from typing import Any

import torch

from .dtypes import dtype_name

__all__ = ["first_values", "headline", "lines", "one_line"]


def headline(tensor: torch.Tensor) -> str:
    """What a tensor is, in one line: dtype, shape, device.

    Example:
        >>> headline(torch.ones(2, 3, requires_grad=True))
        'float32 tensor [2, 3] on cpu, requires_grad'
    """
    layout = "" if tensor.layout == torch.strided else f"{str(tensor.layout)[6:]} "
    kind = "parameter" if isinstance(tensor, torch.nn.Parameter) else "tensor"
    extents = "nested" if tensor.is_nested else list(tensor.shape)
    grad = ", requires_grad" if tensor.requires_grad else ""
    return f"{dtype_name(tensor.dtype)} {layout}{kind} {extents} on {tensor.device}{grad}"


def lines(tensor: torch.Tensor, most: float) -> list[str]:
    """A tensor's values as PyTorch shows them, at most so many lines, and its headline.

    Example:
        >>> lines(torch.tensor([[1, 2], [3, 4]]), 10)
        ['[[1, 2],', ' [3, 4]]', '<int64 tensor [2, 2] on cpu>']
    """
    shown = _values(tensor).split("\n")
    if len(shown) > most:
        left = len(shown) - int(most)
        shown = [*shown[: int(most)], f"... {left} more line" + ("s" if left > 1 else "")]
    return [line for line in shown if line.strip()] + [f"<{headline(tensor)}>"]


def _values(tensor: torch.Tensor) -> str:
    if tensor.is_meta:
        return "..."
    plain = tensor.detach()
    if plain.is_quantized:
        plain = plain.dequantize()
    text = repr(plain)
    if plain.layout != torch.strided or plain.is_nested or not text.startswith("tensor("):
        return text
    # What follows the values (dtype=, device=, size=) has no bracket.
    end = text.rfind("]") + 1
    inner = text[7:end] if end > 0 else text[7:].partition(",")[0].rstrip(")")
    return inner.replace("\n" + " " * 7, "\n")


def first_values(tensor: torch.Tensor, most: float) -> str:
    """The first values, the first index varying fastest, as R's `str` shows a vector's.

    Example:
        >>> first_values(torch.tensor([[1.5, 2.0], [3.0, 4.0]]), 3)
        '1.5 3 2 ...'
    """
    if tensor.is_meta or tensor.is_nested or tensor.layout != torch.strided:
        return "..."
    found: list[Any] = []
    plain = tensor.detach()
    if plain.is_quantized:
        plain = plain.dequantize()
    for position in range(min(int(most), plain.numel())):
        index = []
        for extent in plain.shape:
            index.append(position % extent)
            position //= extent
        found.append(plain[tuple(index)])
    if not found:
        return ""
    texts = [_short(value) for value in torch.stack(found).tolist()]
    return " ".join(texts) + (" ..." if plain.numel() > len(found) else "")


def one_line(tensor: torch.Tensor, most: float) -> str:
    """A tensor's headline and its first values.

    Example:
        >>> one_line(torch.tensor([1, 2, 3]), 2)
        'int64 tensor [3] on cpu: 1 2 ...'
    """
    return f"{headline(tensor)}: {first_values(tensor, most)}".strip()


def _short(value: Any) -> str:
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    return f"{value:.3g}" if isinstance(value, float) else str(value)
