import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  rmSync,
  statSync,
  unlinkSync,
  writeFileSync,
} from "node:fs";
import { createServer } from "node:net";
import { constants, tmpdir } from "node:os";
import { join } from "node:path";
import { setImmediate as turn, setTimeout as sleep } from "node:timers/promises";
import { SOCKET_FULL, UnixDatagramSocket } from "@florenetes/native";
import * as fc from "fast-check";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { newFlorioCounters } from "../src/counters.ts";
import { openFlorioPort } from "../src/drivers/socket-port.ts";
import { FlorioError, type FlorioErrorCode } from "../src/errors.ts";
import { FRAME_SIZE_MAX, LOOK_INTERVAL_MS } from "../src/limits.ts";
import type { FlorioPort } from "../src/port.ts";
import { florioConformance, Recorder } from "./conformance.ts";
import { naiveEncode } from "./naive-codec.ts";

let folder = "";
let a = "";
let b = "";
const opened: { close(): void }[] = [];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "florio-"));
  a = join(folder, "a.sock");
  b = join(folder, "b.sock");
});

afterEach(() => {
  for (const one of opened.splice(0)) one.close();
  rmSync(folder, { recursive: true, force: true });
});

function open(bind: string, connect: string, handlers = new Recorder()): FlorioPort {
  const port = openFlorioPort({ bind, connect, handlers });
  opened.push(port);
  return port;
}

/** A bare socket, as a program in another language would use it. */
function openBare(bind?: string): UnixDatagramSocket {
  const socket = UnixDatagramSocket.open(
    "",
    () => {},
    () => {},
  ) as UnixDatagramSocket;
  opened.push(socket);
  if (bind !== undefined) expect(socket.bind(bind)).toBe(0);
  return socket;
}

async function until(what: () => boolean, withinMs = 60_000): Promise<void> {
  for (const end = performance.now() + withinMs; !what(); await sleep(5)) {
    if (performance.now() > end) throw new Error(`not within ${withinMs} ms: ${what.toString()}`);
  }
}

function codeOf(action: () => unknown): FlorioErrorCode | undefined {
  try {
    action();
    return undefined;
  } catch (error) {
    expect(error).toBeInstanceOf(FlorioError);
    return (error as FlorioError).code;
  }
}

describe("a pair of sockets keeps the contract", () => {
  florioConformance(async (handlersOfA, handlersOfB) => {
    const portA = openFlorioPort({ bind: a, connect: b, handlers: handlersOfA });
    let portB = openFlorioPort({ bind: b, connect: a, handlers: handlersOfB });
    const bothConnected = () => portA.isConnected && portB.isConnected;
    await until(bothConnected);
    const heard = () => portA.counters.framesReceived + portB.counters.framesReceived;
    return {
      a: portA,
      get b() {
        return portB;
      },
      settle: async () => {
        for (let quiet = 0, before = -1; quiet < 3; before = heard()) {
          await sleep(10);
          quiet = before === heard() ? quiet + 1 : 0;
        }
      },
      restartB: async () => {
        portB.close();
        portB = openFlorioPort({ bind: b, connect: a, handlers: handlersOfB });
        await until(() => {
          portA.sendControl(Uint8Array.of(1));
          return portA.counters.disconnects > 0 && bothConnected();
        });
      },
      close: () => {
        portA.close();
        portB.close();
      },
    };
  });
});

describe("binding", () => {
  test("the socket is open to the group, and gone after close", () => {
    const port = open(a, b);
    expect(lstatSync(a).isSocket()).toBe(true);
    expect(statSync(a).mode & 0o777).toBe(0o660);
    port.close();
    expect(existsSync(a)).toBe(false);
  });

  test("a second instance is refused, whether the first has a partner or not, and does not hurt it", async () => {
    const first = open(a, b);
    expect(codeOf(() => open(a, b))).toBe("ERR_FLORIO_SOCKET_IN_USE");
    open(b, a);
    await until(() => first.isConnected);
    expect(codeOf(() => open(a, b))).toBe("ERR_FLORIO_SOCKET_IN_USE");
    await sleep(20);
    expect(first.isConnected).toBe(true);
    expect(first.sendControl(Uint8Array.of(1))).toBe(true);
  });

  test("a stale socket is replaced", () => {
    openBare(a).close();
    expect(existsSync(a)).toBe(true);
    open(a, b);
    expect(codeOf(() => open(a, b))).toBe("ERR_FLORIO_SOCKET_IN_USE");
  });

  test("a file that is no socket is never unlinked", () => {
    writeFileSync(a, "precious");
    expect(codeOf(() => open(a, b))).toBe("ERR_FLORIO_NOT_A_SOCKET");
    expect(existsSync(a)).toBe(true);
    mkdirSync(b);
    expect(codeOf(() => open(b, a))).toBe("ERR_FLORIO_NOT_A_SOCKET");
  });

  test("a stream socket in the way is alive", async () => {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(a, resolve));
    expect(codeOf(() => open(a, b))).toBe("ERR_FLORIO_SOCKET_IN_USE");
    await new Promise((resolve) => server.close(resolve));
  });

  test("close leaves the socket of a successor alone", () => {
    const port = open(a, b);
    unlinkSync(a);
    const successor = open(a, b);
    port.close();
    expect(existsSync(a)).toBe(true);
    successor.close();
    expect(existsSync(a)).toBe(false);
  });

  test.each<[string, () => [string, string], FlorioErrorCode]>([
    ["a path of 108 bytes", () => [`/tmp/${"x".repeat(103)}`, b], "ERR_FLORIO_PATH_TOO_LONG"],
    ["bytes are counted, not letters", () => [`/tmp/${"é".repeat(60)}`, b], "ERR_FLORIO_PATH_TOO_LONG"],
    ["the partner's path, too", () => [a, `/tmp/${"x".repeat(103)}`], "ERR_FLORIO_PATH_TOO_LONG"],
    ["a relative path", () => ["florio.sock", b], "ERR_FLORIO_PATH_INVALID"],
    ["a path with a detour", () => [`${folder}/../x.sock`, b], "ERR_FLORIO_PATH_INVALID"],
    ["a path with a zero byte", () => [`${folder}/x\0y`, b], "ERR_FLORIO_PATH_INVALID"],
    ["one path for both", () => [a, a], "ERR_FLORIO_PATH_INVALID"],
    ["no such directory", () => [join(folder, "none", "a.sock"), b], "ERR_FLORIO_DIRECTORY_MISSING"],
  ])("%s", (_name, paths, code) => {
    const [bind, connect] = paths();
    expect(codeOf(() => open(bind, connect))).toBe(code);
  });

  test("a path of 107 bytes works", () => {
    const long = `${folder}/${"x".repeat(107 - folder.length - 1)}`;
    open(long, b);
    expect(lstatSync(long).isSocket()).toBe(true);
  });

  test.skipIf(process.getuid?.() === 0)("a directory that is closed to us", () => {
    chmodSync(folder, 0o500);
    expect(codeOf(() => open(a, b))).toBe("ERR_FLORIO_PERMISSION");
    chmodSync(folder, 0o700);
  });
});

describe("the partner", () => {
  test("away is no error, and the port says what it waits for", async () => {
    const port = open(a, b);
    await sleep(20);
    expect(port.isConnected).toBe(false);
    expect(port.waitingFor).toContain("ENOENT");
    openBare(b).close();
    await until(() => port.waitingFor.includes("ECONNREFUSED"));
    unlinkSync(b);
    const partner = openBare(b);
    await until(() => port.isConnected);
    expect(port.waitingFor).toBe("");
    partner.close();
    expect(port.sendControl(Uint8Array.of(1))).toBe(false);
    expect(port.isConnected).toBe(false);
  });

  test("connected to somebody else: waits, and says so", async () => {
    const partner = openBare(b);
    openBare(join(folder, "other"));
    expect(partner.connect(join(folder, "other"))).toBe(0);
    const port = open(a, b);
    await until(() => port.waitingFor.includes("EPERM"));
  });

  test("a send from a handler at the moment of its death does no harm", async () => {
    const recorder = new Recorder();
    const port = open(a, b, recorder);
    const partner = openBare(b);
    await until(() => port.isConnected);
    expect(partner.connect(a)).toBe(0);
    recorder.react = () => {
      port.sendControl(Uint8Array.of(1));
      port.sendPacket(1, Uint8Array.of(1), 0, 1);
    };
    const frame = naiveEncode(1, [Uint8Array.of(1)]);
    for (let count = 0; count < 20; count++) partner.send(frame);
    await turn();
    partner.close();
    await until(() => recorder.log.includes("disconnected"));
    expect(port.isConnected).toBe(false);
    unlinkSync(b);
    openBare(b);
    await until(() => port.isConnected);
    expect(recorder.log).toEqual(["connected", "disconnected", "connected"]);
  });

  test("that is there and connected to us gives no rise to doubts, and does not notice that it is looked for", async () => {
    const [one, other] = [new Recorder(), new Recorder()];
    const ports = [open(a, b, one), open(b, a, other)];
    await until(() => ports.every(({ isConnected }) => isConnected));
    await sleep(3 * LOOK_INTERVAL_MS);
    // Either port may have looked before the other was connected to it.
    [one.doubts, other.doubts] = [0, 0];
    await sleep(3 * LOOK_INTERVAL_MS);
    expect([one.doubts, other.doubts]).toEqual([0, 0]);
    expect([one.log, other.log]).toEqual([["connected"], ["connected"]]);
    expect([ports[0]!.counters, ports[1]!.counters]).toEqual([newFlorioCounters(), newFlorioCounters()]);
  });

  test("gives rise to doubts, though nobody sends anything, when it has died, and when another one is in its place", async () => {
    const recorder = new Recorder();
    const port = open(a, b, recorder);
    const partner = openBare(b);
    await until(() => port.isConnected);
    expect(partner.connect(a)).toBe(0);
    await sleep(3 * LOOK_INTERVAL_MS);
    // A look may have come before the partner was connected to us.
    recorder.doubts = 0;
    await sleep(3 * LOOK_INTERVAL_MS);
    expect(recorder.doubts).toBe(0);
    partner.close();
    await until(() => recorder.doubts > 0);
    unlinkSync(b);
    openBare(b);
    recorder.doubts = 0;
    await until(() => recorder.doubts > 1);
    expect(port.isConnected).toBe(true);
    port.sendControl(Uint8Array.of(1));
    await until(() => recorder.log.length === 3);
    expect(recorder.log).toEqual(["connected", "disconnected", "connected"]);
  });

  test("that is away is not looked for, nor is one of a port that is closed", async () => {
    const recorder = new Recorder();
    const port = open(a, b, recorder);
    const partner = openBare(b);
    await until(() => port.isConnected);
    partner.close();
    port.sendControl(Uint8Array.of(1));
    await until(() => recorder.log.includes("disconnected"));
    recorder.doubts = 0;
    await sleep(3 * LOOK_INTERVAL_MS);
    expect(recorder.doubts).toBe(0);
    unlinkSync(b);
    openBare(b);
    await until(() => port.isConnected);
    port.close();
    recorder.doubts = 0;
    await sleep(3 * LOOK_INTERVAL_MS);
    expect(recorder.doubts).toBe(0);
  });

  test("a handler may close the port", async () => {
    const recorder = new Recorder();
    const port = open(a, b, recorder);
    const partner = openBare(b);
    await until(() => port.isConnected);
    expect(partner.connect(a)).toBe(0);
    recorder.react = () => port.close();
    partner.send(naiveEncode(1, [Uint8Array.of(1)]));
    partner.send(naiveEncode(1, [Uint8Array.of(2)]));
    await until(() => recorder.packets.length === 1);
    await sleep(20);
    expect(recorder.packets.length).toBe(1);
    expect(existsSync(a)).toBe(false);
  });

  test("our socket file is removed while we wait: it comes back", async () => {
    const port = open(a, b);
    unlinkSync(a);
    await until(() => existsSync(a));
    open(b, a);
    await until(() => port.isConnected);
  });
});

describe("third parties", () => {
  test("frames of any other sender are dropped and counted while no partner is there", async () => {
    const recorder = new Recorder();
    const port = open(a, b, recorder);
    const stranger = openBare(join(folder, "stranger"));
    const nameless = openBare();
    for (const socket of [stranger, nameless]) {
      expect(socket.connect(a)).toBe(0);
      expect(socket.send(naiveEncode(1, [Uint8Array.of(1)]))).toBe(0);
    }
    await until(() => port.counters.framesDroppedSender === 2);
    expect(recorder.frames).toEqual([]);
  });

  test("are refused by the kernel while the pair is connected", async () => {
    const port = open(a, b);
    const stranger = openBare(join(folder, "stranger"));
    expect(stranger.connect(a)).toBe(0);
    open(b, a);
    await until(() => port.isConnected);
    expect(stranger.send(naiveEncode(1, [Uint8Array.of(1)]))).toBe(constants.errno.EPERM);
    expect(openBare().connect(a)).toBe(constants.errno.EPERM);
    await sleep(20);
    expect(port.counters.framesDroppedSender).toBe(0);
  });
});

describe("whatever the partner sends", () => {
  async function partnerOf(recorder: Recorder): Promise<[FlorioPort, UnixDatagramSocket]> {
    const port = open(a, b, recorder);
    const partner = openBare(b);
    await until(() => port.isConnected);
    expect(partner.connect(a)).toBe(0);
    return [port, partner];
  }

  test("frames of the greatest size arrive, larger ones are dropped", async () => {
    const recorder = new Recorder();
    const [port, partner] = await partnerOf(recorder);
    const largest = naiveEncode(1, [new Uint8Array(FRAME_SIZE_MAX - 10).fill(7)]);
    expect(largest.length).toBe(FRAME_SIZE_MAX);
    expect(partner.send(largest)).toBe(0);
    // The add-on cuts this frame at 65,536 bytes without a word.
    expect(partner.send(naiveEncode(1, [new Uint8Array(65_535)]))).toBe(0);
    expect(partner.send(new Uint8Array(100_000).fill(1))).toBe(0);
    await until(() => port.counters.framesDroppedMalformed === 2);
    expect(recorder.frames[0]!.frame.length).toBe(FRAME_SIZE_MAX);
    expect(recorder.frames.length).toBe(1);
  });

  test("of another version are dropped, and the version is told", async () => {
    const recorder = new Recorder();
    const [port, partner] = await partnerOf(recorder);
    const foreign = naiveEncode(1, [Uint8Array.of(1)]);
    foreign[0] = 7;
    expect(partner.send(foreign)).toBe(0);
    await until(() => port.counters.framesDroppedVersion === 1);
    expect(recorder.foreignVersions).toEqual([7]);
    expect(recorder.frames).toEqual([]);
  });

  test("random bytes are counted and dropped, and good frames arrive among them", async () => {
    const recorder = new Recorder();
    const [port, partner] = await partnerOf(recorder);
    const good = naiveEncode(1, [Uint8Array.of(1)]);
    const randoms = fc.sample(fc.uint8Array({ maxLength: 64 }), { numRuns: 300, seed: 7 });
    let sent = 0;
    for (const bytes of randoms) {
      while (partner.send(bytes) === SOCKET_FULL) await turn();
      while (partner.send(good) === SOCKET_FULL) await turn();
      sent += 2;
    }
    const { counters } = port;
    const dropped = () => counters.framesDroppedMalformed + counters.framesDroppedVersion + counters.framesDroppedType;
    await until(() => counters.framesReceived + dropped() === sent);
    expect(dropped()).toBeGreaterThan(250);
    expect(recorder.packets.length).toBeGreaterThanOrEqual(300);
    expect(port.isConnected).toBe(true);
  });
});
