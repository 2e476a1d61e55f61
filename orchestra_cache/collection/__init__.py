"""What is kept in a store, and what goes."""

from __future__ import annotations

from orchestra_cache.collection.collect import collect
from orchestra_cache.collection.limits import Limits, Order
from orchestra_cache.collection.place import Place
from orchestra_cache.collection.report import Amount, Report
from orchestra_cache.collection.verify import Verified, verify

__all__ = ["Amount", "Limits", "Order", "Place", "Report", "Verified", "collect", "verify"]
