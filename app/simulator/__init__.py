"""An embedded, deterministic upstream that speaks OpenAI's API and enforces what the real one enforces."""

from app.simulator.faults import Fault
from app.simulator.service import Simulator, create_simulator
from app.simulator.transport import StreamingASGITransport

__all__ = ["Fault", "Simulator", "StreamingASGITransport", "create_simulator"]
