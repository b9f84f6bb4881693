"""The page and what answers it, as a FastAPI application."""

# Annotations are not postponed: FastAPI reads them, and would look for its own names outside of the function.
import asyncio
import contextlib
import functools
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Any

from multimodal_zoo.demo.example_record import example_record
from multimodal_zoo.demo.extra import require_extra
from multimodal_zoo.demo.form_values import control_of, form_value
from multimodal_zoo.demo.sent_record import MOST_BYTES, RecordTooLarge, sent_record
from multimodal_zoo.demo.shown_explanation import shown_explanation
from multimodal_zoo.explain import explain_record
from multimodal_zoo.explain.target_figure import EXPLAINED_TASKS
from multimodal_zoo.training import Bundle, predict_record
from multimodal_zoo.unknown_name import UnknownName

if TYPE_CHECKING:
    from fastapi import FastAPI

PAGE = Path(__file__).parent / "page"
# The page's own files, the pictures and sounds within it, and nothing from elsewhere.
POLICY = (
    "default-src 'self'; img-src 'self' data: blob:; media-src 'self' blob:; style-src-attr 'unsafe-inline'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
HEADERS = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
}
LONGEST_MESSAGE = 500


def demo_app(bundles: Mapping[str, Bundle], note: str = "", hosts: Sequence[str] = ("*",)) -> "FastAPI":
    """A page where a person asks networks, and what answers it.

    Args:
        bundles: by the names that the page shows.
        note: a sentence about them, shown above.
        hosts: names that requests may give to this machine; another one is refused, so that no page from elsewhere
            reaches it under a name of its own. "*" allows any.

    Raises:
        ImportError: the extra `demo` is not installed.

    Example:
        >>> uvicorn.run(demo_app({"covid": load_bundle("runs/covid")}))
    """
    require_extra()
    from fastapi import FastAPI, Request
    from fastapi.staticfiles import StaticFiles
    from starlette.middleware.trustedhost import TrustedHostMiddleware

    # Networks answer one at a time, and the event loop does not wait for them.
    worker = ThreadPoolExecutor(max_workers=1, thread_name_prefix="network")

    @contextlib.asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        yield
        worker.shutdown(wait=False, cancel_futures=True)

    app = FastAPI(title="multimodal_zoo", lifespan=lifespan, docs_url=None, redoc_url=None, openapi_url=None)
    app.add_middleware(TrustedHostMiddleware, allowed_hosts=list(hosts))
    tell_errors_in_words(app)

    @app.middleware("http")
    async def with_headers(request: Request, answer: Callable[[Request], Any]) -> Any:
        response = await answer(request)
        response.headers.update(HEADERS)
        return response

    def bundle_named(model: str) -> Bundle:
        if model not in bundles:
            raise UnknownName("model", model, bundles)
        return bundles[model]

    async def by_worker(function: Callable[..., Any], *args: Any, **named: Any) -> Any:
        return await asyncio.get_running_loop().run_in_executor(worker, functools.partial(function, *args, **named))

    @app.get("/models")
    async def models() -> Any:
        described = [described_bundle(name, bundle) for name, bundle in bundles.items()]
        return {"note": note, "most_bytes": MOST_BYTES, "models": described}

    @app.get("/example")
    async def example(model: str = "", number: int = 0) -> Any:
        bundle = bundle_named(model)
        record, told = await by_worker(example_record, bundle, number)
        return {
            "values": {name: form_value(bundle.modalities[name], one) for name, one in record.items()},
            "told": told,
        }

    @app.post("/predict")
    async def predict(request: Request, model: str = "") -> Any:
        bundle = bundle_named(model)
        return await by_worker(predict_record, bundle, await sent_record(request, bundle.modalities))

    @app.post("/explain")
    async def explain(request: Request, model: str = "", target: str | None = None) -> Any:
        bundle = bundle_named(model)
        record = await sent_record(request, bundle.modalities)
        return shown_explanation(await by_worker(explain_record, bundle, record, target=target or None))

    app.mount("/", StaticFiles(directory=PAGE, html=True))
    return app


def described_bundle(name: str, bundle: Bundle) -> dict[str, Any]:
    """What the page shows of a bundle, and needs to know to ask it, JSON-ready."""
    data = bundle.metrics.get("data", {})
    return {
        "model": name,
        "network": bundle.card.name,
        "description": bundle.card.description,
        "task": bundle.card.task,
        "data": data.get("title", ""),
        "classes": list(bundle.class_names) if bundle.card.task in EXPLAINED_TASKS else [],
        "is_explained": bundle.card.task in EXPLAINED_TASKS,
        "may_miss": bundle.has_presence,
        "modalities": [control_of(one, modality) for one, modality in bundle.modalities.items()],
    }


def tell_errors_in_words(app: "FastAPI") -> None:
    """Answer every error as `{"error": one sentence or two}`; what nobody foresaw also goes to stderr."""
    from fastapi import Request
    from fastapi.exceptions import RequestValidationError
    from fastapi.responses import JSONResponse
    from starlette.exceptions import HTTPException

    def told(message: str, status: int) -> JSONResponse:
        return JSONResponse({"error": " ".join(message.split())[:LONGEST_MESSAGE]}, status, HEADERS)

    @app.exception_handler(RecordTooLarge)
    async def too_large(_: Request, error: RecordTooLarge) -> Any:
        return told(str(error), 413)

    @app.exception_handler(UnknownName)
    async def unknown(_: Request, error: UnknownName) -> Any:
        return told(str(error), 404)

    @app.exception_handler(ValueError)
    async def refused(_: Request, error: ValueError) -> Any:
        return told(str(error), 422)

    @app.exception_handler(RequestValidationError)
    async def wrong_query(_: Request, error: RequestValidationError) -> Any:
        return told("; ".join(f"{one['loc'][-1]}: {one['msg']}" for one in error.errors()), 422)

    @app.exception_handler(HTTPException)
    async def no_such_page(_: Request, error: HTTPException) -> Any:
        return told(str(error.detail), error.status_code)

    @app.exception_handler(Exception)
    async def unforeseen(_: Request, error: Exception) -> Any:
        return told(f"The network could not answer ({type(error).__name__}). The terminal of the demo says more.", 500)
