/*
 *   five nodes in namespaces, each linked to each other, with a control agent: all hosts of all services change at once
 *
 *   a, b and c keep the log in an etcd of three members, which run on e; without it all goes on by the agents alone. d has a file of its own
 */
import { createInterface } from "node:readline";
import type { ChildProcess } from "node:child_process";
import { join } from "node:path";
import { readEnvelope, readRecordText } from "@florenetes/facts";
import { EtcdCluster, hasEtcd } from "@florenetes/facts/testing";
import { FabricLab, type Lab, openLab } from "@florenetes/meshlab";
import { requestAdmin } from "@florenetes/process-kit";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { PATIENCE, PATIENCE_MS } from "../src/patience.ts";
import { isRoot } from "../src/root.ts";

const NODES = ["a", "b", "c", "d", "e"] as const;
/** Nodes that keep the log, and confirm it. */
const STORAGE = ["a", "b", "c"] as const;
const USERS = ["a", "b"] as const;
const SERVICES = Array.from({ length: 10 }, (_, index) => ({ name: `s${index}`, port: 20_000 + index, index }));
const TARGET = 8_080;
/** How long records may take to every database, and until streams go as they say: what the design asks for. */
const SPREAD_MS_MAX = 10_000;

/** Answers each line with its node's name and the line. */
const SERVER = `
import socketserver, sys
class Handler(socketserver.StreamRequestHandler):
    def handle(self):
        for line in self.rfile: self.wfile.write(sys.argv[1].encode() + b" " + line)
class Server(socketserver.ThreadingTCPServer):
    daemon_threads = True
Server(("127.0.0.1", ${TARGET}), Handler).serve_forever()
`;

/** Asks all services for the name of their node: "new" over fresh connections, "old" over those of the first question. */
const CLIENT = `
import json, socket, sys
ports = [int(word) for word in sys.argv[1:]]
def say(connection):
    connection.sendall(b"x\\n")
    return connection.makefile("rb").readline().decode().split(" ")[0]
def fresh(port):
    connection = socket.create_connection(("127.0.0.1", port), timeout=3)
    connection.settimeout(3)
    return connection
def ask(port):
    try:
        with fresh(port) as connection: return say(connection)
    except OSError: return ""
old = []
for line in sys.stdin:
    if line == "open\\n":
        old = [fresh(port) for port in ports]
        answers = [say(connection) for connection in old]
    elif line == "old\\n": answers = [say(connection) for connection in old]
    else: answers = [ask(port) for port in ports]
    print(json.dumps(answers), flush=True)
`;

/** The part of an agent's status about the log that is looked at. */
interface LogView {
  readonly store: { readonly entries: number; readonly isWhole: boolean; readonly missing: number | null } | null;
  readonly problem: { readonly code: string } | null;
  readonly checkpoint: { readonly index: number } | null;
}

/** A program on a node that asks services. */
class Client {
  readonly #child: ChildProcess;
  readonly #lines: AsyncIterator<string>;

  constructor(lab: Lab, node: string) {
    const ports = SERVICES.map(({ port }) => String(port));
    this.#child = lab.spawn(node, ["python3", "-u", "-c", CLIENT, ...ports], { stdio: ["pipe", "pipe", "inherit"] });
    this.#lines = createInterface({ input: this.#child.stdout! })[Symbol.asyncIterator]();
  }

  /** The names of the nodes that answer, one for each service; "": none does. */
  async ask(question: "open" | "old" | "new"): Promise<readonly string[]> {
    this.#child.stdin!.write(`${question}\n`);
    const { value } = await this.#lines.next();
    return JSON.parse(value as string) as string[];
  }
}

/** The host of a service after so many moves. */
const hostOf = (service: number, moves: number): string => NODES[(service + moves) % NODES.length]!;
const hosts = (moves: number): string[] => SERVICES.map(({ index }) => hostOf(index, moves));

describe.skipIf(!isRoot)("all hosts of all services", () => {
  let lab: Lab;
  let fabric: FabricLab;
  let clients: readonly Client[];
  let etcd: EtcdCluster | undefined;

  const records = (moves: number): Buffer[] =>
    SERVICES.map(({ name, index }) => fabric.signService(name, [hostOf(index, moves)]));
  /** The epochs of all services in force in the database of a node. */
  const epochsAt = async (node: string): Promise<number[]> => {
    const { facts } = (await requestAdmin(fabric.adminOf(node), "/facts?kind=service")) as {
      facts: readonly { readonly subject: string; readonly epoch: number }[];
    };
    return facts.toSorted((x, y) => (x.subject < y.subject ? -1 : 1)).map(({ epoch }) => epoch);
  };
  const isEverywhere = async (epoch: number): Promise<boolean> => {
    const all = await Promise.all(NODES.map(epochsAt));
    return all.every((epochs) => epochs.length === SERVICES.length && epochs.every((each) => each === epoch));
  };
  const areServedBy = async (moves: number): Promise<boolean> => {
    const answers = await Promise.all(clients.map((client) => client.ask("new")));
    return answers.every((names) => names.join() === hosts(moves).join());
  };

  /** Starts members on e, and says how each storage node reaches them. */
  const startEtcd = async (): Promise<Record<string, unknown>> => {
    if (!hasEtcd) return { d: "sqlite" };
    const addressFor = (node: string): string => lab.wire(node, "e").ends[1].address;
    const folder = join(lab.folder, "etcd");
    etcd = await EtcdCluster.start(folder, {
      members: 3,
      addresses: STORAGE.map(addressFor),
      spawn: (argv, log) => lab.spawn("e", argv, { stdio: ["ignore", log, log] }),
    });
    const members = etcd;
    const stores = STORAGE.map((node) => [node, members.store(addressFor(node))] as const);
    return { ...Object.fromEntries(stores), d: "sqlite" };
  };
  const logOf = async (node: string): Promise<LogView> => ((await fabric.status(node)) as { log: LogView }).log;
  /** How many keys have signed the checkpoint that a node holds. */
  const signersAt = async (node: string): Promise<number> => {
    const { facts } = (await requestAdmin(fabric.adminOf(node), "/facts?kind=checkpoint")) as {
      facts: readonly { readonly proof: string }[];
    };
    const envelope = facts.map(({ proof }) => readEnvelope(readRecordText(proof)!))[0];
    return envelope === undefined || typeof envelope === "string" ? 0 : envelope.signatures.length;
  };

  beforeAll(async () => {
    const pairs = NODES.flatMap((x, index) => NODES.slice(index + 1).map((y) => [x, y] as [string, string]));
    lab = await openLab(
      {
        cluster: "mass",
        nodes: Object.fromEntries(NODES.map((node) => [node, {}])),
        links: pairs.map((between) => ({ between })),
        services: {},
        tunnels: [],
      },
      { mode: "netns" },
    );
    const stores = await startEtcd();
    const targets = Object.fromEntries(NODES.map((node) => [node, `tcp://127.0.0.1:${TARGET}`]));
    fabric = FabricLab.prepare(lab, {
      services: Object.fromEntries(SERVICES.map(({ name }) => [name, { allow: ["user/alice"], targets }])),
      tunnels: USERS.flatMap((node) =>
        SERVICES.map(({ name, port }) => {
          return { node, listen: `tcp://127.0.0.1:${port}`, as: "user/alice", service: name };
        }),
      ),
      stores,
    });
    for (const node of NODES) lab.spawn(node, ["python3", "-c", SERVER, node], { stdio: "ignore" });
    await lab.up();
    await fabric.up();
    clients = USERS.map((node) => new Client(lab, node));
  }, 2 * PATIENCE_MS);
  afterAll(async () => {
    await fabric?.[Symbol.asyncDispose]();
    await etcd?.close();
    await lab?.down();
  });

  test("are found by records that one node was handed", async () => {
    await fabric.publish("e", records(0));
    await expect.poll(() => areServedBy(0), PATIENCE).toBe(true);
  });

  test("change at once: the records are in every database, and streams go as they say, within ten seconds", async () => {
    const before = await Promise.all(clients.map((client) => client.ask("open")));
    expect(before).toEqual([hosts(0), hosts(0)]);
    const started = performance.now();
    await fabric.publish("e", records(1));
    const spread = expect
      .poll(() => isEverywhere(2), PATIENCE)
      .toBe(true)
      .then(() => performance.now() - started);
    const moved = expect
      .poll(() => areServedBy(1), PATIENCE)
      .toBe(true)
      .then(() => performance.now() - started);
    const [spreadMs, movedMs] = await Promise.all([spread, moved]);
    expect(spreadMs).toBeLessThan(SPREAD_MS_MAX);
    expect(movedMs).toBeLessThan(SPREAD_MS_MAX);
  });

  test("no open stream has ended: each goes on at its former host", async () => {
    expect(await Promise.all(clients.map((client) => client.ask("old")))).toEqual([hosts(0), hosts(0)]);
  });

  test.skipIf(!hasEtcd)("the records that one node was handed are in the log of all", async () => {
    const logs = (): Promise<LogView[]> => Promise.all(STORAGE.map(logOf));
    const isKept = { store: { isWhole: true, missing: 0, refused: {} }, problem: null };
    await expect.poll(logs, PATIENCE).toMatchObject(STORAGE.map(() => isKept));
    const [{ store }] = (await logs()) as [LogView];
    // The root, five nodes, and ten services in two epochs each.
    expect(store!.entries).toBeGreaterThanOrEqual(26);
  });

  test.skipIf(!hasEtcd)("while etcd is away, records go on and move streams, and status tells of the log", async () => {
    await etcd!.close();
    await expect.poll(() => logOf("a"), PATIENCE).toMatchObject({ problem: { code: "ERR_LOG_STORE_UNREACHABLE" } });
    await fabric.publish("d", records(2));
    await expect.poll(() => isEverywhere(3), PATIENCE).toBe(true);
    await expect.poll(() => areServedBy(2), PATIENCE).toBe(true);
    // The vertex leads streams to a proven host before its agent has heard of the proof.
    await expect
      .poll(() => fabric.status("a"), PATIENCE)
      .toMatchObject({
        services: SERVICES.map(() => ({ active: { epoch: 3 } })),
        records: { kinds: { service: SERVICES.length } },
      });
    // A node without tunnels carries them, and uses none.
    expect(await fabric.status("c")).toMatchObject({ services: [], records: { kinds: { service: SERVICES.length } } });
  });

  test.skipIf(!hasEtcd)("once etcd is back the log has all, and every node a checkpoint by most signers", async () => {
    for (const name of etcd!.names()) etcd!.begin(name);
    await fabric.publish("d", [fabric.signLogPolicy(STORAGE)]);
    for (const node of STORAGE)
      await expect
        .poll(() => logOf(node), PATIENCE)
        .toMatchObject({ store: { isWhole: true, missing: 0 }, problem: null });
    for (const node of NODES) await expect.poll(() => signersAt(node), PATIENCE).toBeGreaterThanOrEqual(2);
    for (const node of NODES) {
      const log = await logOf(node);
      expect(log.checkpoint!.index).toBeGreaterThanOrEqual(36);
      // The order of d's own file is not the one that is confirmed.
      expect(log).toMatchObject({ forks: [], differing: [], problem: null });
    }
    await expect.poll(() => logOf("d"), PATIENCE).toMatchObject({ store: { isWhole: true, missing: 0 } });
  });
});
