import { createSocket } from "node:dgram";
import { once } from "node:events";
import { mkdirSync, renameSync } from "node:fs";
import { join } from "node:path";
import { afterEach, expect, test } from "vitest";
import { Neighbourhood, SOON } from "../data-plane/conformance/neighbourhood.ts";
import { linkTwoClusters } from "../data-plane/conformance/two-clusters.ts";
import { Identities } from "../quic-link/identities.ts";
import { LinkProcess } from "./link-process.ts";

/* Configs that operators give to a process, and what the process says of them. */
const hood = new Neighbourhood((clusters, settings) => LinkProcess.start(clusters, settings));
afterEach(() => hood.endAll());

test("a text that is not in order, or takes a restart, is refused whole", async () => {
  const { link, a } = await linkTwoClusters(hood);
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
  const link = await hood.start([of("demo"), of("prod")], { ports });
  const status = await link.status();
  expect(status.clusters.map(({ cluster }) => cluster)).toEqual(["demo"]);
  expect(status.down).toMatchObject([{ cluster: "prod", code: "ERR_LINK_LISTEN" }]);
  await expect.poll(() => link.codes("prod"), SOON).toContain("CLUSTER_DOWN");
  occupied.close();
  await expect.poll(async () => (await link.status()).down, SOON).toEqual([]);
  // The log comes through a pipe of its own, maybe after the answer.
  await expect.poll(() => link.codes("prod").slice(-1), SOON).toEqual(["CLUSTER_UP"]);

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
  const { link, a } = await linkTwoClusters(hood);
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
  const { link, a } = await linkTwoClusters(hood);
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
