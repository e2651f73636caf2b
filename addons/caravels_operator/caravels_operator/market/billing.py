"""What a retailer bills and pays for what the community left over (engines B.2)."""

from dataclasses import dataclass

from .arithmetic import Ints, money_of
from .tariffs import PPM


@dataclass(frozen=True, slots=True)
class Bill:
    """Legs of each member and period [micro-units], each shape (M, T)."""

    retail_micro: Ints
    """Avoidable part of the residual import, without tax."""
    unavoidable_micro: Ints
    """Unavoidable part of all metered import, without tax."""
    tax_micro: Ints
    feed_in_micro: Ints
    """Paid by the retailer for the residual export."""

    @property
    def total_micro(self) -> Ints:
        """Return what the member pays for what it imported; the three legs sum to it exactly."""
        return self.retail_micro + self.unavoidable_micro + self.tax_micro


def bill(
    import_wh: Ints,
    residual_import_wh: Ints,
    residual_export_wh: Ints,
    retail_micro_kwh: Ints,
    avoidable_micro_kwh: Ints,
    vat_ppm: Ints,
    feed_in_micro_kwh: Ints,
) -> Bill:
    """Bill all members and periods; every argument has shape (M, T).

    The total is rounded once, and its tax once. The unavoidable leg is what the bill would be without residual import,
    less its own tax; the avoidable leg takes the rest, so without residual import it is 0.
    """
    unavoidable_micro_kwh = retail_micro_kwh - avoidable_micro_kwh
    total = (residual_import_wh * avoidable_micro_kwh + import_wh * unavoidable_micro_kwh + 500) // 1_000
    tax = _tax_within(total, vat_ppm)
    fixed = money_of(import_wh, unavoidable_micro_kwh)
    unavoidable = fixed - _tax_within(fixed, vat_ppm)
    return Bill(total - tax - unavoidable, unavoidable, tax, money_of(residual_export_wh, feed_in_micro_kwh))


def _tax_within(total_micro: Ints, vat_ppm: Ints) -> Ints:
    tax: Ints = (total_micro * vat_ppm + PPM // 2) // PPM
    return tax
