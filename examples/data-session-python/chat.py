"""Opens many streams over one session to a service that gives back what it gets, in several classes, and datagrams beside them.

    python3 chat.py SOCKET SERVICE [STREAMS]
"""

import asyncio
import sys

from client import BULK, DROPPABLE, INTERACTIVE, RELIABLE, Client, connect

ROUNDS = 3
DATAGRAMS = 10


async def chat(client: Client, service: str, number: int) -> int:
    """Talks over a stream. Returns how many bytes came back."""
    stream = await client.open(service, (INTERACTIVE, RELIABLE, BULK)[number % 3])
    said = b""
    for round in range(ROUNDS):
        message = f"stream {number}, round {round}\n".encode() * (1 + number % 50)
        said += message
        await stream.write(message)
    stream.finish()
    heard = await stream.read_all()
    assert heard == said, f"stream {number} has had back something else"
    return len(heard)


async def datagrams(client: Client, service: str) -> None:
    flow = await client.open_flow(service, DROPPABLE)
    for number in range(DATAGRAMS):
        datagram = bytes([number]) * (1 + 100 * number)
        assert flow.send(datagram)
        assert await flow.receive() == datagram
    flow.reset()


async def main(path: str, service: str, streams: int) -> None:
    async with await connect(path, name="chat") as client:
        chats = (chat(client, service, number) for number in range(streams))
        *sizes, _ = await asyncio.gather(*chats, datagrams(client, service))
        print(f"{client.principal}: {streams} streams had back {sum(sizes)} bytes, and {DATAGRAMS} datagrams came back")


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], sys.argv[2], int(sys.argv[3]) if len(sys.argv) > 3 else 100))
