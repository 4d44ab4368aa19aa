import { type ChildProcessByStdio, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import type { Readable, Writable } from "node:stream";
import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, beforeEach, expect, test } from "vitest";
import { openFlorioPort } from "../src/drivers/socket-port.ts";
import type { FlorioPort } from "../src/port.ts";
import { Recorder } from "./conformance.ts";

const program = join(import.meta.dirname, "fixtures/hostile-partner.py");

/** A partner with the whole of libc at hand: performs each act that it is told by name, and says when it is done. */
class HostilePartner {
  readonly #child: ChildProcessByStdio<Writable, Readable, null>;
  readonly #lines: AsyncIterator<string>;

  constructor(bind: string, connect: string) {
    this.#child = spawn("python3", [program, bind, connect], { stdio: ["pipe", "pipe", "inherit"] });
    this.#lines = createInterface(this.#child.stdout)[Symbol.asyncIterator]();
  }

  async act(name: string): Promise<void> {
    this.#child.stdin.write(`${name}\n`);
    expect(await this.#lines.next()).toEqual({ done: false, value: name });
  }

  async end(): Promise<void> {
    const exit = once(this.#child, "exit");
    this.#child.stdin.end();
    await exit;
  }
}

let folder = "";
let recorder: Recorder;
let port: FlorioPort;
let partner: HostilePartner;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "florio-"));
  const [bind, connect] = [join(folder, "a"), join(folder, "b")];
  recorder = new Recorder();
  port = openFlorioPort({ bind, connect, handlers: recorder });
  partner = new HostilePartner(connect, bind);
  await partner.act("connect");
  await until(() => port.isConnected);
});

afterEach(async () => {
  port.close();
  await partner.end();
  rmSync(folder, { recursive: true, force: true });
});

async function until(what: () => boolean): Promise<void> {
  for (const end = performance.now() + 60_000; !what(); await sleep(5)) {
    if (performance.now() > end) throw new Error(`not within 60 s: ${what.toString()}`);
  }
}

/** Checks that packets go both ways: our socket is read, and the partner receives from us. */
async function expectToWork(): Promise<void> {
  const before = recorder.packets.length;
  await partner.act("send");
  await until(() => recorder.packets.length > before);
  expect(port.sendControl(Uint8Array.of(1))).toBe(true);
  await partner.act("receive");
}

test("it turns away while data is on its way, again and again: our process lives, and the pair goes on", async () => {
  for (let round = 0; round < 20; round++) {
    await partner.act("send");
    expect(port.sendControl(Uint8Array.of(1))).toBe(true);
    // Our frames lie in the partner's queue. When the partner disconnects, the kernel puts an error on our socket
    // because of them.
    await partner.act("disconnect");
    if (round % 2 === 0) await until(() => recorder.packets.length > round);
    await partner.act("connect");
  }
  await expectToWork();
  expect(recorder.log).toEqual(["connected"]);
});

test("descriptors that it sends along never become ours", async () => {
  const before = readdirSync("/proc/self/fd").length;
  for (let round = 0; round < 20; round++) await partner.act("send-descriptors");
  await until(() => recorder.packets.length === 20);
  expect(readdirSync("/proc/self/fd").length).toBeLessThan(before + 20);
  await expectToWork();
});

test("strangers of every kind are not taken for it, and longer paths with its own in front neither", async () => {
  // While the partner is there, the kernel keeps strangers away.
  await partner.act("leave");
  expect(port.sendControl(Uint8Array.of(1))).toBe(false);
  for (const kind of ["nameless", "abstract", "longest", "longer"]) await partner.act(`stranger-${kind}`);
  await until(() => port.counters.framesDroppedSender === 4);
  expect(recorder.packets).toEqual([]);
  await partner.act("return");
  await until(() => port.isConnected);
  await expectToWork();
});

test("datagrams of no bytes and of far too many are dropped", async () => {
  await partner.act("send-nothing");
  await partner.act("send-much");
  const { counters } = port;
  await until(() => counters.framesDroppedMalformed + counters.framesDroppedVersion === 2);
  await expectToWork();
});
