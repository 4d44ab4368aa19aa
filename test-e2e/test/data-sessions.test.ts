/*
 *   a ───── b ───── c      workloads speak data sessions on a; on c are an echo of its own, and workloads that serve over data sessions
 */
import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { type AddressInfo, type Server, type Socket, connect, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { buffer } from "node:stream/consumers";
import { pipeline } from "node:stream/promises";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { RouteState } from "@florenetes/data-session";
import {
  type StreamError,
  type WorkloadFlow,
  type WorkloadSession,
  type WorkloadStream,
  connectSession,
  openSession,
} from "@florenetes/data-session/workload";
import { WORKLOAD_CLASS_NAMES } from "@florenetes/forwarding";
import { type Lab, openLab } from "@florenetes/meshlab";
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from "vitest";
import { PATIENCE, PATIENCE_MS, PATIENCE_OF_PROCESSES } from "../src/patience.ts";
import { isRoot } from "../src/root.ts";
import { deafUdpPort } from "../src/udp-program.ts";

const run = promisify(execFile);
/** The number of streams. Over the portable engine a few streams show enough. */
const STREAMS = process.env["FLORENETES_ENGINE"] === "portable" ? 200 : 1_000;
/** More bytes than the sockets and windows on the way to a workload hold. */
const SIZE = 16_000_000;
/** Codes of docs/protocol/transport.md and docs/protocol/data-session.md. */
const TARGET_DOWN = 0x02;
const UNKNOWN_SERVICE = 0x05;
const WRONG_CLASS = 0x13;

function program(name: string): string {
  return fileURLToPath(new URL(`../../examples/data-session-python/${name}`, import.meta.url));
}

/** The status of a socket of sessions. */
interface SocketStatus {
  readonly open: number;
  readonly total: number;
  readonly refused: Readonly<Record<string, number>>;
  readonly ended: Readonly<Record<string, number>>;
  readonly services: readonly { readonly name: string; readonly connections: { readonly open: number } }[];
  readonly sessions: readonly { readonly streamsOpen: number; readonly bytesHeld: number }[];
}

describe("data sessions", () => {
  const folder = mkdtempSync(join(tmpdir(), "sessions-"));
  const at = (name: string): string => join(folder, `${name}.sock`);
  let lab: Lab;
  let chat: Server;
  let waiting: Server;
  const served: (WorkloadStream | WorkloadFlow)[] = [];
  /** Connections that are not read yet. */
  const stuck: Socket[] = [];

  beforeAll(async () => {
    chat = await listenForSessions(at("chat"));
    const targets = {
      echo: "self:echo",
      bulk: "self:echo",
      chat: `session+unix:${at("chat")}`,
      python: `session+unix:${at("python")}`,
      down: "tcp://127.0.0.1:1",
      deaf: `udp://127.0.0.1:${await deafUdpPort()}`,
      slow: `session+unix:${at("chat")}`,
      stuck: `tcp://127.0.0.1:${await listenAndWait()}`,
    };
    const path = ["a", "b", "c"];
    lab = await openLab({
      cluster: "sessions",
      nodes: { a: {}, b: {}, c: {} },
      links: [{ between: ["a", "b"] }, { between: ["b", "c"] }],
      services: Object.fromEntries(
        Object.entries(targets).map(([name, target]) => {
          const classes = name === "bulk" ? { classes: ["bulk" as const] } : {};
          // A health check of a target makes a connection to it, and the test counts those.
          const look = name === "stuck" ? { "health-check": "off" as const } : {};
          return [name, { node: "c", target, allow: ["user/alice"], ...classes, ...look }];
        }),
      ),
      sessions: [
        {
          node: "a",
          listen: `unix:${at("mesh")}`,
          mode: "0666",
          as: "user/alice",
          services: {
            // A thousand streams are opened at once, and a busy machine may need longer for them than a caller likes to wait.
            ...Object.fromEntries(Object.keys(targets).map((name) => [name, { path, "connect-wait": "60s" }])),
            other: { path, service: "echo" },
          },
        },
      ],
      tunnels: [{ node: "a", listen: "tcp://127.0.0.1:0", as: "user/alice", service: "chat", path }],
    });
    await lab.up();
  });
  afterAll(async () => {
    await lab?.down();
    chat?.close();
    for (const socket of stuck) socket.destroy();
    waiting?.close();
    rmSync(folder, { recursive: true, force: true });
  });

  /** Listens as a workload that serves: it echoes its streams, and notes who has called. */
  async function listenForSessions(path: string): Promise<Server> {
    const server = createServer({ allowHalfOpen: true }, (socket) => {
      const onStream = (stream: WorkloadStream): void => {
        served.push(stream);
        if (stream.service === "chat") void pipeline(stream, stream).catch(() => {});
        else stream.answer();
      };
      const onFlow = (flow: WorkloadFlow): void => {
        served.push(flow);
        flow.answer();
        flow.on("datagram", (bytes) => flow.send(bytes));
      };
      void openSession(socket, { name: "chat", onStream, onFlow }).catch(() => {});
    });
    server.listen(path);
    await once(server, "listening");
    return server;
  }

  async function listenAndWait(): Promise<number> {
    const server = createServer({ pauseOnConnect: true, allowHalfOpen: true }, (socket) => {
      stuck.push(socket);
      socket.on("error", () => {});
    });
    waiting = server.listen(0, "127.0.0.1");
    await once(server, "listening");
    return (server.address() as AddressInfo).port;
  }

  async function open(): Promise<WorkloadSession> {
    const session = await connectSession(at("mesh"), { name: "test" });
    onTestFinished(() => session.close());
    return session;
  }

  async function statusOf(node = "a"): Promise<SocketStatus> {
    const { clusterFlor } = await lab.status(node);
    return (clusterFlor as unknown as { sessions: readonly SocketStatus[] }).sessions[0]!;
  }

  async function echoes(session: WorkloadSession, service = "echo"): Promise<string> {
    const stream = await session.open(service);
    stream.end("hello");
    return String(await buffer(stream));
  }

  test(
    `a chat of ${STREAMS} streams of all classes over one session, and datagrams beside them`,
    async () => {
      const session = await open();
      expect(session.principal).toBe("user/alice");
      /** For each stream that has not ended, how far it is, or why it failed. */
      const unended = new Map<number, string>();
      const talk = async (number: number): Promise<void> => {
        unended.set(number, "no place");
        const stream = await session.open("chat", {
          class: WORKLOAD_CLASS_NAMES[number % WORKLOAD_CLASS_NAMES.length]!,
        });
        const said = Buffer.alloc(1 + (number % 50) * 300, `${number} `);
        unended.set(number, `nothing of ${said.length} taken`);
        stream.on("acknowledged", (offset) => unended.set(number, `${offset} of ${said.length} taken`));
        // At its end, `buffer` would otherwise give up the half that is written, too.
        const heard = buffer(stream.iterator({ destroyOnReturn: false }));
        stream.end(said);
        await once(stream, "finish");
        expect(stream.acknowledged).toBe(said.length);
        unended.set(number, "no end heard");
        expect((await heard).equals(said)).toBe(true);
        unended.delete(number);
      };
      for (let number = 0; number < STREAMS; number++)
        void talk(number).catch((error: unknown) => unended.set(number, String(error)));
      const flow = await session.openFlow("chat", { class: "droppable" });
      const datagrams = new Set<string>();
      flow.on("datagram", (bytes) => datagrams.add(String(bytes)));
      const over = once(flow, "close").then(([error]) => Promise.reject(error ?? new Error("the flow is over")));
      const ask = (): number => {
        for (let number = 0; number < 20; number++)
          if (!datagrams.has(`d${number}`)) flow.send(Buffer.from(`d${number}`));
        return datagrams.size;
      };
      await Promise.race([over, expect.poll(ask, { ...PATIENCE, interval: 100 }).toBe(20)]);
      flow.close();
      const leftOver = async (): Promise<readonly unknown[]> =>
        unended.size === 0
          ? []
          : [unended.size, [...unended].slice(0, 5), await statusOf(), (await lab.status("c")).clusterFlor];
      await expect.poll(leftOver, PATIENCE_OF_PROCESSES).toEqual([]);
      expect(new Set(served.map(({ caller }) => caller))).toEqual(new Set(["user/alice"]));
      expect(new Set(served.map(({ trafficClass }) => trafficClass)).size).toBe(WORKLOAD_CLASS_NAMES.length);
      await expect.poll(() => session.routes.get("chat")?.state, PATIENCE).toBe(RouteState.up);
      expect(session.routes.get("chat")!.datagramSize).toBeGreaterThan(1_000);
      await expect.poll(async () => (await statusOf()).sessions[0]?.streamsOpen, PATIENCE).toBe(0);
    },
    // The test waits longer than a stream, so that a stream that does not end is told.
    2 * PATIENCE_MS,
  );

  test(
    "a client and a workload in Python speak with each other over the mesh",
    async () => {
      const server = spawn("python3", ["-B", program("echo.py"), at("python"), "user/alice"], {
        stdio: ["ignore", "pipe", "inherit"],
      });
      onTestFinished(() => void server.kill());
      await once(server.stdout, "data");
      const { stdout } = await run("python3", ["-B", program("chat.py"), at("mesh"), "python", "200"]);
      expect(stdout).toMatch(/^user\/alice: 200 streams had back \d+ bytes, and 10 datagrams came back\n$/);
    },
    PATIENCE_MS,
  );

  test(
    "a plain tunnel leads to a workload that serves over a session, too",
    async () => {
      const { port } = new URL(lab.tunnels[0]!.listen);
      const socket = connect({ port: Number(port), host: "127.0.0.1", allowHalfOpen: true });
      const said = Buffer.alloc(3_000_000, "through a tunnel");
      socket.end(said);
      expect((await buffer(socket)).equals(said)).toBe(true);
    },
    PATIENCE_MS,
  );

  test(
    "what cannot be is told by its code, and the reset of one stream touches no other",
    async () => {
      const session = await open();
      const ends = async (
        service: string,
        name: (typeof WORKLOAD_CLASS_NAMES)[number] = "reliable",
      ): Promise<number> => {
        const stream = await session.open(service, { class: name });
        const [error] = (await once(stream, "error")) as [StreamError];
        return error.code;
      };
      const steady = await session.open("other", { class: "interactive" });
      steady.write("one");
      expect(String((await once(steady, "data"))[0])).toBe("one");
      expect(await Promise.all([ends("nobody"), ends("down"), ends("bulk"), ends("deaf")])).toEqual([
        UNKNOWN_SERVICE,
        TARGET_DOWN,
        WRONG_CLASS,
        0x14,
      ]);
      const reset = await session.open("chat");
      reset.write("x");
      await once(reset, "data");
      const there = served.at(-1) as WorkloadStream;
      const told = once(there, "error") as Promise<[StreamError]>;
      reset.reset(0x09, "I stop");
      expect((await told)[0].code).toBe(0x09);
      const other = await session.open("chat");
      other.write("x");
      await once(other, "data");
      const resetThere = once(other, "error") as Promise<[StreamError]>;
      (served.at(-1) as WorkloadStream).reset(0x07, "no more of this");
      expect((await resetThere)[0].code).toBe(0x07);
      steady.end("two");
      expect(String(await buffer(steady))).toBe("two");
    },
    PATIENCE_MS,
  );

  test(
    "ACK stays while the far workload does not read, and follows when it does",
    async () => {
      const session = await open();
      const over = async (stream: WorkloadStream): Promise<void> => {
        await once(stream, "finish");
        expect(stream.acknowledged).toBe(SIZE);
      };
      const slow = await session.open("slow");
      slow.end(Buffer.alloc(SIZE, "slow"));
      const atSocket = await session.open("stuck");
      atSocket.end(Buffer.alloc(SIZE, "stuck"));
      const isOver = Promise.all([over(slow), over(atSocket)]);
      await expect.poll(() => stuck.length, PATIENCE).toBe(1);
      // Other streams go on meanwhile, for longer than a message between the vertices takes.
      for (let round = 0; round < 20; round++) expect(await echoes(session)).toBe("hello");
      expect(slow.acknowledged).toBe(0);
      expect(atSocket.acknowledged).toBeLessThan(SIZE);
      const there = served.findLast((end) => end.service === "slow") as WorkloadStream;
      stuck[0]!.pipe(stuck[0]!);
      there.pipe(there);
      const heard = Promise.all([buffer(slow), buffer(atSocket)]);
      await isOver;
      expect((await heard).map(({ length }) => length)).toEqual([SIZE, SIZE]);
      await expect.poll(() => there.acknowledged, PATIENCE).toBe(SIZE);
      await expect.poll(async () => (await statusOf()).sessions.at(-1)?.streamsOpen, PATIENCE).toBe(0);
    },
    PATIENCE_MS,
  );

  test.runIf(isRoot)(
    "a process of a user that is not on the list is told so",
    async () => {
      const before = (await statusOf()).refused["NOT_ALLOWED"] ?? 0;
      const source = `import asyncio, os, sys; sys.path.insert(0, sys.argv[1])
import client
os.setgroups([]); os.setgid(65534); os.setuid(65534)
try: asyncio.run(client.connect(sys.argv[2]))
except client.SessionLost as error: print(error)`;
      await run("chmod", ["711", folder]);
      const { stdout } = await run("python3", ["-B", "-c", source, program(""), at("mesh")]);
      expect(stdout).toMatch(/^process \d+ of user 65534 and group 65534 is not on the list \(code 4\)\n$/);
      expect((await statusOf()).refused["NOT_ALLOWED"]).toBe(before + 1);
    },
    PATIENCE_MS,
  );

  test(
    "a restart: what was taken goes on to its end, what was not can be tried again, and a new session has all",
    async () => {
      const session = await open();
      const taken = await session.open("chat");
      taken.write("before");
      expect(String((await once(taken, "data"))[0])).toBe("before");
      const goneAway = once(session, "goAway");
      const restarted = lab.restart("a", "cluster-flor");
      const [, text] = (await goneAway) as [number, string];
      expect(text).toBe("the vertex stops");
      await expect(session.open("chat")).rejects.toMatchObject({ isUntaken: true });
      taken.end("behind");
      expect(String(await buffer(taken))).toBe("behind");
      await once(session, "close");
      await restarted;
      await lab.waitUntilUp();
      expect(await echoes(await open())).toBe("hello");
    },
    PATIENCE_MS,
  );
});
