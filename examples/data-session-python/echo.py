"""A workload that serves: gives back what comes on the streams and flows that its cluster vertex opens, and says nothing to whoever it does not know.

    python3 echo.py SOCKET [PRINCIPAL …]
"""

import asyncio
import sys

from client import Stream, serve


NOT_ALLOWED = 0x04  # docs/protocol/transport.md has all codes


async def echo(stream: Stream, callers: list[str]) -> None:
    if callers and stream.caller not in callers:
        stream.reset(NOT_ALLOWED, f"{stream.caller} is not on the list")
        return
    stream.answer()
    if stream.is_flow:
        while True:
            stream.send(await stream.receive())
    while piece := await stream.read():
        await stream.write(piece)
    stream.finish()


async def main(path: str, callers: list[str]) -> None:
    server = await serve(path, lambda stream: echo(stream, callers), name="echo")
    print("ready", flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], sys.argv[2:]))
