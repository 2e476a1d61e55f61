"""`python -m orchestra_cache.cli` is `orchestra-cache`."""

from __future__ import annotations

from orchestra_cache.cli import main

if __name__ == "__main__":
    main()
