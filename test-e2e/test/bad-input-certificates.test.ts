/*
 *                  ┌── kind        shows a user's certificate
 *                  ├── name        another vertex's
 *   a ─────────────├── cluster     one of another cluster, by a CA that names none and that a trusts
 *                  ├── ca          one by another CA of the cluster's name
 *                  ├── expired
 *                  └── early       one that is not valid yet
 *
 *   The neighbours are small QUIC peers of the test's own: link-flor itself would not start with such certificates. They are
 *   called by a, and call it.
 */
import { execFileSync } from "node:child_process";
import { appendFileSync, mkdirSync, readFileSync } from "node:fs";
import { issueIdentity, makeAuthority, openCa } from "@florenetes/identity/authority";
import { type Lab, openLab } from "@florenetes/meshlab";
import type { QuicConfig } from "@florenetes/quic";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { logEntries } from "../src/log-entries.ts";
import { PATIENCE } from "../src/patience.ts";
import { QuicPeer } from "../src/quic-peer.ts";

const DAY_MS = 86_400_000;
/** For each flaw, the reason that a gives for its link, and the code that the neighbour hears: an application's, or 0x100 and a
 *  TLS alert. */
const FLAWS: Readonly<Record<string, { code: string; text: RegExp; heard: number }>> = {
  kind: { code: "WRONG_KIND", text: /expected a vertex, this is user\/kind/, heard: 0x13 },
  name: { code: "WRONG_NAME", text: /expected the name "name", this is vertex\/another/, heard: 0x14 },
  cluster: {
    code: "WRONG_CLUSTER",
    text: /expected cluster "bad", this is vertex\/cluster of cluster "worse"/,
    heard: 0x15,
  },
  ca: { code: "UNTRUSTED", text: /is not trusted here: one of the two ends has another CA/, heard: 0x130 },
  expired: { code: "CERTIFICATE_REFUSED", text: /has expired/, heard: 0x12d },
  early: { code: "CERTIFICATE_REFUSED", text: /is not valid yet/, heard: 0x12d },
};
const NAMES = Object.keys(FLAWS);

type Credentials = QuicConfig["credentials"];

let lab: Lab;
let credentials: Record<string, Credentials>;
const peers: QuicPeer[] = [];

beforeAll(async () => {
  lab = await openLab({
    cluster: "bad",
    nodes: Object.fromEntries(["a", ...NAMES].map((name) => [name, {}])),
    links: NAMES.map((name) => ({ between: ["a", name], originator: "a" })),
  });
  credentials = flawedCredentials(lab);
  for (const name of NAMES) {
    const [, host, port] = /listen: udp:\/\/([\d.]+):(\d+)/.exec(
      readFileSync(lab.configFile(name, "link-flor"), "utf8"),
    )!;
    peers.push(await QuicPeer.listen({ host: host!, port: Number(port) }, credentials[name]!));
  }
  for (const name of ["link-flor", "cluster-flor"] as const) lab.start("a", name);
});

afterAll(async () => {
  for (const peer of peers) await peer[Symbol.asyncDispose]();
  await lab?.down();
});

describe("a neighbour's certificate", () => {
  test("is refused when a calls: the link's state, status and log name the flaw, and the neighbour hears the code", async () => {
    const expected = Object.fromEntries(NAMES.map((name) => [name, `refused ${FLAWS[name]!.code}`]));
    await expect.poll(linkStates, PATIENCE).toEqual(expected);
    for (const { peer, text } of (await lab.status("a")).clusterFlor!.links) {
      expect(text).toMatch(FLAWS[peer]!.text);
    }
    const entries = () => logEntries(lab, "a", "cluster-flor", "LINK_REFUSED");
    await expect.poll(entries, PATIENCE).toHaveLength(NAMES.length);
    const log = await entries();
    expect(Object.fromEntries(log.map(({ peer, reason, level }) => [peer, `${level} ${reason}`]))).toEqual(
      Object.fromEntries(NAMES.map((name) => [name, `warn ${FLAWS[name]!.code}`])),
    );
    const heard = () => peers.map(({ closes }) => closes[0]?.code);
    await expect.poll(heard, PATIENCE).toEqual(NAMES.map((name) => FLAWS[name]!.heard));
  });

  test("is refused when the neighbour calls: the log names the flaw and where it came from, and is told the same", async () => {
    const [, host, port] = /udp:\/\/([\d.]+):(\d+)/.exec((await lab.status("a")).linkFlor!.clusters[0]!.listen)!;
    // Any vertex may call. Only a hello, which these peers never send, tells who calls: so the flaw "name" is left out.
    const callers = NAMES.filter((name) => name !== "name");
    const calling = await Promise.all(
      callers.map((name) => QuicPeer.dial({ host: host!, port: Number(port) }, credentials[name]!)),
    );
    peers.push(...calling);
    await expect
      .poll(() => calling.map(({ closes }) => closes[0]?.code), PATIENCE)
      .toEqual(callers.map((name) => FLAWS[name]!.heard));
    const entries = () => logEntries(lab, "a", "link-flor", "SESSION_REFUSED");
    await expect.poll(entries, PATIENCE).toHaveLength(callers.length);
    const log = await entries();
    const reasons = log.map(({ reason }) => String(reason));
    expect(reasons.toSorted()).toEqual(callers.map((name) => FLAWS[name]!.code).toSorted());
    for (const { from, text } of log) {
      expect(from).toMatch(/^udp:\/\/127\.0\.0\.1:\d+$/);
      expect(callers.some((name) => FLAWS[name]!.text.test(text!))).toBe(true);
    }
  });

  test("was no reason to end: a's processes go on", () => {
    const processes = lab.pids().map(({ process }) => process);
    expect(processes.toSorted()).toEqual(["cluster-flor", "link-flor"]);
  });
});

async function linkStates(): Promise<Record<string, string>> {
  const links = (await lab.status("a")).clusterFlor?.links ?? [];
  return Object.fromEntries(links.map(({ peer, state, code }) => [peer, `${state} ${code}`]));
}

/** Credentials of a vertex for each flaw. The neighbours' trust bundles are right, so that a is the end that refuses. */
function flawedCredentials(lab: Lab): Record<string, Credentials> {
  const now = Date.now();
  const { authority } = openCa(lab.caFolder);
  const issue = (name: string, kind: "vertex" | "user", at = now, by = authority): Credentials => ({
    ...issueIdentity(by, { kind, name, days: 1 }, new Date(at)),
    trustBundlePem: authority.certificatePem,
  });
  return {
    kind: issue("kind", "user"),
    name: issue("another", "vertex"),
    cluster: { ...foreignCredentials(lab), trustBundlePem: authority.certificatePem },
    ca: issue("ca", "vertex", now, makeAuthority({ cluster: "bad" }, new Date(now))),
    expired: issue("expired", "vertex", now - 3 * DAY_MS),
    early: issue("early", "vertex", now + DAY_MS),
  };
}

/** Credentials by a root that names no cluster, and so vouches for any: a trusts it beside its own root, and it has issued for another cluster. */
function foreignCredentials(lab: Lab): Credentials {
  const folder = `${lab.folder}/foreign`;
  mkdirSync(folder);
  const openssl = (...args: string[]): void => void execFileSync("openssl", args, { cwd: folder, stdio: "pipe" });
  const key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-sha256", "-days", "2"];
  const root = ["-addext", "keyUsage=critical,keyCertSign", "-keyout", "ca.key", "-out", "ca.pem"];
  openssl("req", "-x509", ...key, "-subj", "/CN=nameless", ...root);
  const leaf = [
    "-addext",
    "basicConstraints=critical,CA:FALSE",
    "-addext",
    "keyUsage=critical,digitalSignature",
    "-addext",
    "subjectAltName=critical,URI:spiffe://worse/vertex/cluster",
  ];
  openssl(
    "req",
    "-x509",
    ...key,
    "-subj",
    "/",
    "-CA",
    "ca.pem",
    "-CAkey",
    "ca.key",
    ...leaf,
    "-keyout",
    "key",
    "-out",
    "chain",
  );
  appendFileSync(`${lab.identityFolder("a", "vertex")}/trust.pem`, readFileSync(`${folder}/ca.pem`));
  const text = (file: string): string => readFileSync(`${folder}/${file}`, "utf8");
  return { certificateChainPem: text("chain"), privateKeyPem: text("key"), trustBundlePem: "" };
}
