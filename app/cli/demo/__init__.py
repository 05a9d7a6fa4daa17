"""The main job from end to end, for who has never seen it."""

from app.cli.demo.command import demo

__all__ = ["demo"]
