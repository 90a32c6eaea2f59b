"""Tensors as text: what `print` and `str` show of them in R."""

from __future__ import annotations

from typing import Any

import torch

from .dtypes import dtype_name
from .memory import few_values
from .sparse import is_wrapped

__all__ = ["first_values", "headline", "one_line", "shown"]


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


def shown(tensor: torch.Tensor, most: float, width: float) -> dict[str, Any]:
    """What R prints of a tensor: so much of it that it fills so many lines, or lines of text.

    Args:
        tensor: any tensor.
        most: how many lines there are room for.
        width: how many characters a line has.

    Returns:
        ``part``: a tensor of as many dimensions, with the first values; None where R has none of
        them, and then ``lines`` tells what there is. ``count``: of how many values; ``cut``:
        whether there are more. ``headline``.

    Example:
        >>> found = shown(torch.zeros(1000, 3), 10, 80)
        >>> found["part"].shape, found["count"], found["cut"]
        (torch.Size([10, 3]), 3000.0, True)
    """
    found: dict[str, Any] = {"part": None, "lines": [], "count": 0.0, "cut": False}
    found["headline"] = headline(tensor)
    if tensor.is_meta:
        return {**found, "lines": ["..."]}
    plain = tensor.detach()
    if plain.is_quantized:
        plain = plain.dequantize()
    if plain.layout != torch.strided:
        return {**found, **_entries(plain, int(most))}
    if plain.is_nested or is_wrapped(plain):
        return {**found, "lines": repr(plain).split("\n")}
    part = plain[tuple(slice(room) for room in _rooms(plain, int(most), int(width)))]
    return {**found, "part": part, "count": float(plain.numel()), "cut": part.shape != plain.shape}


def _rooms(tensor: torch.Tensor, lines: int, width: int) -> list[int]:
    """How many slices along each dimension R can show at most in so many lines."""
    lines = max(lines, 1)
    if tensor.ndim == 1:
        return [lines * width]
    rooms = [lines, lines * width]
    for extent in tensor.shape[2:]:
        rooms.append(lines)
        lines = -(-lines // max(1, min(extent, lines)))
    return rooms[: tensor.ndim]


def _entries(sparse: torch.Tensor, most: int) -> dict[str, Any]:
    """The first stored values with their indices, from 1 as in R."""
    try:
        coo = sparse.to_sparse_coo().coalesce()
        values, indices = coo.values(), coo.indices()[:, :most] + 1
    except RuntimeError:  # a layout that PyTorch does not convert
        return {"lines": repr(sparse).split("\n")}
    lines = [
        f"[{', '.join(str(i) for i in index)}] {_short(value)}"
        for index, value in zip(indices.T.tolist(), values[:most].tolist())
    ]
    count = int(indices.shape[1] if values.ndim == 0 else values.shape[0])
    return {"lines": lines, "count": float(count), "cut": count > len(lines)}


def first_values(tensor: torch.Tensor, most: float) -> str:
    """The first values, the first index varying fastest, as R's `str` shows a vector's.

    Example:
        >>> first_values(torch.tensor([[1.5, 2.0], [3.0, 4.0]]), 3)
        '1.5 3 2 ...'
    """
    unseen = tensor.is_meta or tensor.is_nested or is_wrapped(tensor)
    if unseen or tensor.layout != torch.strided:
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
    texts = [_short(value) for value in few_values(torch.stack(found))]
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
