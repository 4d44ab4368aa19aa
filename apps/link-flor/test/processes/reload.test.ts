import { createSocket } from "node:dgram";
import { once } from "node:events";
import { mkdirSync, renameSync } from "node:fs";
import { join } from "node:path";
import { afterEach, expect, test } from "vitest";
import { Identities } from "../quic-link/identities.ts";
import { freePort, LinkProcess, until, untilSettled, wantLink } from "./link-process.ts";

/**
 * A link-flor with two clusters; each has a link to a neighbour of its own.
 *
 *     fake vertex ══ FlorIO ══╗                ╔══ UDP (demo) ══ link-flor ══ FlorIO ══ fake vertex
 *                             ╠══ link-flor ═══╣
 *     fake vertex ══ FlorIO ══╝                ╚══ UDP (prod) ══ link-flor ══ FlorIO ══ fake vertex
 */
const SOON = { timeout: 60_000, interval: 20 };
const running: LinkProcess[] = [];

afterEach(async () => {
  await Promise.all(running.splice(0).map((link) => link.dispose()));
});

async function start(...parameters: Parameters<typeof LinkProcess.start>): Promise<LinkProcess> {
  const link = await LinkProcess.start(...parameters);
  running.push(link);
  return link;
}

async function mesh() {
  const ids = new Identities();
  const of = (name: string, cluster: string) => ({ cluster, identity: ids.issue(name, { cluster }) });
  const [link, demo, prod] = await Promise.all([
    start([of("a", "demo"), of("a", "prod")]),
    start([of("b", "demo")]),
    start([of("b", "prod")]),
  ]);
  const a = { demo: link.vertex("a", "demo"), prod: link.vertex("a", "prod") };
  const b = { demo: demo.vertex("b", "demo"), prod: prod.vertex("b", "prod") };
  for (const cluster of ["demo", "prod"] as const) {
    await wantLink(b[cluster], a[cluster], link.endpoint(cluster));
  }
  const neighbours = { demo, prod };
  for (const cluster of ["demo", "prod"] as const) {
    await untilUp(a[cluster], b[cluster]);
    await untilSettled(neighbours[cluster], link, cluster);
  }
  return { ids, of, link, neighbours, a, b };
}

type Vertex = ReturnType<LinkProcess["vertex"]>;

async function untilUp(a: Vertex, b: Vertex): Promise<void> {
  await until("up at both ends", () => a.status("b")?.state === "up" && b.status("a")?.state === "up");
}

test("a cluster comes and goes, and the links of the others are as they were", async () => {
  const { of, link, neighbours, a } = await mesh();
  const handle = a.demo.status("b")!.handle;
  const section = await link.section(of("a", "test"));
  expect(await link.reload((text) => `${text.trimEnd()}${section}\n`)).toEqual({
    ok: true,
    changes: [{ kind: "cluster", name: "test", change: "added" }],
    down: [],
  });
  const neighbour = await start([of("b", "test")]);
  const [added, other] = [link.vertex("a", "test"), neighbour.vertex("b", "test")];
  await wantLink(added, other, neighbour.endpoint("test"));
  await untilUp(added, other);

  const without = (name: string) => (text: string) => text.replace(new RegExp(`\n  ${name}:(\n {4}.*)+`), "");
  expect(await link.reload(without("prod"))).toMatchObject({
    ok: true,
    changes: [{ kind: "cluster", name: "prod", change: "removed" }],
  });
  // The neighbour has heard a farewell, and the cluster vertex that its portal is gone.
  await until("a farewell", () => neighbours.prod.downs("a").includes("STOPPING"));
  expect((await link.status()).clusters.map(({ cluster }) => cluster)).toEqual(["demo", "test"]);
  // Its place is another one's soon.
  expect(await link.reload(without("test"))).toMatchObject({ ok: true });
  const again = await link.section(of("a", "more"));
  expect(await link.reload((text) => `${text.trimEnd()}${again}\n`)).toMatchObject({ ok: true });
  expect(a.demo.status("b")).toMatchObject({ state: "up", handle });
  expect(link.downs("b").length).toBeLessThanOrEqual(2);
});

test("another address takes the links of its cluster along, and other settings cut nothing", async () => {
  const { link, neighbours, a, b } = await mesh();
  const { handle } = a.prod.status("b")!;
  const first = a.demo.status("b")!.handle;
  let sent = 0;
  b.demo.onPacket = () => {};
  const traffic = setInterval(() => (a.demo.send("b", Buffer.alloc(100)) ? sent++ : undefined), 10);
  const settings = ["expiry-grace: 1h", "expiry-warning: 1d", "revocation-grace: 1d", "udp-payload-max: 1300"];
  const outcome = await link.reload((text) =>
    text.replace(/(\n {2}demo:)/, `$1${settings.map((line) => `\n    ${line}`).join("")}`),
  );
  expect(outcome).toMatchObject({ ok: true, changes: [{ name: "demo", change: "changed" }] });
  await until("a renewed link", () => a.demo.status("b")!.handle !== first && a.demo.status("b")?.state === "up");
  const payload = async (): Promise<number> => (await link.status()).clusters[0]!.links[0]!.udpPayload;
  await expect.poll(payload, SOON).toBeLessThanOrEqual(1_300);
  expect(link.downs("b")).toEqual([]);
  clearInterval(traffic);
  expect(sent).toBeGreaterThan(0);
  expect(a.prod.status("b")).toMatchObject({ state: "up", handle });

  const port = await freePort("127.0.0.1");
  const changed = await link.reload((text) => text.replace(`:${link.ports.get("demo")}"`, `:${port}"`));
  expect(changed).toMatchObject({ ok: true, changes: [{ effect: expect.stringContaining("`listen`") }] });
  await until("a farewell", () => neighbours.demo.downs("a").includes("STOPPING"));
  link.ports.set("demo", port);
  b.demo.originate("a", link.endpoint());
  await untilUp(a.demo, b.demo);
  expect(a.prod.status("b")).toMatchObject({ state: "up", handle });
});

test("a cluster vertex attaches at other sockets, and finds its link as it was", async () => {
  const { link, a, b } = await mesh();
  const { handle } = a.demo.status("b")!;
  const history = b.demo.history.length;
  // It waits there: who comes later than after three seconds finds no link.
  const next = link.vertex("a", "demo", { bind: "2", connect: "2" });
  next.accept("b");
  const outcome = await link.reload((text) =>
    text.replace("demo/link.sock", "demo/link.sock2").replace("demo/vertex.sock", "demo/vertex.sock2"),
  );
  expect(outcome).toMatchObject({ ok: true, changes: [{ effect: expect.stringContaining("attaches again") }] });
  await until("its link", () => next.status("b")?.state === "up");
  expect(next.status("b")!.handle).toBe(handle);
  expect(b.demo.history.length).toBe(history);

  // Its own path may stay.
  const again = await link.reload((text) =>
    text.replace("demo/vertex.sock2", "demo/vertex.sock").replace(/(\n {2}demo:)/, "$1\n    expiry-warning: 1d"),
  );
  expect(again).toMatchObject({ ok: true, changes: [{ effect: expect.stringContaining("`connect`") }] });
  for (const vertex of [a.demo, next]) vertex.kill();
  const last = link.vertex("a", "demo", { bind: "", connect: "2" });
  last.accept("b");
  await until("its link, or another one", () => last.status("b")?.state === "up");
});

test("an identity that was renewed on the disk is in use after any change of its cluster", async () => {
  const { ids, link, a, b } = await mesh();
  const { handle } = a.demo.status("b")!;
  const before = (await link.status()).clusters[0]!.certificate.certificates[0]!.fingerprint;
  link.installIdentity(ids.issue("a", { cluster: "demo" }), "demo");
  const changed = await link.reload((text) => text.replace(/(\n {2}demo:)/, "$1\n    revocation-grace: 1d"));
  expect(changed).toMatchObject({ ok: true });
  await until("a renewed link", () => ![0, handle].includes(a.demo.status("b")!.handle));
  await untilUp(a.demo, b.demo);
  const after = (await link.status()).clusters[0]!.certificate.certificates[0]!.fingerprint;
  expect(after).not.toBe(before);
  expect(link.downs("b")).toEqual([]);
});

test("a text that is not in order, or takes a restart, is refused whole", async () => {
  const { link, a } = await mesh();
  const { handle } = a.demo.status("b")!;
  const wrong = await link.reload((text) => text.replace(/\n {2}prod:/, "\n  prod:\n    lisden: 1"));
  expect(wrong).toMatchObject({
    ok: false,
    changes: [],
    refused: [{ code: "ERR_CONFIG_UNKNOWN_KEY", file: link.configFile }],
  });
  expect(wrong.refused![0]!.line).toBeGreaterThan(1);
  expect((await link.status()).config.fileState).toBe("refused");
  const restart = await link.reload((text) =>
    text.replace("\n    lisden: 1", "").replace(/state: .*/, (line) => `${line}/other\nengine: portable`),
  );
  expect(restart.refused?.map(({ code, key }) => [code, key])).toEqual(
    expect.arrayContaining([["ERR_RESTART_NEEDED", "state"]]),
  );
  expect((await link.status()).config.fileState).toBe("differs");
  expect((await link.status()).clusters).toHaveLength(2);
  expect(a.demo.status("b")).toMatchObject({ state: "up", handle });
});

test("what the machine does not give puts one cluster down, at the start and later, until it gives it", async () => {
  const ids = new Identities();
  const occupied = createSocket("udp4");
  occupied.bind(0, "127.0.0.1");
  await once(occupied, "listening");
  const ports = new Map([["prod", occupied.address().port]]);
  const of = (cluster: string) => ({ cluster, identity: ids.issue("a", { cluster }) });
  const link = await start([of("demo"), of("prod")], { ports });
  const status = await link.status();
  expect(status.clusters.map(({ cluster }) => cluster)).toEqual(["demo"]);
  expect(status.down).toMatchObject([{ cluster: "prod", code: "ERR_LINK_LISTEN" }]);
  expect(link.codes("prod")).toContain("CLUSTER_DOWN");
  occupied.close();
  await expect.poll(async () => (await link.status()).down, SOON).toEqual([]);
  expect(link.codes("prod").slice(-1)).toEqual(["CLUSTER_UP"]);

  const folder = join(link.directory, "demo", "identity");
  renameSync(folder, `${folder}2`);
  const other = join(link.directory, "prod", "nowhere");
  const outcome = await link.reload((text) =>
    text.replace("demo/identity", "demo/identity2").replace("prod/identity", "prod/nowhere"),
  );
  expect(outcome).toMatchObject({
    ok: false,
    changes: [{ name: "demo" }, { name: "prod" }],
    down: [{ what: "cluster prod", code: "ERR_IDENTITY_FILE_MISSING" }],
  });
  mkdirSync(other, { recursive: true });
  renameSync(join(link.directory, "prod", "identity"), other);
  expect(await link.reload((text) => `${text}\n`)).toMatchObject({ ok: true, changes: [], down: [] });
  expect((await link.status()).clusters.map(({ principal }) => principal)).toEqual(["vertex/a", "vertex/a"]);
});

test("a config that is posted runs until a reload, and a dry run changes nothing", async () => {
  const { link, a } = await mesh();
  const { handle } = a.demo.status("b")!;
  const config = (await link.control("/config")) as { clusters: Record<string, object> };
  expect(Object.keys(config.clusters)).toEqual(["demo", "prod"]);
  const { prod: _, ...clusters } = config.clusters;
  const text = JSON.stringify({ ...config, clusters });
  const removed = { ok: true, changes: [{ kind: "cluster", name: "prod", change: "removed" }] };
  expect(await link.control("/config?dry-run", text)).toMatchObject(removed);
  expect((await link.status()).clusters).toHaveLength(2);
  expect(await link.control("/config", text)).toMatchObject(removed);
  const status = await link.status();
  expect(status.clusters).toHaveLength(1);
  expect(status.config).toMatchObject({ source: "posted", fileState: "differs" });
  expect(await link.control("/config")).toEqual({ ...config, clusters });
  const wrong = await link.control("/config", '{ "clusters": {},\n "x": 1 }');
  expect(wrong).toMatchObject({ ok: false, changes: [] });
  link.hangUp();
  await expect
    .poll(async () => (await link.status()).config, SOON)
    .toMatchObject({ source: "file", fileState: "same" });
  expect((await link.status()).clusters).toHaveLength(2);
  expect(a.demo.status("b")).toMatchObject({ state: "up", handle });
});

test("a config that nobody confirms makes room for the one before, by itself", async () => {
  const { link, a } = await mesh();
  const { handle } = a.demo.status("b")!;
  const config = (await link.control("/config")) as { clusters: Record<string, object> };
  const { prod: _, ...clusters } = config.clusters;
  const text = JSON.stringify({ ...config, clusters });
  const taken = await link.control("/config?confirm-within=1s", text);
  expect(taken).toMatchObject({ ok: true, changes: [{ name: "prod", change: "removed" }] });
  await expect
    .poll(async () => (await link.status()).config, SOON)
    .toMatchObject({ source: "file", fileState: "same", confirmMs: null });
  expect((await link.status()).clusters).toHaveLength(2);
  expect(a.demo.status("b")).toMatchObject({ state: "up", handle });
});
