/*
 *   a ───── b        alice on a uses a service on b without rest, while all identities are renewed by flor's own commands, as
 *                    docs/operate/identity.md tells it: on the node, at the CA, on the node, SIGHUP
 */
import { readFileSync, renameSync, writeFileSync } from "node:fs";
import { type Lab, openLab } from "@florenetes/meshlab";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { flor } from "../src/executables.ts";
import { freePort } from "../src/free-port.ts";
import { logEntries } from "../src/log-entries.ts";
import { now } from "../src/monotonic-clock.ts";
import { PATIENCE } from "../src/patience.ts";
import { certificatesInUse, hangUp, type Holding } from "../src/renewal.ts";
import { SteadyService, SteadyWorkload } from "../src/steady-workload.ts";

const HOLDINGS: readonly Holding[] = [
  { node: "a", folder: "vertex", principal: "vertex/a" },
  { node: "b", folder: "vertex", principal: "vertex/b" },
  { node: "a", folder: "user/alice", principal: "user/alice" },
  { node: "b", folder: "service/files", principal: "service/files" },
];
const HOLDERS = [
  ["a", "link-flor"],
  ["b", "link-flor"],
  ["a", "cluster-flor"],
  ["b", "cluster-flor"],
] as const;

let lab: Lab;
let workload: SteadyWorkload;
let bundles = 0;
let troublesAtFirst: readonly string[];

beforeAll(async () => {
  const port = await freePort();
  lab = await openLab({
    cluster: "renewal",
    nodes: { a: {}, b: {} },
    links: [{ between: ["a", "b"] }],
    services: { files: { node: "b", target: `tcp://127.0.0.1:${port}`, allow: ["user/alice"] } },
    tunnels: [{ node: "a", listen: "tcp://127.0.0.1:0", as: "user/alice", service: "files", path: ["a", "b"] }],
  });
  await lab.up();
  await SteadyService.start(lab, "b", port);
  workload = await SteadyWorkload.start(lab, "a", Number(new URL(lab.tunnels[0]!.listen).port));
  troublesAtFirst = await troubles();
});

afterAll(async () => {
  workload?.[Symbol.dispose]();
  await lab?.down();
});

/** Runs a command, and expects it to succeed. */
async function run(...args: readonly string[]): Promise<void> {
  const { code, stderr } = await flor(...args);
  expect(code, `flor ${args.join(" ")}: ${stderr}`).toBe(0);
}

/** The log entries that must not come, as often as they have come. */
async function troubles(): Promise<readonly string[]> {
  const codes = ["LINK_DOWN", "LINK_REFUSED", "TRANSPORT_DOWN", "STREAM_REFUSED", "IDENTITY_REFUSED"];
  const counted = HOLDERS.flatMap(([node, process]) =>
    codes.map(async (code) => `${code} at ${node}: ${(await logEntries(lab, node, process, code)).length}`),
  );
  return Promise.all(counted);
}

/** Renews all identities by a CA, each as its operators would, and has them used. */
async function renewAll(ca: string, ...options: readonly string[]): Promise<void> {
  const before = await traces();
  await Promise.all(
    HOLDINGS.map(async ({ node, folder: name, principal }) => {
      const folder = lab.identityFolder(node, name);
      const bundle = `${lab.folder}/${++bundles}.bundle`;
      await run("identity", "renew", folder);
      await run(
        "ca",
        "sign",
        `${folder}/request/request.pem`,
        "--ca",
        ca,
        "--expect",
        principal,
        "--out",
        bundle,
        ...options,
      );
      await run("identity", "install", bundle, "--into", folder);
    }),
  );
  await useAll(before);
}

/** Sends SIGHUP to all processes; waits until all that was open before has moved. */
async function useAll(before: readonly string[]): Promise<void> {
  await hangUp(lab, HOLDERS, "IDENTITY_RELOADED");
  await expect.poll(async () => (await traces()).filter((trace) => before.includes(trace)), PATIENCE).toEqual([]);
  await workload.untilProgress(now());
}

function nextCa(): string {
  return `${lab.folder}/ca-2`;
}

/** The sessions of the link at both ends, and the end-to-end connection that takes new streams. */
async function traces(): Promise<readonly string[]> {
  return [...(await lab.statuses())].flatMap(([node, { clusterFlor }]) => {
    const { links, connections } = clusterFlor!;
    const taking = connections.filter(({ direction, state }) => direction === "originated" && state === "established");
    return [...links.map((link) => `${node} link ${String(link["handle"])}`), ...taking.map(({ id }) => id)];
  });
}

function read(holding: Holding, file: string): string {
  return readFileSync(`${lab.identityFolder(holding.node, holding.folder)}/${file}`, "utf8");
}

describe("with traffic that never rests, one root follows another in the steps of docs/operate/identity.md", () => {
  const rootOf = (ca: string): string => readFileSync(`${ca}/ca.pem`, "utf8").trim();

  test("all identities are renewed by the old CA, with another key, and trust both roots from then on", async () => {
    await run("ca", "init", "--cluster", "renewal", "--out", nextCa());
    const before = HOLDINGS.flatMap((holding) => ["key.pem", "chain.pem"].map((file) => read(holding, file)));
    const ends = (await certificatesInUse(lab)).map(({ notAfter }) => notAfter);
    await renewAll(lab.caFolder, "--trust", `${nextCa()}/ca.pem`, "--days", "60");
    const after = HOLDINGS.flatMap((holding) => ["key.pem", "chain.pem"].map((file) => read(holding, file)));
    expect(after.filter((text) => before.includes(text))).toEqual([]);
    const renewed = (await certificatesInUse(lab)).map(({ notAfter }) => notAfter);
    expect(renewed.filter((notAfter) => ends.includes(notAfter))).toEqual([]);
  });

  test("all are renewed by the new CA", async () => {
    await renewAll(nextCa(), "--trust", `${lab.caFolder}/ca.pem`);
    for (const holding of HOLDINGS)
      for (const ca of [lab.caFolder, nextCa()]) expect(read(holding, "trust.pem")).toContain(rootOf(ca));
  });

  test("the old root is removed from every trust.pem", async () => {
    const before = await traces();
    for (const holding of HOLDINGS) {
      const file = `${lab.identityFolder(holding.node, holding.folder)}/trust.pem`;
      writeFileSync(`${file}.new`, `${rootOf(nextCa())}\n`);
      renameSync(`${file}.new`, file);
    }
    await useAll(before);
  });

  test("nothing ended meanwhile: no link, no connection, not a byte of a workload", async () => {
    expect(await troubles()).toEqual(troublesAtFirst);
    expect(workload.lost).toEqual(new Map());
    await workload.untilProgress(now());
  });
});
