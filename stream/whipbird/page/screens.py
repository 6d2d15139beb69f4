"""The screens of the page as HTML; all of them work without JavaScript."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Any
from urllib.parse import parse_qsl, quote, urlencode

from jinja2 import Environment, PackageLoader, StrictUndefined
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import QueryParams
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import Route

from whipbird import __version__
from whipbird.events.verdict import Answer
from whipbird.page.assets import Assets
from whipbird.page.counts import HOUR_S
from whipbird.page.events import VERDICTS
from whipbird.page.guard import COOKIE, Visitor
from whipbird.page.judging import estimates, give_verdict
from whipbird.page.language import LANGUAGES, Language, choose_language
from whipbird.page.noting import delete_clip, notes_of, write_note
from whipbird.page.page import Page, shown_source
from whipbird.page.password import SESSION_S
from whipbird.page.queries import EventsQuery, InvalidQueryError, NoteBody, VerdictBody, parse
from whipbird.page.rooms import listened_labels, room_rows
from whipbird.page.views import DayView, LabelView, day_view, label_rows, label_view, latest_day, source_rows
from whipbird.review.false_wakes import by_hour, spread
from whipbird.sinks.kept_folder import kept_for_s

__all__ = ["Screens", "body_of"]

LARGEST_BODY = 1 << 16
SHADES = 6  # of cells in maps
MOST_BARS = 366
LANGUAGE_COOKIE = "whipbird_language"

Handler = Callable[[Request], Response]


class Screens:
    """The handlers of all screens."""

    def __init__(self, page: Page, assets: Assets) -> None:
        self._page = page
        self._templates = Environment(
            loader=PackageLoader("whipbird.page"),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self._templates.globals.update(
            asset=assets.address,
            languages=LANGUAGES,
            version=__version__,
            title=page.title,
            live=page.live is not None,
            source_name=shown_source,
            local=page.data.local,
        )

    @property
    def routes(self) -> list[Route]:
        return [
            Route("/", self.now if self._page.live is not None else self.events),
            Route("/events", self.events),
            Route("/events/{number:int}", self.event, methods=["GET"]),
            Route("/events/{number:int}/verdict", self.judge, methods=["POST"]),
            Route("/events/{number:int}/note", self.write_note, methods=["POST"]),
            Route("/events/{number:int}/note/delete", self.delete_note, methods=["POST"]),
            Route("/events/{number:int}/clip/delete", self.delete_clip, methods=["POST"]),
            Route("/day", self.day),
            Route("/day/{day}", self.day),
            Route("/labels", self.labels),
            Route("/label", self.label),
            Route("/station", self.station),
            Route("/rooms", self.rooms),
            Route("/review", self.review),
            Route("/login", self.login, methods=["GET", "POST"]),
            Route("/logout", self.logout, methods=["POST"]),
            Route("/language", self.language, methods=["POST"]),
        ]

    def now(self, request: Request) -> Response:
        state = self._page.state() or {}
        with self._page.data.look() as look:
            found = look.events(EventsQuery().chosen(self._page.data), None, 8)
            shown = [self._page.show(look, event, _language(request).code) for event in found.events]
        listening = {} if self._page.listening is None else self._page.listening.states()
        return self._render(request, "now.html", state=state, events=shown, listening=listening)

    def events(self, request: Request) -> Response:
        query = parse(EventsQuery, request.query_params)
        language = _language(request)
        with self._page.data.look() as look:
            found = look.events(query.chosen(self._page.data), query.after, query.limit)
            shown = [self._page.show(look, event, language.code) for event in found.events]
            labels = self._labels(look, language)
            sources = sorted((shown_source(site.source), number) for number, site in look.runs.sites.items())
        return self._render(
            request,
            "events.html",
            events=shown,
            query=query,
            labels=labels,
            sources=sources,
            verdicts=VERDICTS,
            more=None if found.next is None else _with(request.query_params, cursor=found.next.text),
        )

    def event(self, request: Request) -> Response:
        language = _language(request)
        with self._page.data.look() as look:
            event = look.event(request.path_params["number"])
            if event is None:
                raise HTTPException(404)
            shown = self._page.show(look, event, language.code)
            labels = self._labels(look, language)
            notes = notes_of(self._page.data, look, event)
            has_clip = self._page.sounds.has_clip(look.detection(event))
        return self._render(request, "event.html", shown=shown, labels=labels, notes=notes, has_clip=has_clip)

    async def judge(self, request: Request) -> Response:
        """A verdict from a form."""
        form = await _form(request)
        _check_csrf(request, form)
        values: dict[str, Any] = {"answer": form.get("answer", ""), "drawn": form.get("drawn") == "1"}
        if values["answer"] == Answer.OTHER.value and form.get("other"):
            values["other"] = form["other"]
        body = parse(VerdictBody, values)
        number = request.path_params["number"]
        await run_in_threadpool(give_verdict, self._page.data, number, body)
        return _redirect(request, _local_path(form.get("next", "")) or f"/events/{number}")

    async def write_note(self, request: Request) -> Response:
        """A note from a form."""
        form = await _form(request)
        _check_csrf(request, form)
        number = request.path_params["number"]
        text = parse(NoteBody, {"text": form.get("text", "").replace("\r\n", "\n")}).text
        await run_in_threadpool(write_note, self._page.data, number, text)
        return _redirect(request, f"/events/{number}")

    async def delete_note(self, request: Request) -> Response:
        """Delete the note that a form names."""
        form = await _form(request)
        _check_csrf(request, form)
        note = form.get("note", "")
        if not (note.isascii() and note.isdigit() and len(note) < 19):
            raise HTTPException(404)
        await run_in_threadpool(self._page.data.store().delete_note, int(note))
        return _redirect(request, f"/events/{request.path_params['number']}")

    async def delete_clip(self, request: Request) -> Response:
        """Delete the clip of an event."""
        _check_csrf(request, await _form(request))
        number = request.path_params["number"]
        await run_in_threadpool(delete_clip, self._page.data, self._page.sounds, number)
        return _redirect(request, f"/events/{number}")

    def day(self, request: Request) -> Response:
        language = _language(request)
        with self._page.data.look() as look:
            day = _day(request) or latest_day(look, self._page.data) or datetime.now(self._page.data.zone).date()
            view = day_view(look, self._page.data, day)
            names = {row.label: self._page.names.shown(language.code, row.model, row.label) for row, _ in view.rows}
        return self._render(request, "day.html", view=view, names=names, shades=_shades(view), day=day)

    def labels(self, request: Request) -> Response:
        language = _language(request)
        with self._page.data.look() as look:
            rows = label_rows(look)
        shown = [
            (
                row,
                self._page.names.shown(language.code, row.model, row.label),
                None if row.last is None else self._page.data.local(datetime.fromtimestamp(row.last * HOUR_S, UTC)),
            )
            for row in rows
        ]
        return self._render(request, "labels.html", rows=shown, most=max((row.events for row in rows), default=1))

    def label(self, request: Request) -> Response:
        label, language = request.query_params.get("name", ""), _language(request)
        with self._page.data.look() as look:
            view = label_view(look, self._page.data, label)
            if view is None:
                raise HTTPException(404)
            best = [self._page.show(look, event, language.code) for event in view.best]
            known = estimates(look, label)
        name = self._page.names.shown(language.code, view.model, label)
        return self._render(request, "label.html", view=view, name=name, best=best, bars=_bars(view), known=known)

    def station(self, request: Request) -> Response:
        with self._page.data.look() as look:
            rows = source_rows(look)
            has_rooms = bool(listened_labels(look))
            day = latest_day(look, self._page.data)
            gaps = [] if day is None else day_view(look, self._page.data, day).gaps[:20]
        return self._render(
            request,
            "station.html",
            rows=rows,
            has_rooms=has_rooms,
            gaps=gaps,
            day=day,
            state=self._page.state(),
            disk=self._page.data.disk(),
            database=self._page.data.name,
            settings=self._page.shown_settings() if _visitor(request).may_listen else [],
            notices=[] if self._page.live is None else self._page.live.notices(),
        )

    def rooms(self, request: Request) -> Response:
        language = _language(request)
        with self._page.data.look() as look:
            labels = listened_labels(look)
        rows = room_rows(self._page.data, labels)
        shown = [(row, self._page.names.shown(language.code, row.model, row.label), row.false_per_hour) for row in rows]
        hours = [(room, hour, own) for (room, hour), own in sorted(by_hour(rows).items()) if own.wakes]
        folder = self._page.sounds.folder
        return self._render(
            request,
            "rooms.html",
            rows=shown,
            scores=[
                (row, name, (spread(row.right_scores), spread(row.false_scores)))
                for row, name, _ in shown
                if row.judged
            ],
            hours=hours,
            clips="none" if folder is None else "kept",
            keep_s=None if folder is None else kept_for_s(folder),
        )

    def review(self, request: Request) -> Response:
        label, language = request.query_params.get("label"), _language(request)
        with self._page.data.look() as look:
            labels = self._labels(look, language)
            if label is None:
                return self._render(request, "review.html", labels=labels, label=None, shown=None, rest=0)
            queue = self._page.queues.next(look, label)
            event = look.event(queue[0]) if queue else None
            shown = None if event is None else self._page.show(look, event, language.code)
        return self._render(request, "review.html", labels=labels, label=label, shown=shown, rest=len(queue))

    async def login(self, request: Request) -> Response:
        """Ask for the password, or take it."""
        visitor = _visitor(request)
        back = request.query_params.get("next", "")
        if request.method != "POST":
            return self._login_form(request, back, 200, "")
        form = await _form(request)
        back = form.get("next", "")
        wait_s = self._page.attempts.wait_s(visitor.address)
        if wait_s > 0:
            text = _language(request).text("Too many attempts. Try again in {seconds} s.", seconds=int(wait_s) + 1)
            answer = self._login_form(request, back, 429, text)
            answer.headers["Retry-After"] = str(int(wait_s) + 1)
            return answer
        if not await run_in_threadpool(self._page.passwords.is_right, form.get("password", "")):
            return self._login_form(request, back, 403, _language(request).text("The password is wrong."))
        self._page.attempts.succeed(visitor.address)
        response = _redirect(request, _local_path(back) or "/")
        _set_cookie(request, response, COOKIE, self._page.passwords.cookie(), SESSION_S)
        return response

    def _login_form(self, request: Request, back: str, status: int, problem: str) -> Response:
        is_set = self._page.passwords.is_set
        return self._render(
            request, "login.html", status, next=_local_path(back) or "/", problem=problem, is_set=is_set
        )

    async def logout(self, request: Request) -> Response:
        _check_csrf(request, await _form(request))
        response = _redirect(request, "/")
        response.delete_cookie(COOKIE, path=_root(request))
        return response

    async def language(self, request: Request) -> Response:
        """Choose a language."""
        form = await _form(request)
        response = _redirect(request, _local_path(form.get("next", "")) or "/")
        if form.get("language") in LANGUAGES:
            _set_cookie(request, response, LANGUAGE_COOKIE, form["language"], 366 * 86_400)
        return response

    def problem(self, request: Request, status: int, text: str) -> Response:
        """A screen that says what went wrong."""
        return self._render(request, "problem.html", status, status=status, text=text)

    def _labels(self, look: Any, language: Language) -> list[tuple[str, str, int]]:
        """Labels with their names and numbers of events, by name."""
        rows = label_rows(look)
        named = [(row.label, self._page.names.shown(language.code, row.model, row.label), row.events) for row in rows]
        return sorted(named, key=lambda row: row[1].casefold())

    def _render(self, request: Request, template: str, code: int = 200, **values: Any) -> HTMLResponse:
        language = _language(request)
        text = self._templates.get_template(template).render(
            root=request.scope.get("root_path", ""),
            path=_path(request),
            here=_with(request.query_params, path=_path(request)),
            visitor=_visitor(request),
            language=language,
            t=language.text,
            **values,
        )
        return HTMLResponse(text, code)


def _language(request: Request) -> Language:
    return choose_language(request.headers.get("accept-language", ""), request.cookies.get(LANGUAGE_COOKIE))


def _visitor(request: Request) -> Visitor:
    visitor: Visitor = request.state.visitor
    return visitor


def _path(request: Request) -> str:
    return request.scope["path"][len(request.scope.get("root_path", "")) :] or "/"


def _root(request: Request) -> str:
    return request.scope.get("root_path") or "/"


def _with(query: QueryParams, path: str = "", **values: str) -> str:
    """An address with the same query and some other values."""
    own = {key: value for key, value in query.items() if value and key not in values} | values
    return f"{path}?{urlencode(own)}" if own else path


def _redirect(request: Request, path: str) -> RedirectResponse:
    return RedirectResponse(f"{request.scope.get('root_path', '')}{quote(path, safe='/?=&%')}", 303)


def _local_path(text: str) -> str:
    """A path of this page; empty for anything else, such as the address of another site."""
    fits = text.startswith("/") and not text.startswith(("//", "/\\")) and text.isascii() and text.isprintable()
    return text if fits and "\\" not in text else ""


def _set_cookie(request: Request, response: Response, name: str, value: str, age_s: int) -> None:
    response.set_cookie(
        name, value, age_s, path=_root(request), secure=_visitor(request).is_secure, httponly=True, samesite="lax"
    )


async def body_of(request: Request) -> bytes:
    """The body of a request, if it is not too long."""
    body = b""
    async for piece in request.stream():
        body += piece
        if len(body) > LARGEST_BODY:
            raise HTTPException(413)
    return body


async def _form(request: Request) -> dict[str, str]:
    body = (await body_of(request)).decode("utf-8", "replace")
    try:
        return dict(parse_qsl(body, keep_blank_values=True, max_num_fields=20))
    except ValueError as error:
        raise HTTPException(400) from error


def _check_csrf(request: Request, form: dict[str, str]) -> None:
    visitor = _visitor(request)
    if visitor.session is None or (not visitor.session.is_token and form.get("csrf") != visitor.csrf):
        raise HTTPException(403)


def _day(request: Request) -> date | None:
    text = request.path_params.get("day") or request.query_params.get("day")
    if not text:
        return None
    try:
        day = date.fromisoformat(text)
    except ValueError as error:
        raise InvalidQueryError(f"{text!r} is not a day such as 2026-05-01") from error
    if not 1900 <= day.year <= 2200:
        raise InvalidQueryError("give a day between 1900 and 2200")
    return day


def _shades(view: DayView) -> list[list[int]]:
    """Shade of each cell: 0 for none, then by the logarithm of its events."""
    most = max((count for _, counts in view.rows for count in counts), default=1)
    steps = max(1, most.bit_length())
    return [[-(-count.bit_length() * SHADES // steps) for count in counts] for _, counts in view.rows]


def _bars(view: LabelView) -> list[tuple[date, date, int]]:
    """Sums over equal numbers of days, the last of which is the last day: first and last day, and events."""
    step = max(1, -(-len(view.days) // MOST_BARS))
    first = len(view.days) % step
    groups = [view.days[:first]] if first else []
    groups += [view.days[at : at + step] for at in range(first, len(view.days), step)]
    return [(own[0][0], own[-1][0], sum(count for _, count in own)) for own in groups]
