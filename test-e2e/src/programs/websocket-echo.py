"""A WebSocket server that sends back what it gets. Usage: websocket-echo.py HOST PORT"""

import asyncio
import sys

import websockets


async def echo(connection, *_path):
    async for message in connection:
        await connection.send(message)


async def main():
    async with websockets.serve(echo, sys.argv[1], int(sys.argv[2]), max_size=None):
        await asyncio.get_running_loop().create_future()


asyncio.run(main())
