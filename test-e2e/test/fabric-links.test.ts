/*
 *   a ───── b ───── c     a and c have no link in their files: the test is the agent of both, and has them make one
 */
import { once } from "node:events";
import { connectSession } from "@florenetes/data-session/workload";
import { openCa } from "@florenetes/identity/authority";
import { type Lab, openLab } from "@florenetes/meshlab";
import { requestAdmin } from "@florenetes/process-kit";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { ChangedConfig } from "../src/changed-config.ts";
import { freePort } from "../src/free-port.ts";
import { HostileFeed } from "../src/hostile-feed.ts";
import { PATIENCE } from "../src/patience.ts";
import { askWho, startFileServer } from "../src/services.ts";

interface View {
  readonly generation: number;
  readonly event: number;
  readonly links: readonly {
    readonly name: string;
    readonly label: number;
    readonly state: string;
    readonly endpoint: string | null;
    readonly seen: string | null;
    readonly overlay?: boolean;
  }[];
  readonly own: readonly { readonly principal: string; readonly keys: readonly string[] }[];
  readonly leftOut: readonly { readonly what: string }[];
}

const LABEL = 700_000;
const HOUR_MS = 3_600_000;
const life = { startedAt: 1_000, id: "00000000000000a1" };
const nodes = ["a", "c"] as const;
type Node = (typeof nodes)[number];

let lab: Lab;
let port: number;
/** A port at which nobody listens. */
let deadPort: number;
let a: ChangedConfig;

const pathOf = (node: Node, what: string): string => `${lab.folder}/${node}-${what}.sock`;
const view = async (node: Node): Promise<View> => (await requestAdmin(pathOf(node, "door"), "/view")) as View;
const overlay = async (node: Node, more: object): Promise<unknown> => {
  const { generation: base } = await view(node);
  const order = { base, life, paths: [], leads: [], pins: {}, links: [], ...more };
  return requestAdmin(pathOf(node, "door"), "/overlay", { method: "POST", body: JSON.stringify(order) });
};
const linkOf = async (node: Node, name: string): Promise<View["links"][number] | undefined> => {
  return (await view(node)).links.find((link) => link.name === name);
};
const stateOf = async (node: Node, name: string): Promise<string | undefined> => (await linkOf(node, name))?.state;
const listenOf = async (node: Node): Promise<string> => (await lab.status(node)).linkFlor!.clusters[0]!.listen;
/** The number of the session that carries a's link to c: another one, and the link was down, or renewed. */
const handleOf = async (): Promise<unknown> => {
  return (await lab.status("a")).clusterFlor!.links.find(({ name }) => name === "auto.c")?.["handle"];
};

/** The order for a's link to c, which calls where nobody is before it calls c, with a path over it that leads `web`. */
async function toC(until = Date.now() + HOUR_MS): Promise<object> {
  const endpoints = [`udp://127.0.0.1:${deadPort}`, await listenOf("c")];
  return {
    links: [{ name: "auto.c", peer: "c", endpoints, until }],
    paths: [{ name: "auto.web.c", link: "auto.c", labels: [LABEL], until }],
    leads: [{ service: "web", path: "auto.web.c", until }],
  };
}
const fromA = (until = Date.now() + HOUR_MS): object => ({
  links: [{ name: "auto.a", peer: "a", endpoints: [], until }],
});
const ask = (): Promise<string> => askWho(lab, "a", port);

beforeAll(async () => {
  [port, deadPort] = [await freePort(), await freePort()];
  lab = await openLab({
    cluster: "made",
    nodes: { a: {}, b: {}, c: {} },
    links: [{ between: ["a", "b"] }, { between: ["b", "c"] }],
    services: {},
    tunnels: [],
  });
  const ca = openCa(lab.caFolder);
  const web = lab.identityFolder("c", "service/web");
  ca.issueInto(web, { kind: "service", name: "web" });
  ca.issueInto(lab.identityFolder("a", "user/alice"), { kind: "user", name: "alice" });
  const target = await freePort();
  await startFileServer(lab, "c", target);
  const sections = {
    a: {
      tunnels: [
        `- { listen: "tcp://127.0.0.1:${port}", as: ${lab.identityFolder("a", "user/alice")}, service: web, path: auto }`,
      ],
    },
    c: {
      services: [
        `web: { label: ${LABEL}, identity: ${web}, target: "tcp://127.0.0.1:${target}", allow: [ user/alice ] }`,
      ],
    },
  };
  for (const node of nodes) {
    const identity = lab.identityFolder(node, `service/fabric.${node}`);
    ca.issueInto(identity, { kind: "service", name: `fabric.${node}` });
    const config = new ChangedConfig(lab, node);
    config.write({
      ...sections[node],
      fabric: [
        `door: ${pathOf(node, "door")}`,
        `sessions: ${pathOf(node, "sessions")}`,
        `identity: ${identity}`,
        `agent: session+unix:${pathOf(node, "agent")}`,
        "links-max: 2",
        "dial: [ 127.0.0.0/8 ]",
      ],
    });
    if (node === "a") a = config;
  }
  await lab.up();
});
afterAll(async () => {
  await lab?.down();
});

describe("links that agents make", () => {
  test("whoever calls for a link that is not wanted is heard: who it is, with which key, from where", async () => {
    const { event } = await view("c");
    await overlay("a", await toC());
    const knock = async (): Promise<unknown> => {
      const told = (await requestAdmin(pathOf("c", "door"), `/events?after=${event}`, { method: "POST" })) as {
        events: { kind: string }[];
      };
      return told.events.find(({ kind }) => kind === "knock");
    };
    await expect.poll(knock, PATIENCE).toMatchObject({ peer: "a", tag: "0", address: await listenOf("a") });
    const own = async (): Promise<readonly string[]> => (await view("a")).own[0]!.keys;
    await expect.poll(own, PATIENCE).toHaveLength(1);
    expect(await knock()).toMatchObject({ key: (await own())[0] });
  });

  test("a link comes up by the endpoint that answers, is seen at both ends, and carries a service", async () => {
    await overlay("c", fromA());
    await expect.poll(() => stateOf("a", "auto.c"), PATIENCE).toBe("up");
    await expect.poll(() => stateOf("c", "auto.a"), PATIENCE).toBe("up");
    await expect.poll(ask, PATIENCE).toBe("c");
    await expect
      .poll(() => linkOf("c", "auto.a"), PATIENCE)
      .toMatchObject({ seen: await listenOf("a"), overlay: true });
    await expect
      .poll(() => linkOf("a", "auto.c"), PATIENCE)
      .toMatchObject({ endpoint: await listenOf("c"), seen: await listenOf("c") });
  });

  test("agents speak over it as over a link of the file", async () => {
    await using feed = await HostileFeed.listen(pathOf("c", "agent"), (stream) => stream.end("hello"));
    const session = await connectSession(pathOf("a", "sessions"), { takesControl: true });
    const stream = await session.open("auto.c", { class: "control" });
    const [said] = (await once(stream, "data")) as [Buffer];
    expect([said.toString(), feed.opened]).toEqual(["hello", 1]);
    await session.close();
  });

  test("it stays up over another order, a reload and a restart of cluster-flor", async () => {
    const [handle, label] = [await handleOf(), (await linkOf("a", "auto.c"))!.label];
    expect(handle).toBeGreaterThan(0);
    const stays = async (): Promise<void> => {
      await expect.poll(() => stateOf("a", "auto.c"), PATIENCE).toBe("up");
      expect([await handleOf(), (await linkOf("a", "auto.c"))!.label]).toEqual([handle, label]);
      await expect.poll(ask, PATIENCE).toBe("c");
    };
    await overlay("a", await toC());
    await stays();
    expect(await a.reload()).toMatchObject({ ok: true });
    await stays();
    await lab.kill("a", "cluster-flor", "SIGKILL");
    lab.start("a", "cluster-flor");
    await expect.poll(ask, PATIENCE).toBe("c");
    await stays();
  });

  test("what the owner does not permit is refused as a whole", async () => {
    const { generation } = await view("a");
    const order = (await toC()) as { links: object[] };
    const link = (index: number): object => ({ ...order.links[0], name: `auto.${index}`, tag: `t${index}` });
    const refused: [object[], string][] = [
      [[link(1), link(2), link(3)], "ERR_OVERLAY_LINKS_MAX"],
      [[{ ...link(1), endpoints: ["udp://192.0.2.1:4433"] }], "ERR_OVERLAY_DIAL"],
      [[{ ...link(1), endpoints: ["udp://localhost:4433"] }], "ERR_OVERLAY_DIAL"],
      [[{ ...link(1), peer: "a" }], "ERR_OVERLAY_LINK"],
    ];
    for (const [links, code] of refused) await expect(overlay("a", { links })).rejects.toMatchObject({ code });
    expect((await view("a")).generation).toBe(generation);
    expect(await ask()).toBe("c");
  });

  test("the file wins: its own link to the same peer is the one that is there", async () => {
    const parallel = { name: "auto.b", peer: "b", endpoints: [], until: Date.now() + HOUR_MS };
    const order = (await toC()) as { links: object[] };
    await overlay("a", { ...order, links: [...order.links, parallel] });
    expect((await view("a")).leftOut).toMatchObject([{ what: "link auto.b" }]);
    expect(await stateOf("a", "b")).toBe("up");
  });

  test("it ends with its time, and with an order that does not have it any more", async () => {
    const soon = Date.now() + 2_000;
    await overlay("c", fromA(soon));
    await expect.poll(() => stateOf("c", "auto.a"), PATIENCE).toBeUndefined();
    expect(Date.now()).toBeGreaterThanOrEqual(soon);
    await expect.poll(() => stateOf("a", "auto.c"), PATIENCE).toBe("down");
    await overlay("a", {});
    expect(await stateOf("a", "auto.c")).toBeUndefined();
    const peers = async (): Promise<string[]> => {
      return (await lab.status("a")).linkFlor!.clusters[0]!.links.map(({ peer }) => peer);
    };
    await expect.poll(peers, PATIENCE).toEqual(["b"]);
  });
});
