"""Deleting one version of an object on S3 by a signed URL, which needs no library of S3."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

__all__ = ["deleted"]

_VALID = timedelta(minutes=5)
_PATIENCE_SECONDS = 15.0
_CONFLICT = (409, 412)


def deleted(opened: Any, name: str, tag: str) -> bool | None:
    """Delete an object if this is its version.

    Args:
        opened: A store of obstore, which makes the URL.

    Returns:
        Whether it is gone; None if that did not work, and has to be done in another way.
    """
    import urllib.error
    import urllib.request

    import obstore
    from obstore import exceptions

    try:
        url = obstore.sign(opened, "DELETE", name, _VALID)
        asked = urllib.request.Request(url, method="DELETE", headers={"If-Match": tag})  # noqa: S310
        # To the place that everything else goes to: the URL is our own.
        with urllib.request.urlopen(asked, timeout=_PATIENCE_SECONDS):  # noqa: S310
            return True
    except urllib.error.HTTPError as refused:
        with refused:
            return _meant(refused.code, refused.read())
    except (OSError, exceptions.BaseError):
        return None


def _meant(status: int, body: bytes) -> bool | None:
    if status == 404 and b"<Code>NoSuchKey<" in body:
        return True
    return False if status in _CONFLICT else None
