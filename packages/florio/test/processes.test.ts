import { type ChildProcessByStdio, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { chmodSync, chownSync, existsSync, mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import type { Readable, Writable } from "node:stream";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import type { FlorioCounters } from "../src/port.ts";

type Language = "TypeScript" | "Rust";

const ROOT = join(import.meta.dirname, "../../..");
/** The command that starts a process with one port, in each language. */
const PROGRAMS: Record<Language, readonly string[]> = {
  TypeScript: [
    process.execPath,
    "--conditions=@florenetes/source",
    fileURLToPath(new URL("fixtures/vertex-process.ts", import.meta.url)),
  ],
  Rust: [join(ROOT, "native/target/checks/examples/florio-vertex")],
};
/** Whether the build has made the native data plane, for which it needs cargo. */
const hasRust: boolean = existsSync(join(ROOT, "packages/data-plane/addon/florenetes-data-plane.node"));

/** Builds with the profile of cargo's tests, so that both share crates. */
function buildRust(): void {
  const args = ["build", "--profile", "checks", "--workspace", "--locked", "--quiet", "--example", "florio-vertex"];
  const { status } = spawnSync("cargo", args, {
    cwd: join(ROOT, "native"),
    stdio: ["ignore", "ignore", "inherit"],
  });
  expect(status).toBe(0);
}

interface Status {
  readonly isConnected: boolean;
  readonly isWritable: boolean;
  readonly waitingFor: string;
  readonly partner: string;
  readonly connects: number;
  readonly disconnects: number;
  readonly writables: number;
  readonly counters: FlorioCounters;
}

/** A process of its own with one FlorIO port: killing it does not kill the test. */
class Vertex {
  readonly child: ChildProcessByStdio<Writable, Readable, null>;
  readonly hasStarted: Promise<unknown>;
  readonly #answers: AsyncIterator<string>;

  constructor(language: Language, bind: string, connect: string) {
    const [program, ...options] = PROGRAMS[language];
    this.child = spawn(program!, [...options, bind, connect], { stdio: ["pipe", "pipe", "inherit"] });
    this.#answers = createInterface(this.child.stdout)[Symbol.asyncIterator]();
    this.hasStarted = this.#answer();
  }

  get beat(): string {
    return `beat of ${this.child.pid}`;
  }

  get hasEnded(): boolean {
    return this.child.exitCode !== null || this.child.signalCode !== null;
  }

  tell(word: "flood" | "calm" | "close" | "status"): void {
    this.child.stdin.write(`${word}\n`);
  }

  async status(): Promise<Status> {
    expect(this.child.signalCode, "the process must not be killed by what its partner does").toBe(null);
    this.tell("status");
    return (await this.#answer()) as Status;
  }

  async kill(signal: NodeJS.Signals): Promise<void> {
    const end = once(this.child, "exit");
    this.child.kill(signal);
    await end;
  }

  async #answer(): Promise<unknown> {
    const { done, value } = await this.#answers.next();
    if (done === true) throw new Error("the process has ended");
    return JSON.parse(value);
  }
}

let folder = "";
/** The language of each end. */
let languages: Readonly<Record<string, Language>> = {};
const vertices: Vertex[] = [];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "florio-"));
});

afterEach(async () => {
  await Promise.all(vertices.splice(0).map(async (vertex) => (vertex.hasEnded ? undefined : vertex.kill("SIGKILL"))));
  rmSync(folder, { recursive: true, force: true });
});

async function start(own: string, other: string): Promise<Vertex> {
  const vertex = new Vertex(languages[own]!, join(folder, own), join(folder, other));
  vertices.push(vertex);
  expect(await vertex.hasStarted).toBe("ready");
  return vertex;
}

/** Waits until a vertex reports the expected status, for as long as the test may take. */
async function until(vertex: Vertex, what: (status: Status) => boolean): Promise<void> {
  while (!what(await vertex.status())) await sleep(20);
}

/** Waits until both have received the heartbeat of the other's present process. */
async function untilJoined(a: Vertex, b: Vertex): Promise<void> {
  await Promise.all([
    until(a, ({ isConnected, partner }) => isConnected && partner === b.beat),
    until(b, ({ isConnected, partner }) => isConnected && partner === a.beat),
  ]);
}

const PAIRS: readonly (readonly [Language, Language])[] = [
  ["TypeScript", "TypeScript"],
  ["Rust", "TypeScript"],
  ["TypeScript", "Rust"],
];

for (const [a, b] of PAIRS) {
  const isWithRust = a === "Rust" || b === "Rust";
  const note = isWithRust && !hasRust ? ", left out: the build has found no cargo" : "";
  describe.skipIf(note !== "")(`${a} and ${b}${note}`, () => {
    // The first build compiles the crates that the example needs.
    beforeAll(() => {
      if (isWithRust) buildRust();
    }, 600_000);

    beforeEach(() => {
      languages = { a, b };
    });

    partners();
    ofOtherUsers();
  });
}

/** The user who owns the folder of a partner's socket, and is in no group. */
const PARTNER = 61_002;

/**
 * The error with which a user without groups cannot connect to a socket. EPERM: the user has permission, and the socket is connected to
 * another socket.
 */
function refusalOf(uid: number, path: string): string {
  const script = `
import errno, os, socket, sys
os.setgroups([]); os.setgid(int(sys.argv[1])); os.setuid(int(sys.argv[1]))
print(errno.errorcode[socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM).connect_ex(sys.argv[2])])`.trim();
  return spawnSync("python3", ["-c", script, String(uid), path], { encoding: "utf8" }).stdout.trim();
}

function ofOtherUsers(): void {
  test.runIf(process.getuid!() === 0)(
    "whoever owns the folder of its partner's socket is let in, and nobody else",
    async () => {
      const home = join(folder, "home");
      chmodSync(folder, 0o711);
      mkdirSync(home);
      chownSync(home, PARTNER, PARTNER);
      const [pathOfA, pathOfB] = [join(folder, "a"), join(home, "b")];
      const b = new Vertex(languages["b"]!, pathOfB, pathOfA);
      vertices.push(b);
      expect(await b.hasStarted).toBe("ready");
      // Each life of the partner makes a socket of its own.
      for (let round = 0; round < 2; round++) {
        const a = new Vertex(languages["a"]!, pathOfA, pathOfB);
        vertices.push(a);
        expect(await a.hasStarted).toBe("ready");
        await untilJoined(a, b);
        expect([PARTNER, PARTNER + 1].map((uid) => refusalOf(uid, pathOfA))).toEqual(["EPERM", "EACCES"]);
        await a.kill("SIGKILL");
      }
    },
  );
}

function partners(): void {
  describe("killed and started again, at any time and in any order", () => {
    test.each([
      ["the one that started first", 0],
      ["the one that started second", 1],
    ])("%s is killed: the survivor finds the new process", async (_name, victim) => {
      const names = ["a", "b"] as const;
      const pair = [await start("a", "b"), await start("b", "a")];
      await untilJoined(pair[0]!, pair[1]!);
      const survivor = pair[1 - victim]!;
      for (let round = 1; round <= 3; round++) {
        await pair[victim]!.kill("SIGKILL");
        expect(existsSync(join(folder, names[victim]!)), "its socket is left over").toBe(true);
        pair[victim] = await start(names[victim]!, names[1 - victim]!);
        await untilJoined(pair[0]!, pair[1]!);
        const { connects, disconnects } = await survivor.status();
        expect({ connects, disconnects }).toEqual({ connects: round + 1, disconnects: round });
      }
    });

    test("both at once", async () => {
      let [a, b] = [await start("a", "b"), await start("b", "a")];
      await untilJoined(a, b);
      await Promise.all([a.kill("SIGKILL"), b.kill("SIGKILL")]);
      [b, a] = [await start("b", "a"), await start("a", "b")];
      await untilJoined(a, b);
    });

    test("in the middle of a flood both ways: the survivor goes on, and so does the flood", async () => {
      const a = await start("a", "b");
      a.tell("flood");
      for (let round = 0; round < 4; round++) {
        const b = await start("b", "a");
        if (round % 2 === 0) b.tell("flood");
        await untilJoined(a, b);
        const { counters } = await a.status();
        await until(a, (status) => status.counters.packetsReceived > counters.packetsReceived + 500);
        await b.kill("SIGKILL");
        await until(a, ({ isConnected }) => !isConnected);
      }
      const { counters } = await a.status();
      expect(counters.disconnects).toBe(4);
      expect(counters.packetsDroppedNotConnected + counters.packetsRefusedNotConnected).toBeGreaterThan(0);
      expect(counters.framesDroppedMalformed).toBe(0);
    });

    test("a port that is closed in peace leaves no file, and its partner waits for it", async () => {
      const [a, b] = [await start("a", "b"), await start("b", "a")];
      await untilJoined(a, b);
      b.tell("close");
      await until(a, ({ isConnected, waitingFor }) => !isConnected && waitingFor.includes("ENOENT"));
      expect(existsSync(join(folder, "b"))).toBe(false);
      await untilJoined(a, await start("b", "a"));
    });
  });

  test("a second instance is told that the socket is in use, and the first goes on", async () => {
    const [a, b] = [await start("a", "b"), await start("b", "a")];
    await untilJoined(a, b);
    const second = new Vertex(languages["b"]!, join(folder, "b"), join(folder, "a"));
    vertices.push(second);
    expect(await second.hasStarted).toBe("ERR_FLORIO_SOCKET_IN_USE");
    await sleep(250);
    const { isConnected, disconnects } = await a.status();
    expect({ isConnected, disconnects }).toEqual({ isConnected: true, disconnects: 0 });
  });

  test("a partner that stands still: the sender answers on, drops, counts, and hears when it may go on", async () => {
    const [a, b] = [await start("a", "b"), await start("b", "a")];
    await untilJoined(a, b);
    b.child.kill("SIGSTOP");
    a.tell("flood");
    await until(a, ({ counters }) => counters.packetsRefusedQueueFull > 10_000);
    const full = await a.status();
    expect(full).toMatchObject({ isConnected: true, isWritable: false, writables: 0 });
    expect(full.counters.socketFull).toBe(1);
    a.tell("calm");
    b.child.kill("SIGCONT");
    await until(a, ({ isWritable, writables }) => isWritable && writables === 1);
    const { counters } = await b.status();
    await until(b, (status) => status.counters.packetsReceived >= full.counters.packetsSent);
    expect(counters.framesDroppedMalformed).toBe(0);
    expect((await a.status()).disconnects).toBe(0);
  });
}
