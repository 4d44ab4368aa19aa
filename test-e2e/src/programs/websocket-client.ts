// Talks with an echo server over a WebSocket, and prints each mistake of the answers. Usage: websocket-client.ts URL MESSAGES BYTES:
// this many short messages, and long ones of up to this many bytes.
import assert from "node:assert";
import { once } from "node:events";

const [url, messages, longest] = process.argv.slice(2);
const socket = new WebSocket(url!);
socket.binaryType = "arraybuffer";
await once(socket, "open");

for (let number = 0; number < Number(messages); number++)
  assert.equal(await echoOf(`message ${number}`), `message ${number}`);

for (const size of [0, 1, 125, 126, 65_535, 65_536, Number(longest)]) {
  const sent = Buffer.alloc(size, "florenetes ");
  const received = Buffer.from((await echoOf(sent)) as ArrayBuffer);
  assert(received.equals(sent), `${size} bytes come back unchanged`);
}

const closed = once(socket, "close");
socket.close(4001, "done");
const [{ code, reason, wasClean }] = (await closed) as [CloseEvent];
assert.deepEqual({ code, reason, wasClean }, { code: 4001, reason: "done", wasClean: true });

async function echoOf(message: string | Buffer<ArrayBuffer>): Promise<unknown> {
  const answer = once(socket, "message");
  socket.send(message);
  const [{ data }] = (await answer) as [MessageEvent];
  return data;
}
