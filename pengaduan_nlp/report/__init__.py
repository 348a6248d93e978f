"""The periodic report: what came in, counted, as one HTML page without personal data or text.

Knows results of triage and how to count them; every small count is hidden before a page is made.
"""

from .model import DeferredTriage
from .writer import Written, write_report

__all__ = ["DeferredTriage", "Written", "write_report"]
