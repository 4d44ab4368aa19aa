/*
 *   five nodes in namespaces, each linked to each other, with a control agent: all hosts of all services change at once
 */
import { createInterface } from "node:readline";
import type { ChildProcess } from "node:child_process";
import { FabricLab, type Lab, openLab } from "@florenetes/meshlab";
import { requestAdmin } from "@florenetes/process-kit";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { PATIENCE, PATIENCE_MS } from "../src/patience.ts";
import { isRoot } from "../src/root.ts";

const NODES = ["a", "b", "c", "d", "e"] as const;
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
    connection = socket.create_connection(("127.0.0.1", port), timeout=10)
    connection.settimeout(10)
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
    const targets = Object.fromEntries(NODES.map((node) => [node, `tcp://127.0.0.1:${TARGET}`]));
    fabric = FabricLab.prepare(lab, {
      services: Object.fromEntries(SERVICES.map(({ name }) => [name, { allow: ["user/alice"], targets }])),
      tunnels: USERS.flatMap((node) =>
        SERVICES.map(({ name, port }) => {
          return { node, listen: `tcp://127.0.0.1:${port}`, as: "user/alice", service: name };
        }),
      ),
    });
    for (const node of NODES) lab.spawn(node, ["python3", "-c", SERVER, node], { stdio: "ignore" });
    await lab.up();
    await fabric.up();
    clients = USERS.map((node) => new Client(lab, node));
  }, 2 * PATIENCE_MS);
  afterAll(async () => {
    await fabric?.[Symbol.asyncDispose]();
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
});
