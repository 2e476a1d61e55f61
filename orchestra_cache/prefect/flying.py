"""Locks that keep nobody waiting, for what a task with a single flight calls in turn."""

from __future__ import annotations

__all__ = ["NO_LOCKS", "NoLocks"]


class NoLocks:
    """Prefect's LockManager, and no lock.

    To the engine a single flight is a transaction that is serializable, and that is handed down to
    the transactions inside: without a lock manager those would be an error. It is our result that
    is waited for, and nothing else.
    """

    def acquire_lock(self, *_: object, **__: object) -> bool:
        return True

    async def aacquire_lock(self, *_: object, **__: object) -> bool:
        return True

    def release_lock(self, *_: object, **__: object) -> None:
        """Nothing was locked."""

    def is_locked(self, *_: object, **__: object) -> bool:
        return False

    def is_lock_holder(self, *_: object, **__: object) -> bool:
        return True

    def wait_for_lock(self, *_: object, **__: object) -> bool:
        return True

    async def await_for_lock(self, *_: object, **__: object) -> bool:
        return True


NO_LOCKS = NoLocks()
