"""The SSE Observatory: statistics and follow-up on the social and solidarity economy.

Registers and surveys become protected, traced, published figures; what governments agreed
becomes provisions with a computed status; both become documents whose every sentence can say
where it comes from.
"""

__version__ = "0.1.0"
