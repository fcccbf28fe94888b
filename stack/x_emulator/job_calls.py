"""/2/compliance/jobs, and the storage behind their upload and download URLs."""

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from stack.x_emulator.calls import Answer, Call, malformed
from stack.x_emulator.contract import Json, table
from stack.x_emulator.jobs import Job
from stack.x_emulator.problems import ApiError, problem
from stack.x_emulator.world import World


async def create_job(call: Call) -> Answer:
    body, rules = call.json(), table("contract")["compliance"]
    kind, name = str(body.get("type")), body.get("name")
    is_named = name is None or (isinstance(name, str) and len(name) <= rules["name_characters"])
    if kind not in rules["types"] or not is_named or not set(body) <= {"type", "name", "resumable"}:
        raise malformed(**{key: [value] for key, value in body.items()})
    if call.world.jobs.is_busy(kind):
        raise ApiError("job_conflict")
    host = call.request.headers.get("host", "127.0.0.1")
    job = call.world.jobs.add(call.world.next_id(), kind, name, host)
    return Answer({"data": job.document(call.world.clock.now())})


async def list_jobs(call: Call) -> Answer:
    now, status = call.world.clock.now(), call.parameters.get("status")
    jobs = [job for job in call.world.jobs.all.values() if job.type == call.parameters["type"]]
    data = [_chosen(call, job.document(now)) for job in jobs if status in (None, job.status(now))]
    return Answer(({"data": data} if data else {}) | {"meta": {"result_count": len(data)}})


async def job(call: Call) -> Answer:
    found = call.world.jobs.all.get(int(call.parameters["id"]))
    if found is None:
        place = {"value": call.parameters["id"], "resource_type": "job", "parameter": "id"}
        raise ApiError("not_found_page", [problem("not_found", call.spelling, **place)])
    return Answer({"data": _chosen(call, found.document(call.world.clock.now()))})


async def upload(world: World, request: Request) -> Response:
    """PUT of text/plain with one id per line; 403 for a wrong or expired signature."""
    job = _stored(world, request)
    if job is None or job.status(world.clock.now()) != "created":
        return PlainTextResponse("SignatureDoesNotMatch or ExpiredToken", 403)
    world.jobs.upload(job, (await request.body()).decode("utf-8", "replace"))
    return Response(status_code=200)


async def download(world: World, request: Request) -> Response:
    job = _stored(world, request)
    if job is None or world.clock.now() > job.download_until:
        return PlainTextResponse("SignatureDoesNotMatch or ExpiredToken", 403)
    if job.status(world.clock.now()) != "complete":
        return PlainTextResponse("NoSuchKey", 404)
    return PlainTextResponse("".join(world.jobs.results(job)), media_type="application/json")


def _stored(world: World, request: Request) -> Job | None:
    number = request.path_params["job"]
    found = world.jobs.all.get(int(number)) if number.isdigit() else None
    return found if found and request.query_params.get("signature") == found.secret else None


def _chosen(call: Call, document: Json) -> Json:
    """Only fields that the contract does not require can be left out."""
    fields = call.parameters.get("compliance_job.fields")
    dropped = [name for name in ("name", "resumable") if fields and name not in fields]
    return {name: value for name, value in document.items() if name not in dropped}
