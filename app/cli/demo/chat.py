"""How the demo asks the chat something that no model can know."""

from app.cli.demo.tour import Tour, paid


async def question(tour: Tour) -> str:
    """A question that is answered from what is stored, with what was looked up for it."""
    session = await tour.ask("POST", "/gen-ai/chatops/sessions")
    path = f"/gen-ai/chatops/sessions/{session['session_id']}/chat"
    answer = await tour.ask("POST", path, {"message": tour.words.chat})
    looked_up = "\n".join(f"looks up {use['name']}({_given(use['arguments'])})" for use in answer["tools"])
    return "\n\n".join([f"> {tour.words.chat}", looked_up, answer["answer"], paid(answer)])


def _given(arguments: dict[str, object] | None) -> str:
    return ", ".join(f"{name}={value}" for name, value in (arguments or {}).items() if value is not None)
