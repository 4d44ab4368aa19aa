/*
 *   b ───── a ───── c     a service on b and on c, and a tunnel on a whose path is the overlay's: the test is a's control agent
 */
import { openCa } from "@florenetes/identity/authority";
import { type Lab, openLab } from "@florenetes/meshlab";
import { requestAdmin } from "@florenetes/process-kit";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { ChangedConfig } from "../src/changed-config.ts";
import { freePort } from "../src/free-port.ts";
import { PATIENCE } from "../src/patience.ts";
import { askWho, curl, startFileServer } from "../src/services.ts";

interface View {
  readonly generation: number;
  readonly event: number;
  readonly links: readonly { readonly name: string; readonly peer: string; readonly state: string }[];
  readonly own: readonly { readonly principal: string; readonly keys: readonly string[] }[];
  readonly auto: readonly { readonly service: string; readonly path: string | null; readonly state: string }[];
  readonly leftOut: readonly { readonly what: string }[];
}

const LABEL = 700_000;
const HOUR_MS = 3_600_000;
const life = { startedAt: 1_000, id: "00000000000000a1" };
const earlier = { startedAt: 999, id: "00000000000000a2" };

let lab: Lab;
let port: number;
/** A tunnel to the same service, whose workloads wait for a minute. */
let patient: number;
let door: string;
let a: ChangedConfig;

const view = async (): Promise<View> => (await requestAdmin(door, "/view")) as View;
const post = (order: object): Promise<unknown> => {
  return requestAdmin(door, "/overlay", { method: "POST", body: JSON.stringify(order) });
};
const to = (host: string, until = Date.now() + HOUR_MS): object => {
  return { name: `auto.web.${host}`, link: host, labels: [LABEL], until };
};
const lead = (more: object, until = Date.now() + HOUR_MS): object => ({ service: "web", until, ...more });
const overlay = async (more: object): Promise<unknown> => {
  const { generation: base } = await view();
  return post({ base, life, paths: [to("b"), to("c")], leads: [], pins: {}, ...more });
};
const ask = (): Promise<string> => askWho(lab, "a", port);
const stateOf = async (): Promise<string | undefined> => (await view()).auto[0]?.state;

beforeAll(async () => {
  port = await freePort();
  patient = await freePort();
  lab = await openLab({
    cluster: "door",
    nodes: { a: {}, b: {}, c: {} },
    links: [{ between: ["a", "b"] }, { between: ["a", "c"] }],
    services: {},
    tunnels: [],
  });
  const ca = openCa(lab.caFolder);
  for (const host of ["b", "c"]) {
    const identity = lab.identityFolder(host, "service/web");
    ca.issueInto(identity, { kind: "service", name: "web" });
    const target = await freePort();
    await startFileServer(lab, host, target);
    const text = `web: { label: ${LABEL}, identity: ${identity}, target: "tcp://127.0.0.1:${target}", allow: [ user/alice ] }`;
    new ChangedConfig(lab, host).write({ services: [text] });
  }
  ca.issueInto(lab.identityFolder("a", "user/alice"), { kind: "user", name: "alice" });
  ca.issueInto(lab.identityFolder("a", "service/fabric.a"), { kind: "service", name: "fabric.a" });
  a = new ChangedConfig(lab, "a");
  door = `${lab.folder}/door.sock`;
  a.write({
    fabric: [
      `door: ${door}`,
      `sessions: ${lab.folder}/sessions.sock`,
      `identity: ${lab.identityFolder("a", "service/fabric.a")}`,
      `agent: session+unix:${lab.folder}/agent.sock`,
    ],
    tunnels: [
      `- { listen: "tcp://127.0.0.1:${port}", as: ${lab.identityFolder("a", "user/alice")}, service: web, path: auto }`,
      `- { listen: "tcp://127.0.0.1:${patient}", as: ${lab.identityFolder("a", "user/alice")}, service: web, path: auto, connect-wait: 1min }`,
    ],
  });
  await lab.up();
});
afterAll(async () => {
  await lab?.down();
});

describe("the overlay of a control agent", () => {
  test("a service that is led nowhere refuses its workloads, and says why", async () => {
    const none = { path: null, next: null, standby: null, standbyState: "none", standbyText: "" };
    expect((await view()).auto).toEqual([{ service: "web", ...none, state: "none", text: "" }]);
    expect(await ask()).toBe("");
    const { tunnels } = (await lab.status("a")).clusterFlor!;
    expect(JSON.stringify(tunnels)).toContain("no host of service web is known");
  });

  test("a workload that comes before its service is led anywhere waits, and goes on at the host", async () => {
    const early = curl(lab, "a", "--max-time", "60", `http://127.0.0.1:${patient}/who`);
    const waits = async (): Promise<string> => {
      const { stdout } = await lab.exec("a", ["ss", "-tnH", "state", "established", `( dport = :${patient} )`]);
      return stdout;
    };
    await expect.poll(waits, PATIENCE).not.toBe("");
    await overlay({ leads: [lead({ path: "auto.web.b" })] });
    expect((await early).trim()).toBe("b");
    await overlay({});
  });

  test("a service is proven at a host, led there, and moved to another one, with no request lost", async () => {
    await overlay({ leads: [lead({ next: "auto.web.b" })] });
    await expect.poll(stateOf, PATIENCE).toBe("proven");
    await overlay({ leads: [lead({ path: "auto.web.b" })] });
    await expect.poll(ask, PATIENCE).toBe("b");
    const { event } = await view();
    await overlay({ leads: [lead({ path: "auto.web.b", next: "auto.web.c" })] });
    await expect
      .poll(async () => requestAdmin(door, `/events?after=${event}`, { method: "POST" }), PATIENCE)
      .toMatchObject({ events: expect.arrayContaining([expect.objectContaining({ kind: "lead", state: "proven" })]) });
    expect(await ask()).toBe("b");
    await overlay({ leads: [lead({ path: "auto.web.c" })] });
    expect(await ask()).toBe("c");
  });

  test("a host whose key is not pinned is no next one, and traffic stays where it was", async () => {
    const pins = { "service/web": ["00".repeat(32)] };
    await overlay({ leads: [lead({ path: "auto.web.c", next: "auto.web.b" })], pins: {} });
    await expect.poll(stateOf, PATIENCE).toBe("proven");
    await overlay({ leads: [lead({ next: "auto.web.b" })], pins });
    await expect.poll(stateOf, PATIENCE).toBe("refused");
    await overlay({ leads: [lead({ path: "auto.web.c" })] });
    await expect.poll(ask, PATIENCE).toBe("c");
  });

  test("an order that is not in order is refused as a whole, and says why", async () => {
    const { generation } = await view();
    const order = { base: generation, life, paths: [to("b")], leads: [], pins: {} };
    const refused: [object, string][] = [
      [{ ...order, base: generation - 1 }, "ERR_OVERLAY_BASE"],
      [{ ...order, life: earlier }, "ERR_OVERLAY_LIFE"],
      [{ ...order, paths: [to("nowhere")] }, "ERR_OVERLAY_LINK"],
      [{ ...order, paths: [to("b", 1)] }, "ERR_OVERLAY_ENDED"],
      [{ ...order, leads: [lead({ path: "auto.web.c" })] }, "ERR_OVERLAY_PATH"],
      [{ ...order, paths: [{ ...to("b"), name: "web" }] }, "ERR_OVERLAY_NAME"],
      [{ ...order, surprise: 1 }, "ERR_OVERLAY_FORM"],
    ];
    for (const [wrong, code] of refused) await expect(post(wrong)).rejects.toMatchObject({ code });
    expect((await view()).generation).toBe(generation);
    expect(await ask()).toBe("c");
  });

  test("the overlay outlives cluster-flor, and its parts end with their times", async () => {
    await lab.kill("a", "cluster-flor", "SIGKILL");
    lab.start("a", "cluster-flor");
    await expect.poll(ask, PATIENCE).toBe("c");
    const soon = Date.now() + 2_000;
    await overlay({ leads: [lead({ path: "auto.web.c" }, soon)] });
    expect(await ask()).toBe("c");
    await expect.poll(ask, PATIENCE).toBe("");
    expect(Date.now()).toBeGreaterThanOrEqual(soon);
  });

  test("without the key `fabric` nothing of an overlay is left", async () => {
    await overlay({ leads: [lead({ path: "auto.web.c" })] });
    await expect.poll(ask, PATIENCE).toBe("c");
    a.write({});
    expect(await a.reload()).toMatchObject({ ok: true });
    await expect(view()).rejects.toMatchObject({ code: expect.stringMatching(/^ERR_/) });
  });
});
