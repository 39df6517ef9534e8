"""The web kernel: one middleware stack, forms, limits and lists, with no domain words."""

from advocacy.web import numbers as numbers
