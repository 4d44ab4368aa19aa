/*
 *   b ───── a ───── c     a record counts once a host of it was proven; d has a link and no record
 *           │
 *           d
 */
import { type Socket, connect } from "node:net";
import { FabricLab, type Lab, openLab } from "@florenetes/meshlab";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { say } from "../src/echo-mesh.ts";
import { freePort } from "../src/free-port.ts";
import { PATIENCE } from "../src/patience.ts";

interface Status {
  readonly standing: string;
  readonly records: { readonly kinds: Readonly<Record<string, number>> };
  readonly services: readonly object[];
  readonly neighbours: readonly { readonly peer: string; readonly cursors: Readonly<Record<string, number>> }[];
  readonly findings: readonly { readonly text: string }[];
}

let lab: Lab;
let fabric: FabricLab;
let ports: { readonly a: number; readonly d: number };
/** A stream to b's service that stays open. */
let held: Socket;

const dial = (node: "a" | "d"): Socket => connect(ports[node], "127.0.0.1").on("error", () => undefined);
const ask = async (node: "a" | "d"): Promise<string> => {
  const socket = dial(node);
  const heard = await say(socket);
  socket.destroy();
  return heard;
};
const status = async (node: string): Promise<Status> => (await fabric.status(node)) as Status;
const service = async (): Promise<object | undefined> => (await status("a")).services[0];
/** Stops cluster-flor of c, or lets it go on. */
function signalHost(signal: "SIGSTOP" | "SIGCONT"): void {
  const host = lab.pids().find(({ node, process: name }) => node === "c" && name === "cluster-flor");
  process.kill(host!.pid, signal);
}

beforeAll(async () => {
  ports = { a: await freePort(), d: await freePort() };
  lab = await openLab({
    cluster: "proofs",
    nodes: { a: {}, b: {}, c: {}, d: {} },
    links: [{ between: ["a", "b"] }, { between: ["a", "c"] }, { between: ["a", "d"] }],
    services: {},
    tunnels: [],
  });
  fabric = FabricLab.prepare(lab, {
    services: {
      web: { allow: ["user/alice", "user/dave"], targets: { a: "self:echo", b: "self:echo", c: "self:echo" } },
    },
    tunnels: [
      { node: "a", listen: `tcp://127.0.0.1:${ports.a}`, as: "user/alice", service: "web" },
      { node: "d", listen: `tcp://127.0.0.1:${ports.d}`, as: "user/dave", service: "web" },
    ],
  });
  await lab.up();
  await fabric.up(["d"]);
});
afterAll(async () => {
  held?.destroy();
  await fabric?.[Symbol.asyncDispose]();
  await lab?.down();
});

describe("a record of a service", () => {
  test("is taken though a forged copy of it came first", async () => {
    const record = fabric.signService("web", ["b"]);
    const forged = Buffer.from(record);
    forged[forged.length - 1]! ^= 1;
    expect(await fabric.publish("a", [forged])).toMatchObject({
      records: [{ outcome: "refused", reason: "signature" }],
    });
    expect(await ask("a")).not.toBe("hello");
    expect(await fabric.publish("a", [record])).toMatchObject({ records: [{ outcome: "taken" }] });
    await expect.poll(() => ask("a"), PATIENCE).toBe("hello");
    await expect.poll(service, PATIENCE).toMatchObject({ active: { epoch: 1 }, path: "auto.web.b" });
    held = dial("a");
    expect(await say(held)).toBe("hello");
  });

  test("takes no active one's place while its host does not answer, nor does one after it", async () => {
    // Nothing is known of a host that has not announced itself yet.
    await expect.poll(async () => (await status("a")).records.kinds["announce"], PATIENCE).toBe(3);
    signalHost("SIGSTOP");
    for (const epoch of [2, 3]) {
      await fabric.publish("b", [fabric.signService("web", ["c"])]);
      await expect.poll(service, PATIENCE).toMatchObject({
        active: { epoch: 1 },
        candidate: { epoch },
        path: "auto.web.b",
        next: "auto.web.c",
        state: "unproven",
      });
      expect([await say(held), await ask("a")]).toEqual(["hello", "hello"]);
    }
    const { findings } = await status("a");
    expect(findings).toContainEqual(
      expect.objectContaining({ text: expect.stringMatching(/a newer record of service web is not proven/) }),
    );
  });

  test("takes it once the host answers, and open streams stay where they are", async () => {
    signalHost("SIGCONT");
    await expect.poll(service, PATIENCE).toMatchObject({ active: { epoch: 3 }, candidate: null, path: "auto.web.c" });
    expect([await say(held), await ask("a")]).toEqual(["hello", "hello"]);
  });
});

describe("a candidate", () => {
  const cursors = async (): Promise<readonly string[]> => {
    const neighbour = (await status("d")).neighbours.find(({ peer }) => peer === "a");
    return Object.keys(neighbour?.cursors ?? {}).toSorted();
  };

  test("gets no record that nodes have, and reaches no service but its neighbour's agent", async () => {
    await expect.poll(cursors, PATIENCE).toEqual(["entry", "papers"]);
    const { standing, records, services } = await status("d");
    expect(standing).toBe("no-record");
    expect(records.kinds).toMatchObject({ service: 0, node: 1 });
    expect(services).toMatchObject([{ active: null, candidate: null, path: null, next: null }]);
    expect(await ask("d")).not.toBe("hello");
  });

  test("is a node once a quorum has signed its record", async () => {
    await fabric.publish("a", [fabric.signService("web", ["a"]), fabric.signNode("d")]);
    await expect.poll(cursors, PATIENCE).toContain("public");
    await expect.poll(() => ask("d"), PATIENCE).toBe("hello");
  });
});
