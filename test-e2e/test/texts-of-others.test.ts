/*
 *   a ───── b     b closes each session with words that should move a terminal, in a frame of QUIC
 *
 *   After that, a's link-flor gives way to a partner that refuses its cluster-flor in such words. Logs, status, metrics and admin
 *   sockets of a show the words in a harmless form; so does flor for a certificate with such a name.
 */
import { execFileSync } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { request } from "node:http";
import type { IncomingMessage } from "node:http";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import { issueIdentity, openCa } from "@florenetes/identity/authority";
import { type Lab, type ProcessName, openLab } from "@florenetes/meshlab";
import { afterAll, beforeAll, expect, test } from "vitest";
import { executable, flor, runToEnd } from "../src/executables.ts";
import { expectLog } from "../src/log-entries.ts";
import { PATIENCE } from "../src/patience.ts";
import { QuicPeer } from "../src/quic-peer.ts";

const WORDS = "\u202E\r\nlevel=error\u001B[2J\u0085\u{E0041}";
const SHOWN = String.raw`\u{202e}\u{d}\u{a}level=error\u{1b}[2J\u{85}\u{e0041}`;
const NAME = "\u202Ec\u200B";
const SHOWN_NAME = String.raw`\u{202e}c\u{200b}`;
const PARTNER = fileURLToPath(new URL("../src/attackers/florio_partner.py", import.meta.url));
const PROCESSES = ["link-flor", "cluster-flor"] as const;

let lab: Lab;
let b: QuicPeer;

beforeAll(async () => {
  lab = await openLab({
    cluster: "words",
    nodes: { a: {}, b: {} },
    links: [{ between: ["a", "b"], originator: "a" }],
  });
  const credentials = issueIdentity(openCa(lab.caFolder).authority, { kind: "vertex", name: "b", days: 1 }, new Date());
  b = await QuicPeer.listen(addressOf("b"), credentials, { code: 0x01, reason: WORDS });
  for (const name of PROCESSES) lab.start("a", name);
});

afterAll(async () => {
  await b?.[Symbol.asyncDispose]();
  await lab?.down();
});

test("a neighbour's reason for closing", async () => {
  const said = async () => (await lab.status("a")).clusterFlor?.links[0]?.text;
  await expect.poll(said, PATIENCE).toBe(`the link vertex at the other end is stopping ("${SHOWN}")`);
  for (const name of PROCESSES) await expectVisible(name);
  // JSON has two backslashes for each.
  await expectLog(lab, "a", "link-flor").toContain(SHOWN.replaceAll("\\", "\\\\"));
});

test("a link vertex's reason for refusing", async () => {
  await lab.kill("a", "link-flor");
  const sockets = [`${lab.folder}/a/run-link/words.sock`, `${lab.folder}/a/run-cluster/florio.sock`];
  const partner = lab.spawn("a", ["python3", "-B", PARTNER, ...sockets, "words"], {
    stdio: ["pipe", "pipe", "inherit"],
  });
  try {
    await once(partner.stdout!, "data");
    const portal = async () => (await lab.status("a")).clusterFlor?.portals[0];
    await expect.poll(portal, PATIENCE).toMatchObject({ state: "refused", code: SHOWN, text: SHOWN });
    await expectVisible("cluster-flor");
  } finally {
    partner.stdin!.end();
    await once(partner, "exit");
  }
});

test("a name in a certificate", async () => {
  const file = `${lab.folder}/named.pem`;
  const key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", `${lab.folder}/named.key`];
  execFileSync("openssl", ["req", "-x509", ...key, "-utf8", "-subj", `/CN=${NAME}`, "-out", file], { stdio: "pipe" });
  const { stdout, stderr } = await flor("inspect", file);
  expect(stdout).toMatch(/^[ -~\n]+$/);
  expect(stdout).toContain(`CN=${SHOWN_NAME}`);
  expect(stderr).toMatch(/^[ -~\n]*$/);
});

/** Expects that the process and its command line write only visible characters, and only lines of their own. */
async function expectVisible(name: ProcessName): Promise<void> {
  const file = lab.configFile("a", name);
  const status = [...executable(name), "status", "--config", file];
  const pretty = await runToEnd(status);
  const json = await runToEnd([...status, "--json"]);
  const admin = /^admin: "?([^"\n]+)"?$/m.exec(readFileSync(file, "utf8"))![1]!;
  const outputs = [pretty.stdout, json.stdout, await ask(admin, "/status"), await ask(admin, "/metrics")];
  for (const output of [...outputs, await lab.logs("a", name)]) expect(output).toMatch(/^[ -~\n]+$/);
  expect(pretty.stdout).not.toMatch(/^level=error/m);
}

async function ask(socketPath: string, path: string): Promise<string> {
  const [response] = (await once(request({ socketPath, path }).end(), "response")) as [IncomingMessage];
  return text(response);
}

function addressOf(node: string): { host: string; port: number } {
  const config = readFileSync(lab.configFile(node, "link-flor"), "utf8");
  const [, host, port] = /listen: udp:\/\/([\d.]+):(\d+)/.exec(config)!;
  return { host: host!, port: Number(port) };
}
