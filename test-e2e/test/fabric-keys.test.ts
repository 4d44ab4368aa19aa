/*
 *   b ───── a ───── c     whoever has the CA's key alone takes c's place, and has no key that c's agent has announced
 */
import { type Socket, connect } from "node:net";
import { FabricLab, type Lab, openLab } from "@florenetes/meshlab";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { say } from "../src/echo-mesh.ts";
import { freePort } from "../src/free-port.ts";
import { expectLog } from "../src/log-entries.ts";
import { PATIENCE } from "../src/patience.ts";

interface Service {
  readonly active: { readonly epoch: number } | null;
  readonly candidate: { readonly epoch: number } | null;
  readonly path: string | null;
  readonly state: string;
}
interface Status {
  readonly services: readonly Service[];
  readonly neighbours: readonly { readonly peer: string; readonly state: string; readonly cursors: object }[];
  readonly findings: readonly { readonly text: string }[];
  readonly records: { readonly kinds: Readonly<Record<string, number>> };
}

let lab: Lab;
let fabric: FabricLab;
let port: number;
/** A stream to b's service that stays open. */
let held: Socket;

const status = async (): Promise<Status> => (await fabric.status("a")) as Status;
const service = async (): Promise<Service | undefined> => (await status()).services[0];
const linkOf = async (node: string, peer: string): Promise<unknown> => {
  return (await lab.status(node)).clusterFlor?.links.find((link) => link.peer === peer);
};
const ask = async (): Promise<string> => {
  const socket = connect(port, "127.0.0.1").on("error", () => undefined);
  const heard = await say(socket);
  socket.destroy();
  return heard;
};

beforeAll(async () => {
  port = await freePort();
  lab = await openLab({
    cluster: "keys",
    nodes: { a: {}, b: {}, c: {} },
    links: [{ between: ["a", "b"] }, { between: ["a", "c"] }],
    services: {},
    tunnels: [],
  });
  fabric = FabricLab.prepare(lab, {
    services: { web: { allow: ["user/alice"], targets: { b: "self:echo", c: "self:echo" } } },
    tunnels: [{ node: "a", listen: `tcp://127.0.0.1:${port}`, as: "user/alice", service: "web" }],
    pins: "all",
  });
  await lab.up();
  await fabric.up();
});
afterAll(async () => {
  held?.destroy();
  await fabric?.[Symbol.asyncDispose]();
  await lab?.down();
});

test("as long as all is well, b serves, and a knows the keys of c", async () => {
  await fabric.publish("a", [fabric.signService("web", ["b"])]);
  await expect.poll(service, PATIENCE).toMatchObject({ active: { epoch: 1 }, path: "auto.web.b" });
  await expect
    .poll(async () => (await status()).neighbours.find(({ peer }) => peer === "c"), PATIENCE)
    .toMatchObject({ state: "reading", cursors: { papers: expect.any(Number) } });
  held = connect(port, "127.0.0.1").on("error", () => undefined);
  await expect.poll(() => say(held), PATIENCE).toBe("hello");
  await expect.poll(async () => (await status()).records.kinds["announce"], PATIENCE).toBe(3);
  // Keys that come from now on are announced by no agent.
  await fabric.kill("c");
});

describe("a second certificate with a right name", () => {
  test("hosts no service: traffic stays where it was, and it is told why", async () => {
    fabric.issueAgain("c", "service/web");
    await lab.restart("c", "cluster-flor");
    await expect.poll(() => linkOf("a", "c"), PATIENCE).toMatchObject({ state: "up" });
    await fabric.publish("b", [fabric.signService("web", ["c"])]);
    await expect
      .poll(service, PATIENCE)
      .toMatchObject({ active: { epoch: 1 }, candidate: { epoch: 2 }, path: "auto.web.b", state: "refused" });
    await expectLog(lab, "a", "cluster-flor").toMatch(/"reason":"WRONG_KEY"/);
    await expectLog(lab, "c", "cluster-flor").toMatch(
      /"code":"TRANSPORT_REFUSED","service":"web","reason":"WRONG_KEY"/,
    );
    const offered = (await lab.status("c")).clusterFlor?.services;
    const handshakes = expect.objectContaining({ WRONG_KEY: expect.any(Number) as number }) as object;
    expect(offered).toContainEqual(expect.objectContaining({ name: "web", handshakes }));
    const findings = (await status()).findings.map(({ text }) => text);
    expect(findings).toContainEqual(expect.stringMatching(/^a newer record of service web is not proven .*WRONG_KEY/));
    expect([await say(held), await ask()]).toEqual(["hello", "hello"]);
  });

  test("makes no vertex: its link is refused, and both ends say why", async () => {
    fabric.issueAgain("c", "vertex/c");
    await lab.restart("c", "link-flor");
    for (const [node, peer] of [
      ["a", "c"],
      ["c", "a"],
    ] as const) {
      await expect.poll(() => linkOf(node, peer), PATIENCE).toMatchObject({ state: "refused", code: "WRONG_KEY" });
      await expectLog(lab, node, "link-flor").toMatch(/"code":"LINK_REFUSED".*"reason":"WRONG_KEY"/);
      const clusters = (await lab.status(node)).linkFlor?.clusters;
      expect(clusters).toMatchObject([{ handshakes: { WRONG_KEY: expect.any(Number) } }]);
    }
    expect([await say(held), await ask()]).toEqual(["hello", "hello"]);
    expect(await service()).toMatchObject({ active: { epoch: 1 }, path: "auto.web.b" });
  });
});
