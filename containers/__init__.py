"""The composition root: the only place that knows which class stands behind which port."""

from containers.application import Container

__all__ = ["Container"]
