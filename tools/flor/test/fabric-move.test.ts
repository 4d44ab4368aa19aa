import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { readRecordTexts, signPayload, writePayload, writeRecordText } from "@florenetes/facts";
import { makeSigningKey, proposeRecord, requireRecord } from "@florenetes/facts/authoring";
import { openAdminServer } from "@florenetes/process-kit";
import { afterAll, beforeAll, expect, test } from "vitest";
import { flor } from "./run-flor.ts";

const NOW = Date.now();
const folder = mkdtempSync(join(tmpdir(), "move-"));
const socket = join(folder, "agent.sock");
const key = makeSigningKey("c");
const host = (node: string, priority = 1) => ({ node, priority, weight: 2 });
const serviceRecord = (subject: string, hosts: readonly string[]): string => {
  const body = {
    aliases: ["www"],
    mode: "active-active",
    classes: [],
    hosts: hosts.map((node) => host(node)),
  } as const;
  return writeRecordText(proposeRecord({ kind: "service", cluster: "demo", subject, now: NOW, body }));
};
const announcement = (issuer: string, load: number): string => {
  const slot = { kind: "announce", scope: "cluster", subject: issuer, authority: "node", issuer };
  const services = ["mailbox", "web"].map((service, at) => ({ service, label: 900 + at, load }));
  const body = { endpoints: [], "spki-hashes": [], services, capabilities: [] };
  const life = { epoch: 1, generation: 0, issued: NOW, expires: NOW + 900_000 };
  return writeRecordText(signPayload(writePayload({ cluster: "demo", ...slot, ...life, body }), [key]));
};
/** The records in force, by kind and subject. */
const records: Readonly<Record<string, string>> = {
  "service web": serviceRecord("web", ["b"]),
  "service mailbox": serviceRecord("mailbox", ["b", "d"]),
  "service api": serviceRecord("api", ["b", "d"]),
  "announce c": announcement("c", 0),
  "announce e": announcement("e", 100),
};

let server: Awaited<ReturnType<typeof openAdminServer>>;
beforeAll(async () => {
  const answer = (query: URLSearchParams) => {
    const proof = records[`${query.get("kind")} ${query.get("subject")}`];
    return { facts: proof === undefined ? [] : [{ proof }] };
  };
  server = await openAdminServer({ path: socket, routes: { "/facts": answer } });
});
afterAll(async () => {
  await server.close();
  rmSync(folder, { recursive: true });
});

const move = (...words: readonly string[]) => flor("fabric", "service", "move", ...words, "--agent", socket);

test("a service moves to a node that serves it, with the priority and weight of the one that leaves", async () => {
  const out = join(folder, "web.fact");
  expect(await move("web", "--to", "c", "--out", out)).toMatchObject({ code: 0 });
  expect(requireRecord(readRecordTexts(readFileSync(out, "utf8"))![0]!)).toMatchObject({
    epoch: 2,
    body: { aliases: ["www"], hosts: [host("c")] },
  });
});

test("one of several hosts moves, and the others stay as they are", async () => {
  const out = join(folder, "mail.fact");
  expect(await move("mailbox", "--from", "d", "--to", "c", "--out", out)).toMatchObject({ code: 0 });
  expect(requireRecord(readRecordTexts(readFileSync(out, "utf8"))![0]!).body).toMatchObject({
    hosts: [host("b"), host("c")],
  });
});

test.each([
  ["a host that is none", ["web", "--from", "d", "--to", "c"], "node d is no host of service web: b"],
  ["a host that is one already", ["web", "--to", "b"], "node b is a host of service web already"],
  [
    "one of several that is not named",
    ["api", "--to", "c"],
    "service api has several hosts: name one of them by --from: b, d",
  ],
  ["a service that nobody knows", ["mail", "--to", "c"], "the agent has no record of service mail in force"],
  ["a node that nobody has heard", ["web", "--to", "x"], "[ERR_FLOR_NOT_SERVED]"],
  ["a node that does not serve it", ["api", "--from", "b", "--to", "c"], "node c does not announce service api"],
  ["a node whose program is down", ["web", "--to", "e"], "the program of service web is down at node e"],
])("is refused for %s", async (_, words, text) => {
  expect(await move(...words)).toMatchObject({ code: 2, out: "", err: expect.stringContaining(text) });
});
