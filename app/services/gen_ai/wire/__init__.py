"""How OpenAI is spoken to: shape a request, send it, read an answer or a stream."""
