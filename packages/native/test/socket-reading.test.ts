import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { type Socket, connect, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PassThrough } from "node:stream";
import { afterAll, afterEach, beforeEach, expect, test } from "vitest";
import { startReading, stopReading } from "../src/index.ts";

const folder = mkdtempSync(join(tmpdir(), "reading-"));
const path = join(folder, "socket");
const server = createServer({ allowHalfOpen: true, pauseOnConnect: true });
let near: Socket;
let far: Socket;
let heard: string;

beforeEach(async () => {
  server.listen(path);
  await once(server, "listening");
  const accepted = once(server, "connection");
  far = connect({ path, allowHalfOpen: true });
  [near] = (await accepted) as [Socket];
  heard = "";
  near.on("data", (bytes: Buffer) => (heard += bytes.toString()));
  near.resume();
  far.write("before");
  await expect.poll(() => heard).toBe("before");
});
afterEach(async () => {
  near.destroy();
  far.destroy();
  server.close();
  await once(server, "close");
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

test("what comes after a stop is left to the system, until reading goes on, and so is the end", async () => {
  // Within the event Node asks for more as soon as the listener is done.
  near.once("data", () => expect(stopReading(near)).toBeTypeOf("number"));
  far.write("!");
  await expect.poll(() => near.isPaused()).toBe(true);
  await new Promise((done) => far.end("after", () => done(undefined)));
  // The socket's own writes go on, and show that the loop has turned.
  const answered = once(far, "data");
  near.write("answer");
  expect(String((await answered)[0])).toBe("answer");
  expect([heard, near.readableLength, near.bytesRead]).toEqual(["before!", 0, 7]);
  const ended = once(near, "end");
  startReading(near);
  await ended;
  expect(heard).toBe("before!after");
});

test("a stream without a descriptor, with bytes in its buffer, or closed, goes on", async () => {
  expect(stopReading(new PassThrough() as never)).toBeUndefined();
  near.pause();
  far.write("more");
  await expect.poll(() => near.readableLength).toBe(4);
  expect(stopReading(near)).toBeUndefined();
  near.resume();
  await expect.poll(() => heard).toBe("beforemore");
  near.destroy();
  expect(stopReading(near)).toBeUndefined();
  startReading(near);
});
