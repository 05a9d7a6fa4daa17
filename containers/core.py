"""What everything stands on: settings and time."""

from dependency_injector import containers, providers

from app.clock import SystemClock
from app.settings import load_settings


class CoreContainer(containers.DeclarativeContainer):
    settings = providers.ThreadSafeSingleton(load_settings)
    clock = providers.ThreadSafeSingleton(SystemClock)
