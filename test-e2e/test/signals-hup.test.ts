/*
 *   a ───── b ───── c ───── d        a download runs from d to a while certificates, keys and roots are replaced
 */
import { readFileSync } from "node:fs";
import { createCa, openCa } from "@florenetes/identity/authority";
import type { CertificateAuthority } from "@florenetes/identity/authority";
import { type Lab, openLab } from "@florenetes/meshlab";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { fileDigest } from "../src/file-contents.ts";
import { PATIENCE } from "../src/patience.ts";
import { certificatesInUse, countLogged, hangUp, type Holding, replaceIdentity } from "../src/renewal.ts";
import { isRoot } from "../src/root.ts";
import { curl, MEGABYTE, startFileServer } from "../src/services.ts";

const nodes = ["a", "b", "c", "d"] as const;
const all = nodes.flatMap((node) => [[node, "link-flor"] as const, [node, "cluster-flor"] as const]);
/** Processes that hold identities: the cluster vertices in between have none. */
const holders = all.filter(([node, name]) => name === "link-flor" || node === "a" || node === "d");
const holdings: readonly Holding[] = [
  ...nodes.map((node) => ({ node, folder: "vertex", principal: `vertex/${node}` })),
  { node: "a", folder: "user/alice", principal: "user/alice" },
  { node: "d", folder: "service/files", principal: "service/files" },
];

const SIZE = 15 * MEGABYTE;
/** A status with a workload's connection. */
const inUse = { tunnels: [{ connections: { open: 1 } }] };

describe.skipIf(!isRoot)("SIGHUP reads identities again", () => {
  let lab: Lab;
  let ca: CertificateAuthority;
  const digest = fileDigest(SIZE);

  beforeAll(async () => {
    lab = await openLab(
      {
        cluster: "hup",
        nodes: { a: {}, b: {}, c: {}, d: {} },
        links: [{ between: ["a", "b"] }, { between: ["b", "c"] }, { between: ["c", "d"] }],
        services: { files: { node: "d", target: "tcp://127.0.0.1:8080", allow: ["user/alice"] } },
        tunnels: [
          {
            node: "a",
            listen: "tcp://127.0.0.1:18001",
            as: "user/alice",
            service: "files",
            path: ["a", "b", "c", "d"],
          },
        ],
      },
      { mode: "netns" },
    );
    ca = openCa(lab.caFolder);
    await lab.up();
    await startFileServer(lab, "d", 8080);
  });
  afterAll(() => lab?.down());

  /** Runs one download after the other while something happens. No download may end early, and no link or service may be down meanwhile. */
  async function whileDownloading(happen: () => Promise<void>): Promise<void> {
    const before = await troubles(lab);
    const over = new AbortController();
    const downloads = (async () => {
      do await download();
      while (!over.signal.aborted);
    })();
    await expect.poll(async () => (await lab.status("a")).clusterFlor, PATIENCE).toMatchObject(inUse);
    await happen();
    // New streams work, too, beside the one that is open.
    expect(await curl(lab, "a", "http://127.0.0.1:18001/who")).toBe("d");
    over.abort();
    await downloads;
    expect(await troubles(lab)).toEqual(before);
  }

  async function download(): Promise<void> {
    const url = `http://127.0.0.1:18001/file?size=${SIZE}`;
    const command = `set -o pipefail; curl --silent --show-error --fail --limit-rate 6M --max-time 60 '${url}' | sha256sum`;
    const { code, stdout, stderr } = await lab.exec("a", ["bash", "--norc", "-c", command], { timeoutMs: 70_000 });
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    expect(stdout.split(" ")[0]).toBe(digest);
  }

  test("all certificates and keys are replaced at once, and not one stream or link ends", async () => {
    const handles = await linkHandles(lab);
    await expect.poll(() => established(lab), PATIENCE).toHaveLength(1);
    const [id] = await established(lab);
    await whileDownloading(async () => {
      for (const holding of holdings) replaceIdentity(lab, holding, ca);
      await hangUp(lab, holders, "IDENTITY_RELOADED");
      for (const [node, name] of all)
        if (!holders.some(([n, p]) => n === node && p === name)) await lab.kill(node, name, "SIGHUP");
      // Every link has another session now, at both ends, and the workloads another connection.
      await expect
        .poll(
          async () => [...(await linkHandles(lab))].every(([link, handle]) => handle !== handles.get(link)),
          PATIENCE,
        )
        .toBe(true);
      await expect.poll(() => established(lab), PATIENCE).not.toContain(id);
    });
    for (const certificate of await certificatesInUse(lab)) {
      expect(Date.parse(certificate.notAfter)).toBeLessThan(Date.now() + 31 * 86_400_000);
      expect(certificate.refused).toBeNull();
    }
  });

  test("one root follows another", async () => {
    const next = createCa(`${lab.folder}/next-ca`, { cluster: "hup" });
    const old = readFileSync(`${lab.caFolder}/ca.pem`, "utf8");
    const both = { trustBundlePem: `${old}${next.authority.certificatePem}` };
    await whileDownloading(async () => {
      for (const holding of holdings) replaceIdentity(lab, holding, ca, both);
      await hangUp(lab, holders, "IDENTITY_RELOADED");
      for (const holding of holdings) replaceIdentity(lab, holding, next, both);
      await hangUp(lab, holders, "IDENTITY_RELOADED");
      const handles = await linkHandles(lab);
      for (const holding of holdings) replaceIdentity(lab, holding, next);
      await hangUp(lab, holders, "IDENTITY_RELOADED");
      await expect
        .poll(
          async () => [...(await linkHandles(lab))].every(([link, handle]) => handle !== handles.get(link)),
          PATIENCE,
        )
        .toBe(true);
    });
    ca = next;
  });

  test("an identity that is not in order is refused whole, told in log and status, and the former one stays", async () => {
    const [vertexOfB] = holdings.filter(({ node }) => node === "b");
    const alice = holdings.find(({ folder }) => folder === "user/alice")!;
    const stranger = createCa(`${lab.folder}/stranger-ca`, { cluster: "hup" });
    await whileDownloading(async () => {
      replaceIdentity(lab, { ...vertexOfB!, principal: "vertex/x" }, ca);
      const { trustBundlePem } = ca.issue({ kind: "user", name: "alice" });
      replaceIdentity(lab, alice, stranger, { trustBundlePem });
      await hangUp(
        lab,
        [
          ["b", "link-flor"],
          ["a", "cluster-flor"],
        ],
        "IDENTITY_REFUSED",
      );
      const refused = (await certificatesInUse(lab)).flatMap(({ principal, refused }) =>
        refused === null ? [] : [[principal, refused.code]],
      );
      expect(refused).toEqual([
        ["user/alice", "ERR_IDENTITY_UNTRUSTED"],
        ["vertex/b", "ERR_IDENTITY_WRONG_NAME"],
      ]);
      replaceIdentity(lab, vertexOfB!, ca);
      replaceIdentity(lab, alice, ca);
      await hangUp(
        lab,
        [
          ["b", "link-flor"],
          ["a", "cluster-flor"],
        ],
        "IDENTITY_RELOADED",
      );
      expect((await certificatesInUse(lab)).every(({ refused }) => refused === null)).toBe(true);
    });
  });
});

/** The log entries that must not come, counted by process. */
async function troubles(lab: Lab): Promise<Record<string, number>> {
  const counts: Record<string, number> = {};
  for (const [node, name] of all) {
    const log = await lab.logs(node, name);
    for (const code of [
      "LINK_DOWN",
      "LINK_REFUSED",
      "TRANSPORT_DOWN",
      "TRANSPORT_REFUSED",
      "STREAM_REFUSED",
      "PORTAL_DETACHED",
    ]) {
      counts[`${node} ${name} ${code}`] = countLogged(log, code);
    }
  }
  return counts;
}

/** The handles of all links, by node and peer: a link has another handle with every session. */
async function linkHandles(lab: Lab): Promise<Map<string, unknown>> {
  const handles = new Map<string, unknown>();
  for (const [node, { clusterFlor }] of await lab.statuses()) {
    for (const link of clusterFlor!.links) handles.set(`${node} ${link.peer}`, link["handle"]);
  }
  return handles;
}

/** The connections of the tunnel that are up. */
async function established(lab: Lab): Promise<readonly string[]> {
  const { connections } = (await lab.status("a")).clusterFlor!;
  return connections.filter(({ state }) => state === "established").map(({ id }) => id);
}
