"""The emulator as an ASGI application."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from stack.x_emulator import job_calls
from stack.x_emulator.admin import admin_routes
from stack.x_emulator.contract import endpoints
from stack.x_emulator.dispatch import handle
from stack.x_emulator.jobs import STORAGE
from stack.x_emulator.player import Player
from stack.x_emulator.problems import problem
from stack.x_emulator.responses import limit_headers, problem_response
from stack.x_emulator.world import World


def build_app(world: World, player: Player) -> Starlette:
    """The application; `player` plays while it runs."""
    routes = [Route(each.path, partial(handle, world, each), methods=[each.method]) for each in endpoints()]
    storage = STORAGE + "/{job}"
    routes.append(Route(f"{storage}/submission", partial(job_calls.upload, world), methods=["PUT"]))
    routes.append(Route(f"{storage}/results", partial(job_calls.download, world), methods=["GET"]))
    return Starlette(
        routes=routes + admin_routes(world, player),
        lifespan=partial(_lifespan, player),
        exception_handlers={HTTPException: partial(_unknown, world)},
    )


@asynccontextmanager
async def _lifespan(player: Player, app: Starlette) -> AsyncIterator[None]:
    task = asyncio.create_task(player.run())
    yield
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


async def _unknown(world: World, request: Request, error: Exception) -> Response:
    status = error.status_code if isinstance(error, HTTPException) else 500
    name = "method" if status == 405 else "not_found_page"
    return problem_response(problem(name), status, limit_headers(world), request)
