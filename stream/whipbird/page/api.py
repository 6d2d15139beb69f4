"""The API: events, labels, sources and verdicts as JSON, and a stream of events; ``/api/openapi.json`` describes it."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import asdict
from typing import Any

from pydantic import BaseModel
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route

from whipbird.page.clip_scores import ScoreCurve, curve_svg
from whipbird.page.events import LAST_NUMBER
from whipbird.page.judging import give_verdict, withdraw
from whipbird.page.language import choose_language
from whipbird.page.metrics import KIND as METRICS
from whipbird.page.metrics import metrics
from whipbird.page.models import (
    EventItem,
    EventList,
    Given,
    LabelItem,
    LabelList,
    NoteItem,
    NoteList,
    Queue,
    ScoreList,
    SourceItem,
    SourceList,
    VerdictItem,
    VerdictList,
)
from whipbird.page.mp3 import KIND as MP3
from whipbird.page.noting import delete_clip, notes_of, write_note
from whipbird.page.observations import Look
from whipbird.page.openapi import description
from whipbird.page.page import Page, ShownEvent, shown_source
from whipbird.page.picture import INKS
from whipbird.page.queries import EventsQuery, InvalidQueryError, NoteBody, VerdictBody, parse
from whipbird.page.screens import body_of
from whipbird.page.sounds import SIZES
from whipbird.page.views import label_rows, source_rows

__all__ = ["Api"]

POLL_S = 2.0  # between looks for new events, without a station
KEEP_ALIVE = 10  # looks without an event until a line is sent, so that a lost visitor is noticed
MOST_AT_ONCE = 100  # events
KEPT = {"Cache-Control": "private, max-age=86400", "Content-Encoding": "identity"}  # sound does not get smaller


class Api:
    """The handlers of the API, and of sounds and pictures."""

    def __init__(self, page: Page) -> None:
        self._page = page

    @property
    def routes(self) -> list[Route]:
        return [
            Route("/events/{number:int}/sound.flac", self.sound),
            Route("/events/{number:int}/picture.png", self.picture),
            Route("/events/{number:int}/scores.svg", self.drawn_scores),
            Route("/api/events", self.events),
            Route("/api/events/{number:int}", self.event),
            Route("/api/events/{number:int}/verdict", self.judge, methods=["POST"]),
            Route("/api/events/{number:int}/scores", self.scores),
            Route("/api/events/{number:int}/notes", self.notes),
            Route("/api/events/{number:int}/notes", self.write_note, methods=["POST"]),
            Route("/api/events/{number:int}/clip", self.delete_clip, methods=["DELETE"]),
            Route("/api/notes/{number:int}", self.delete_note, methods=["DELETE"]),
            Route("/api/verdicts", self.verdicts),
            Route("/api/verdicts/{number:int}", self.withdraw, methods=["DELETE"]),
            Route("/api/labels", self.labels),
            Route("/api/sources", self.sources),
            Route("/api/review", self.review),
            Route("/api/stream", self.stream),
            Route("/api/listen", self.listen),
            Route("/api/openapi.json", self.openapi),
            Route("/metrics", self.metrics),
        ]

    def events(self, request: Request) -> Response:
        query = parse(EventsQuery, request.query_params)
        with self._page.data.look() as look:
            found = look.events(query.chosen(self._page.data), query.after, query.limit)
            items = [self._item(request, look, event.number) for event in found.events]
        return _json(EventList(events=items, next=None if found.next is None else found.next.text))

    def event(self, request: Request) -> Response:
        with self._page.data.look() as look:
            return _json(self._item(request, look, _number(request)))

    async def judge(self, request: Request) -> Response:
        body = parse(VerdictBody, await _content(request))
        number = await run_in_threadpool(give_verdict, self._page.data, _number(request), body)
        return _json(Given(id=number), 201)

    def withdraw(self, request: Request) -> Response:
        withdraw(self._page.data, _number(request))
        return Response(status_code=204)

    def notes(self, request: Request) -> Response:
        with self._page.data.look() as look:
            notes = notes_of(self._page.data, look, self._event(look, _number(request)))
        items = [
            NoteItem(id=number, kind=one.kind.value, text=one.text, author=one.author, time=one.time)
            for number, one in notes.items()
        ]
        return _json(NoteList(notes=items))

    async def write_note(self, request: Request) -> Response:
        body = parse(NoteBody, await _content(request))
        number = await run_in_threadpool(write_note, self._page.data, _number(request), body.text)
        return _json(Given(id=number), 201)

    def delete_note(self, request: Request) -> Response:
        self._page.data.store().delete_note(_number(request))
        return Response(status_code=204)

    def delete_clip(self, request: Request) -> Response:
        delete_clip(self._page.data, self._page.sounds, _number(request))
        return Response(status_code=204)

    def verdicts(self, request: Request) -> Response:
        with self._page.data.look() as look:
            judged = look.judged
        items = [
            VerdictItem(
                event=number,
                label=one.label,
                answer=one.verdict.answer.value,
                other=one.verdict.other,
                judge=one.verdict.judge,
                time=one.verdict.time,
                drawn=one.verdict.drawn,
            )
            for number, one in judged.items()
        ]
        return _json(VerdictList(verdicts=sorted(items, key=lambda item: item.time, reverse=True)))

    def labels(self, request: Request) -> Response:
        with self._page.data.look() as look:
            rows = label_rows(look)
        language = _language(request)
        return _json(
            LabelList(
                labels=[
                    LabelItem(
                        label=row.label,
                        name=self._page.names.shown(language, row.model, row.label),
                        model=row.model,
                        events=row.events,
                    )
                    for row in rows
                ]
            )
        )

    def sources(self, request: Request) -> Response:
        with self._page.data.look() as look:
            rows = source_rows(look)
        items = [
            SourceItem(
                id=row.number,
                station=row.station,
                source=shown_source(row.source),
                recordings=row.recordings,
                heard_s=row.heard_s,
                lost_s=row.lost_s,
                below_trigger_s=row.below_trigger_s,
            )
            for row in rows
        ]
        return _json(SourceList(sources=items))

    def review(self, request: Request) -> Response:
        label = request.query_params.get("label", "")
        with self._page.data.look() as look:
            numbers = self._page.queues.next(look, label)[:20]
            return _json(Queue(events=[self._item(request, look, number) for number in numbers]))

    async def stream(self, request: Request) -> Response:
        live = self._page.live
        lines = self._new_events(request) if live is None else live.lines(_language(request), self._page.names)
        return StreamingResponse(lines, media_type="text/event-stream", headers={"X-Accel-Buffering": "no"})

    async def listen(self, request: Request) -> Response:
        source, sounds = request.query_params.get("source", ""), self._page.listening
        if not request.state.visitor.may_listen:
            raise HTTPException(403)
        if sounds is None or not sounds.has(source):
            raise HTTPException(404)
        if sounds.is_full:
            raise HTTPException(503, "too many listen now")
        headers = {"Cache-Control": "no-store", "Content-Encoding": "identity", "X-Accel-Buffering": "no"}
        return StreamingResponse(sounds.frames(source), media_type=MP3, headers=headers)

    async def openapi(self, request: Request) -> Response:
        return JSONResponse(description(request.scope.get("root_path", "")))

    def metrics(self, request: Request) -> Response:
        return Response(metrics(self._page), media_type=METRICS)

    def sound(self, request: Request) -> Response:
        with self._page.data.look() as look:
            event = self._event(look, _number(request))
            sound = self._page.sounds.sound(look.recorded(event), look.detection(event))
        return _ranged(request, sound.flac, "audio/flac")

    def picture(self, request: Request) -> Response:
        size, ink = (request.query_params.get(key, value) for key, value in (("size", "small"), ("ink", "light")))
        if size not in SIZES or ink not in INKS:
            raise InvalidQueryError(f"size is one of {', '.join(SIZES)}; ink is one of {', '.join(INKS)}")
        with self._page.data.look() as look:
            event = self._event(look, _number(request))
            picture = self._page.sounds.picture(look.recorded(event), look.detection(event), size, ink)
        return Response(picture, media_type="image/png", headers=KEPT)

    def scores(self, request: Request) -> Response:
        return _json(ScoreList(**asdict(self._curve(request))))

    def drawn_scores(self, request: Request) -> Response:
        ink = request.query_params.get("ink", "light")
        if ink not in INKS:
            raise InvalidQueryError(f"ink is one of {', '.join(INKS)}")
        return Response(curve_svg(self._curve(request), ink), media_type="image/svg+xml", headers=KEPT)

    def _curve(self, request: Request) -> ScoreCurve:
        with self._page.data.look() as look:
            event = self._event(look, _number(request))
            return self._page.sounds.scores(look.recorded(event), look.detection(event))

    async def _new_events(self, request: Request) -> AsyncIterator[str]:
        """Events that are added to the database, as server-sent events."""
        last = await run_in_threadpool(self._last_number)
        quiet = 0
        yield "retry: 5000\n\n"
        while not await request.is_disconnected():
            await asyncio.sleep(POLL_S)
            newest = await run_in_threadpool(self._last_number)
            items = await run_in_threadpool(self._items_between, request, last, newest) if newest > last else []
            last, quiet = newest, 0 if items else quiet + 1
            for item in items:
                yield f"event: detection\ndata: {item.model_dump_json()}\n\n"
            if quiet % KEEP_ALIVE == KEEP_ALIVE - 1:
                yield ": \n\n"

    def _last_number(self) -> int:
        with self._page.data.look() as look:
            (number,) = look.connection.execute("SELECT ifnull(max(id), 0) FROM events").fetchone()
        return int(number)

    def _items_between(self, request: Request, after: int, last: int) -> list[EventItem]:
        with self._page.data.look() as look:
            rows = look.connection.execute(
                "SELECT id FROM events WHERE id > ? AND id <= ? ORDER BY id LIMIT ?", (after, last, MOST_AT_ONCE)
            ).fetchall()
            return [self._item(request, look, number) for (number,) in rows]

    def _event(self, look: Look, number: int) -> Any:
        event = look.event(number)
        if event is None:
            raise HTTPException(404)
        return event

    def _item(self, request: Request, look: Look, number: int) -> EventItem:
        return _item(self._page.show(look, self._event(look, number), _language(request)))


def _item(shown: ShownEvent) -> EventItem:
    event = shown.event
    return EventItem(
        id=event.number,
        label=event.label,
        name=shown.name,
        model=event.model,
        score=event.score,
        time=shown.time,
        source=shown.source,
        station=shown.station,
        begin_s=event.begin_s,
        end_s=event.end_s,
        concealed=bool(event.concealed),
        verdict=shown.verdict or None,
        other=shown.other or None,
        has_sound=shown.has_sound,
        has_scores=shown.has_scores,
    )


def _language(request: Request) -> str:
    return choose_language(request.headers.get("accept-language", ""), request.query_params.get("language")).code


async def _content(request: Request) -> Any:
    """The JSON in a request."""
    try:
        return json.loads(await body_of(request))
    except (ValueError, RecursionError) as error:
        raise InvalidQueryError("the request holds no JSON") from error


def _number(request: Request) -> int:
    number: int = request.path_params["number"]
    if number >= LAST_NUMBER:
        raise HTTPException(404)
    return number


def _json(content: BaseModel, status: int = 200) -> Response:
    return Response(content.model_dump_json(), status, media_type="application/json")


def _ranged(request: Request, content: bytes, kind: str) -> Response:
    """The whole content, or the part that a player asks for when it seeks."""
    headers = KEPT | {"Accept-Ranges": "bytes"}
    unit, _, span = request.headers.get("range", "").partition("=")
    first, _, last = span.partition("-")
    if unit.strip() != "bytes" or "," in span or not (first or last):
        return Response(content, media_type=kind, headers=headers)
    try:
        begin = int(first) if first else max(0, len(content) - int(last))
        end = min(len(content) - 1, int(last)) if first and last else len(content) - 1
    except ValueError:
        return Response(content, media_type=kind, headers=headers)
    if not 0 <= begin <= end:
        return Response(status_code=416, headers=headers | {"Content-Range": f"bytes */{len(content)}"})
    headers["Content-Range"] = f"bytes {begin}-{end}/{len(content)}"
    return Response(content[begin : end + 1], 206, media_type=kind, headers=headers)
