"""The health endpoints tell whether the process lives and whether it can work."""

import httpx2

from containers import Container
from tests.conftest import serving


async def test_live_and_ready_when_all_is_well(http: httpx2.AsyncClient) -> None:
    for path in ("/health/live", "/health/ready"):
        response = await http.get(path)
        assert (response.status_code, response.json()) == (200, {"status": "ok"})


async def test_not_ready_without_the_database(container: Container) -> None:
    class Gone:
        async def is_ready(self) -> bool:
            return False

    async with serving(container) as http:
        with container.data.database.override(Gone()):
            response = await http.get("/health/ready")
            alive = await http.get("/health/live")
    assert alive.status_code == 200
    assert response.status_code == 503
    assert response.json()["code"] == "not_ready"
    assert "TOLLGATE_DATABASE_URL" in response.json()["detail"]
