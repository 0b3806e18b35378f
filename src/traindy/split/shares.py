"""Random shares that depend on a label, a seed and an id only: the same on every engine and machine."""

from fractions import Fraction

import ibis
from ibis.expr.types import BooleanValue, IntegerValue, StringValue

HEX_DIGITS = 32


def draw(label: str, *parts: StringValue) -> StringValue:
    """A uniform random number as 32 hexadecimal digits of text: the MD5 of label/part/part…"""
    key: StringValue = ibis.literal(label)
    for part in parts:
        key = key + "/" + part
    return key.hexdigest("md5")


def in_share(share: float, label: str, id_: StringValue) -> BooleanValue:
    """Whether an id falls into a random share, 0 <= share <= 1, which contains every smaller one."""
    if share >= 1:
        return ibis.literal(True)
    bound = format(int(exact(share) * 16**HEX_DIGITS), f"0{HEX_DIGITS}x")
    return draw(label, id_) < bound


def rounded(share: float, n: IntegerValue) -> IntegerValue:
    """share * n rounded half up, exactly."""
    s = exact(share)
    return (n * (2 * s.numerator) + s.denominator) // (2 * s.denominator)


def exact(share: float) -> Fraction:
    """The decimal number that was written, 0.3 and not its nearest binary one."""
    return Fraction(repr(share))
