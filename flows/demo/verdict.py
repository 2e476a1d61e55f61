"""Whether a run was as it must be."""

from __future__ import annotations

from collections.abc import Mapping

from demo.outcome import Step
from demo.scenes import Scene

__all__ = ["faults"]


def faults(step: Step, *, scene: Scene, makers: Mapping[str, Scene]) -> list[str]:
    """Say what is wrong with a step.

    Whether it ran is taken from the marks that its function leaves, and from nothing else.

    Args:
        makers: By key, the scene that stored the result.
    """
    found = [*step.troubles]
    if step.name in scene.runs:
        found += _not_run(step, reasons=scene.runs[step.name])
    else:
        found += _not_hit(step, maker=makers.get(step.key))
    return found


def _not_run(step: Step, *, reasons: tuple[str, ...]) -> list[str]:
    if not step.executions:
        return ["must run, and did not"]
    found = [f"ran {step.executions} times"] if step.executions > 1 else []
    if step.said != "miss":
        found.append(f"ran, and the cache reports {step.said or 'nothing'}")
    if step.changes != reasons:
        expected = ", ".join(reasons) or "that there is no entry"
        found.append(f"the reason must be {expected}")
    if step.state not in ("Completed", "success"):
        found.append(f"the engine reports {step.state or 'nothing'}")
    return found


def _not_hit(step: Step, *, maker: Scene | None) -> list[str]:
    if step.executions:
        return ["must be a hit, and ran"]
    found = []
    if step.said != "hit":
        found.append(f"did not run, and the cache reports {step.said or 'nothing'}")
    if maker is None:
        found.append("no scene has stored this result")
    elif not step.producer.startswith(maker.engine):
        found.append(f"stored by {maker.engine}, and the cache says {step.producer or 'nothing'}")
    if step.state not in ("Cached", "success"):
        found.append(f"the engine reports {step.state or 'nothing'}")
    return found
