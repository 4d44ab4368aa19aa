/*
 *   a ───── b     services on b with `leader: fabric`, which a uses; the test is b's control agent, and grants them
 */
import { openCa } from "@florenetes/identity/authority";
import { type Lab, openLab } from "@florenetes/meshlab";
import { bootMilliseconds } from "@florenetes/native";
import { requestAdmin } from "@florenetes/process-kit";
import { nativeEngine } from "@florenetes/quic/native";
import { createSocket, type Socket as UdpSocket } from "node:dgram";
import { once } from "node:events";
import { readdirSync, readFileSync } from "node:fs";
import { type AddressInfo, connect, createServer, type Server, type Socket } from "node:net";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { ChangedConfig } from "../src/changed-config.ts";
import { clusterCounts } from "../src/counted.ts";
import { PATIENCE } from "../src/patience.ts";

interface View {
  readonly grants: readonly { readonly service: string; readonly until: number | null }[];
}

const engines = nativeEngine() === undefined ? ["portable"] : ["portable", "native"];
const life = { startedAt: 1_000, id: "00000000000000b1" };
/** How often each end of a connection says something. */
const EVERY_MS = 5;
/** How long a turn that has begun before the end may take on a busy machine. */
const TURN_MS = 500;
const STAMP = 8;

let lab: Lab;
let door: string;
let ports: { readonly tcp: number; readonly udp: number };

/** An end of a connection: each thing that it says is the time at which it was said. */
class Talker {
  readonly socket: Socket;
  /** Bytes that were said, those that were heard, and the latest time among these. */
  said = 0;
  heard = 0;
  latest = 0;
  isClosed = false;
  isSilent = false;
  readonly #timer: NodeJS.Timeout;
  #rest = Buffer.alloc(0);

  constructor(socket: Socket) {
    this.socket = socket;
    socket.setNoDelay(true);
    socket.on("error", () => {});
    socket.on("data", (bytes: Buffer) => this.#hear(bytes));
    socket.on("close", () => this.close());
    this.#timer = setInterval(() => this.#say(), EVERY_MS);
  }

  close(): void {
    this.isClosed = true;
    clearInterval(this.#timer);
    this.socket.destroy();
  }

  #say(): void {
    const stamp = Buffer.alloc(STAMP);
    stamp.writeDoubleBE(bootMilliseconds());
    if (!this.socket.writable || this.isSilent) return;
    this.socket.write(stamp);
    this.said += STAMP;
  }

  #hear(bytes: Buffer): void {
    this.heard += bytes.length;
    this.#rest = Buffer.concat([this.#rest, bytes]);
    for (; this.#rest.length >= STAMP; this.#rest = this.#rest.subarray(STAMP))
      this.latest = Math.max(this.latest, this.#rest.readDoubleBE());
  }
}

/** The workloads of the services: a TCP server that talks, and a UDP socket that answers. */
const targets = { talkers: [] as Talker[], datagrams: 0 };
let server: Server;
let udpServer: UdpSocket;
let udpClient: UdpSocket;

const grants = async (): Promise<View["grants"]> => ((await requestAdmin(door, "/view")) as View).grants;
const post = (order: object): Promise<unknown> =>
  requestAdmin(door, "/grants", { method: "POST", body: JSON.stringify({ life, ...order }) });

/** Has both services served for so long; returns until when. */
async function grant(ms: number): Promise<number> {
  const until = bootMilliseconds() + ms;
  await post({ grants: ["tcp", "udp"].map((service) => ({ service, until })) });
  return until;
}

/** A connection of a workload, from both of its ends, over which both have heard something. */
async function talk(): Promise<readonly [Talker, Talker]> {
  const before = targets.talkers.length;
  const client = new Talker(connect(ports.tcp, "127.0.0.1"));
  await expect.poll(() => targets.talkers.length, PATIENCE).toBe(before + 1);
  const target = targets.talkers.at(-1)!;
  await expect.poll(() => Math.min(client.heard, target.heard), { ...PATIENCE, interval: 10 }).toBeGreaterThan(0);
  return [client, target];
}

const heardBy = (talkers: readonly Talker[]): number[] => [...talkers.map(({ heard }) => heard), targets.datagrams];

/** Resolves once workloads have heard all that was on its way to them, however long a busy machine holds it up. */
async function quiet(talkers: readonly [Talker, Talker]): Promise<number[]> {
  let before: number[] = [];
  const [client, target] = talkers;
  const areQuiet = (): boolean => {
    const now = heardBy(talkers);
    const isSame = now.every((count, index) => count === before[index]);
    before = now;
    return isSame && client.said === target.heard && target.said === client.heard;
  };
  await expect.poll(areQuiet, { ...PATIENCE, interval: 200 }).toBe(true);
  return before;
}

/** Whether all threads of a node's cluster-flor stand still. */
function isStopped(node: string): boolean {
  const { pid } = lab.pids().find((each) => each.node === node && each.process === "cluster-flor")!;
  // The state stands behind the name, which is in brackets (proc(5)).
  const stateOf = (thread: string): string | undefined =>
    /\) (\w) /.exec(readFileSync(`/proc/${pid}/task/${thread}/stat`, "utf8"))?.[1];
  return readdirSync(`/proc/${pid}/task`).every((thread) => stateOf(thread) === "T");
}

async function refused(): Promise<number> {
  const { services } = (await clusterCounts(lab, "b")) as unknown as {
    readonly services: readonly { readonly name: string; readonly connections: { readonly refused: object } }[];
  };
  const tcp = services.find(({ name }) => name === "tcp")!;
  return (tcp.connections.refused as Readonly<Record<string, number>>)["NOT_GRANTED"] ?? 0;
}

describe.each(engines)("with the %s engine", (engine) => {
  beforeAll(async () => {
    server = createServer((socket) => void targets.talkers.push(new Talker(socket))).listen(0, "127.0.0.1");
    await once(server, "listening");
    udpServer = createSocket("udp4").bind(0, "127.0.0.1");
    udpServer.on("message", () => void targets.datagrams++);
    await once(udpServer, "listening");
    const service = (protocol: string, port: number): object => ({
      node: "b",
      target: `${protocol}://127.0.0.1:${port}`,
      allow: ["user/alice"],
      leader: "fabric",
      // A look at the target would be a connection of its own.
      ...(protocol === "tcp" && { "health-check": "off" }),
    });
    const tunnel = { node: "a", as: "user/alice", path: ["a", "b"] };
    lab = await openLab(
      {
        cluster: "leaders",
        nodes: { a: {}, b: {} },
        links: [{ between: ["a", "b"] }],
        services: {
          tcp: service("tcp", (server.address() as AddressInfo).port) as never,
          udp: service("udp", udpServer.address().port) as never,
        },
        tunnels: [
          { ...tunnel, service: "tcp", listen: "tcp://127.0.0.1:0" },
          { ...tunnel, service: "udp", listen: "udp://127.0.0.1:0" },
        ],
      },
      { environment: { FLORENETES_ENGINE: engine } },
    );
    const [tcp, udp] = lab.tunnels.map(({ listen }) => Number(new URL(listen).port));
    ports = { tcp: tcp!, udp: udp! };
    const identity = lab.identityFolder("b", "service/fabric.b");
    openCa(lab.caFolder).issueInto(identity, { kind: "service", name: "fabric.b" });
    door = `${lab.folder}/door.sock`;
    const fabric = [
      `door: ${door}`,
      `sessions: ${lab.folder}/sessions.sock`,
      `identity: ${identity}`,
      `agent: session+unix:${lab.folder}/agent.sock`,
    ];
    new ChangedConfig(lab, "b").write({ fabric });
    udpClient = createSocket("udp4").bind(0, "127.0.0.1");
    await once(udpClient, "listening");
    await lab.up();
  });

  afterAll(async () => {
    for (const talker of targets.talkers.splice(0)) talker.close();
    udpClient?.close();
    udpServer?.close();
    server?.close();
    await lab?.down();
  });

  test("nobody is served before there is a grant", async () => {
    const client = new Talker(connect(ports.tcp, "127.0.0.1"));
    await expect.poll(() => client.isClosed, PATIENCE).toBe(true);
    await expect.poll(refused, PATIENCE).toBeGreaterThan(0);
    expect([client.heard, targets.talkers.length]).toEqual([0, 0]);
    expect(await grants()).toEqual([
      { service: "tcp", until: null },
      { service: "udp", until: null },
    ]);
  });

  test("a grant that is longer than grants are, or for another service, is refused", async () => {
    const until = bootMilliseconds() + 30_000;
    const code = (order: object): Promise<unknown> => post(order).catch((error: { code: string }) => error.code);
    expect(await code({ grants: [{ service: "tcp", until }] })).toBe("ERR_OVERLAY_GRANT");
    expect(await code({ grants: [{ service: "mail", until: until - 25_000 }] })).toBe("ERR_OVERLAY_GRANT");
    expect(await code({ grants: [{ service: "tcp", until: 1 }] })).toBe("ERR_OVERLAY_ENDED");
    expect(await code({})).toBe("ERR_OVERLAY_FORM");
  });

  test("streams go on over renewals, and end with the last grant, without another order", async () => {
    const first = await grant(8_000);
    const talkers = await talk();
    expect(await grants()).toContainEqual({ service: "tcp", until: first });
    const until = await grant(2_000);
    await expect.poll(() => talkers.every(({ isClosed }) => isClosed), PATIENCE).toBe(true);
    expect(bootMilliseconds()).toBeGreaterThanOrEqual(until);
    for (const { latest } of talkers) expect(latest).toBeLessThan(until + TURN_MS);
  });

  test("a process that was stopped passes not one byte after the end of its grant", async () => {
    const until = await grant(9_000);
    const talkers = await talk();
    let isSilent = false;
    const say = setInterval(() => {
      if (!isSilent) udpClient.send("datagram", ports.udp, "127.0.0.1");
    }, EVERY_MS);
    const silence = (is: boolean): void => {
      isSilent = is;
      for (const talker of talkers) talker.isSilent = is;
    };
    try {
      const before = targets.datagrams;
      await expect.poll(() => targets.datagrams, { ...PATIENCE, interval: 10 }).toBeGreaterThan(before);
      // A turn that has begun may come to its end: the process is stopped while it has nothing to do. What is said then waits for it.
      silence(true);
      const heard = await quiet(talkers);
      await lab.kill("b", "cluster-flor", "SIGSTOP");
      // Threads stop one by one, and what is said before could be passed by the last of them.
      await expect.poll(() => isStopped("b"), { ...PATIENCE, interval: 5 }).toBe(true);
      silence(false);
      await expect.poll(bootMilliseconds, PATIENCE).toBeGreaterThan(until);
      expect(talkers.map(({ isClosed }) => isClosed)).toEqual([false, false]);
      await lab.kill("b", "cluster-flor", "SIGCONT");
      await expect.poll(() => talkers.every(({ isClosed }) => isClosed), PATIENCE).toBe(true);
      await expect.poll(grants, PATIENCE).toContainEqual({ service: "udp", until: null });
      expect(heardBy(talkers)).toEqual(heard);
    } finally {
      clearInterval(say);
    }
  });

  test("the next grant has it served again", async () => {
    await grant(9_000);
    const talkers = await talk();
    for (const talker of talkers) talker.close();
    await post({ grants: [] });
    const client = new Talker(connect(ports.tcp, "127.0.0.1"));
    await expect.poll(() => client.isClosed, PATIENCE).toBe(true);
    expect(client.heard).toBe(0);
  });
});
