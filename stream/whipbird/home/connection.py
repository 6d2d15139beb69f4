"""The connection of one client: its requests, its sound, and the answers to it.

Two tasks serve it: one reads, the other writes what is to be answered. When either ends, so does the connection.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Iterable

from wyoming.error import Error
from wyoming.event import Event, async_write_event
from wyoming.ping import Pong
from wyoming.wake import Detection, NotDetected

from whipbird.errors import SourceError, WhipbirdError, error_text
from whipbird.home.protocol import DetectRequest, PingRequest, ProtocolError, Sound, parse, read_event
from whipbird.home.stream import Stream
from whipbird.home.streams import Streams
from whipbird.text import choice

__all__ = ["Connection"]

PATIENCE_S = 5.0  # for a client to read an answer
MOST_ANSWERS = 64  # that wait


class Connection:
    """A client's connection, until it ends or is cancelled.

    Parameters
    ----------
    streams : Streams
    reader : StreamReader
        With the limit `whipbird.home.protocol.LONGEST_LINE`.
    writer : StreamWriter
    """

    def __init__(self, streams: Streams, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._streams = streams
        self._reader = reader
        self._writer = writer
        writer.transport.set_write_buffer_limits(0)  # an answer counts as written when the system has it
        self._room = streams.rooms.room(writer.get_extra_info("peername"))
        self._answers: asyncio.Queue[Event | None] = asyncio.Queue(MOST_ANSWERS)
        self._request = DetectRequest()
        self._stream: Stream | None = None
        self._refused = False  # sound is ignored until another request or the start of other sound
        self._heard = False  # something, since the start of the sound

    async def run(self) -> None:
        """Serve the client until it ends, or what it does makes no sense."""
        reading = asyncio.create_task(self._read())
        writing = asyncio.create_task(self._write())
        try:
            await asyncio.wait((reading, writing), return_when=asyncio.FIRST_COMPLETED)
            if reading.done() and reading.exception() is None:
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(PATIENCE_S):
                        await self._answers.put(None)
                        await writing
        finally:
            for task in (reading, writing):
                task.cancel()
            outcomes = await asyncio.gather(reading, writing, return_exceptions=True)
            if self._stream is not None:
                self._streams.end(self._stream)
            if self._writer.transport.get_write_buffer_size():
                self._writer.transport.abort()
            self._writer.close()
            self._report(outcomes)

    def _report(self, outcomes: Iterable[BaseException | None]) -> None:
        """Say why the connection ended, if the client did not simply end it."""
        for outcome in outcomes:
            if outcome is not None and not isinstance(outcome, ConnectionError | asyncio.CancelledError):
                self._streams.notify(f"{self._room}: {error_text(outcome)}; connection closed")

    async def _write(self) -> None:
        while (event := await self._answers.get()) is not None:
            try:
                async with asyncio.timeout(PATIENCE_S):
                    await async_write_event(event, self._writer)
            except TimeoutError as error:
                raise ProtocolError(f"answers were not read for {PATIENCE_S:g} s") from error

    async def _read(self) -> None:
        while (event := await read_event(self._reader)) is not None:
            await self._take(event)
        await self._end_stream()

    async def _take(self, event: Event) -> None:
        """Do what an event asks for; other programs' events are ignored."""
        match event.type:
            case "audio-chunk":
                await self._take_sound(parse(Sound, event), event.payload or b"")
            case "audio-start":
                await self._end_stream()
                self._heard = False
                await self._start_stream(parse(Sound, event))
            case "audio-stop":
                await self._end_stream()
                self._refused = False
                if not self._heard:
                    await self._answers.put(NotDetected(self._request.context).event())
                self._heard = False
            case "detect":
                await self._end_stream()
                self._refused = self._heard = False
                self._request = parse(DetectRequest, event)
            case "describe":
                info = await self._streams.on_loader(self._streams.catalog.info)
                await self._answers.put(info.event())
            case "ping":
                await self._answers.put(Pong(parse(PingRequest, event).text).event())

    async def _take_sound(self, sound: Sound, content: bytes) -> None:
        if self._refused:
            return
        stream = self._stream
        if stream is None or stream.format != sound.format or stream.is_late:
            if stream is not None and sound.timestamp is None:
                sound = sound.model_copy(update={"timestamp": stream.end_ms})
            await self._end_stream()
            stream = await self._start_stream(sound)
            if stream is None:
                return
        if stream.pipeline.ended:  # it has failed, which has been reported
            await self._refuse(f"{self._room}: sound cannot be processed")
            return
        await stream.feed(content, sound.timestamp)

    async def _start_stream(self, sound: Sound) -> Stream | None:
        """Start a stream; None if it cannot be, which the client learns."""
        streams, names = self._streams, self._request.names
        try:
            phrases, unknown = await streams.on_loader(streams.catalog.find, names)
            if unknown:
                known = [phrase.name for phrase in await streams.on_loader(streams.catalog.phrases)]
                text = f"{self._room}: no phrase named {unknown[0]!r}; {choice(unknown[0], known)}"
                await self._tell(text)
            if not phrases:
                self._refused = True
                if not unknown:
                    await self._tell(f"{self._room}: no model of words is installed")
                return None
            chosen = await streams.on_loader(streams.catalog.load, phrases, self._room)
            self._stream = streams.start(sound, self._room, chosen, self._detected)
        except ProtocolError:
            raise
        except SourceError as error:  # names the source
            await self._refuse(str(error))
            return None
        except WhipbirdError as error:
            await self._refuse(f"{self._room}: {error}")
            return None
        self._refused = False
        return self._stream

    async def _end_stream(self) -> None:
        """End the stream, if there is one, and wait until its sound has been processed."""
        stream, self._stream = self._stream, None
        if stream is not None:
            await asyncio.shield(self._streams.end(stream))

    async def _refuse(self, text: str) -> None:
        """Ignore sound until something else is asked for."""
        self._refused = True
        await self._end_stream()
        await self._tell(text)

    async def _tell(self, text: str) -> None:
        """Tell the client and the people here what is wrong."""
        self._streams.notify(text)
        await self._answers.put(Error(text).event())

    def _detected(self, name: str, end_ms: int) -> None:
        self._heard = True
        answer = Detection(name, end_ms, context=self._request.context)
        with contextlib.suppress(asyncio.QueueFull):  # the client reads none of them, and is dropped
            self._answers.put_nowait(answer.event())
