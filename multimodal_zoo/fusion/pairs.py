"""A product of two, for any number of factors: the sum over all pairs."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from keras import ops


def sum_over_pairs(factors: Sequence[Any], product: Callable[[Any, Any], Any] = ops.multiply) -> Any:
    """Sums the products of all pairs i < j; a factor alone is its own answer.

    The product is bilinear, so the pairs that end in factor j are the product of j with the sum of those
    before it: one product for each factor, not one for each pair.

    Args:
        factors: one or more tensors of the same shape.
        product: a bilinear function of two of them.

    Returns:
        A tensor of the shape of the product.

    Example:
        >>> sum_over_pairs([np.array(2.0), np.array(3.0), np.array(5.0)])
        31.0
    """
    before, *others = factors
    if not others:
        return before
    products = []
    for factor in others:
        products.append(product(before, factor))
        before = before + factor
    return sum(products[1:], start=products[0])
