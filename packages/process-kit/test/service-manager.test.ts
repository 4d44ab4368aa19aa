import { type ChildProcessByStdio, spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import type { Readable, Writable } from "node:stream";
import { afterAll, expect, onTestFinished, test } from "vitest";
import { serviceManager } from "../src/process/service-manager.ts";

const folder = mkdtempSync(join(tmpdir(), "florenetes-manager-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Stands in for systemd: binds a socket, and prints each datagram in a line, its line ends as escapes. */
const listener = `
import socket, sys
name = sys.argv[1]
manager = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
manager.bind("\\0" + name[1:] if name[0] == "@" else name)
print("bound", flush=True)
while True:
    print(manager.recv(4096).decode().replace("\\n", "\\\\n"), flush=True)
`;

async function listen(name: string): Promise<() => Promise<string>> {
  const child: ChildProcessByStdio<Writable, Readable, null> = spawn("python3", ["-c", listener, name], {
    stdio: ["pipe", "pipe", "inherit"],
  });
  onTestFinished(() => void child.kill("SIGKILL"));
  const lines = createInterface(child.stdout)[Symbol.asyncIterator]();
  const next = async (): Promise<string> => String((await lines.next()).value);
  expect(await next()).toBe("bound");
  return next;
}

const serving = { statusLine: () => "all is well", isCarrying: () => true };
const READY = "READY=1\\nSTATUS=all is well";

test.each([
  ["of a path", join(folder, "notify")],
  ["of an abstract name", `@florenetes-test-${process.pid}`],
])("a manager %s hears that the process serves, lives and stops", async (_name, NOTIFY_SOCKET) => {
  const next = await listen(NOTIFY_SOCKET);
  const manager = serviceManager({ NOTIFY_SOCKET, WATCHDOG_USEC: "40000", WATCHDOG_PID: String(process.pid) });
  manager.ready(serving);
  expect([await next(), await next(), await next()]).toEqual([READY, "WATCHDOG=1", "WATCHDOG=1"]);
  manager.stopping("it goes");
  const last = "STOPPING=1\\nSTATUS=it goes";
  for (let said = await next(); said !== last; said = await next()) expect(said).toBe("WATCHDOG=1");
});

test("a manager hears how things are when that has changed, and not once the process stops", async () => {
  const NOTIFY_SOCKET = join(folder, "line");
  const next = await listen(NOTIFY_SOCKET);
  let looks = 0;
  const manager = serviceManager({ NOTIFY_SOCKET });
  manager.ready({ ...serving, statusLine: () => `${Math.floor(++looks / 2)} links` });
  expect([await next(), await next(), await next()]).toEqual([
    "READY=1\\nSTATUS=0 links",
    "STATUS=1 links",
    "STATUS=2 links",
  ]);
  manager.stopping("it goes");
  expect(await next()).toBe("STOPPING=1\\nSTATUS=it goes");
  const before = looks;
  await new Promise((done) => setTimeout(done, 1_100));
  expect(looks).toBe(before);
});

test("a process whose packets stand still gives no sign of life", async () => {
  const NOTIFY_SOCKET = join(folder, "still");
  const next = await listen(NOTIFY_SOCKET);
  let questions = 0;
  const manager = serviceManager({ NOTIFY_SOCKET, WATCHDOG_USEC: "40000" });
  manager.ready({ ...serving, isCarrying: () => ++questions % 3 === 0 });
  expect(await next()).toBe(READY);
  await expect.poll(() => questions).toBeGreaterThan(9);
  manager.stopping("it goes");
  const asked = questions;
  let signs = 0;
  while ((await next()) === "WATCHDOG=1") signs++;
  expect(signs).toBe(Math.floor(asked / 3));
});

test("signs of life that another process is asked for are not sent", async () => {
  const NOTIFY_SOCKET = join(folder, "other");
  const next = await listen(NOTIFY_SOCKET);
  let questions = 0;
  const manager = serviceManager({ NOTIFY_SOCKET, WATCHDOG_USEC: "4000", WATCHDOG_PID: "1" });
  manager.ready({ ...serving, isCarrying: () => ++questions > 0 });
  expect(await next()).toBe(READY);
  await new Promise((done) => setTimeout(done, 20));
  manager.stopping("it goes");
  expect(await next()).toBe("STOPPING=1\\nSTATUS=it goes");
  expect(questions).toBe(0);
});

test("without a manager, or with one that has gone, nothing happens", () => {
  for (const NOTIFY_SOCKET of [undefined, "", join(folder, "none"), `/${"x".repeat(200)}`]) {
    const manager = serviceManager({
      ...(NOTIFY_SOCKET === undefined ? {} : { NOTIFY_SOCKET }),
      WATCHDOG_USEC: "nonsense",
    });
    manager.ready(serving);
    manager.stopping("it goes");
  }
});
