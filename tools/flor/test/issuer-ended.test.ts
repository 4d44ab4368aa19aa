/** Identities that have ended come back by `flor identity keep`, with the key that the issuer knows. */
import { existsSync, readFileSync, renameSync } from "node:fs";
import { join } from "node:path";
import { loadCredentials } from "@florenetes/identity";
import { readRequestFile, RenewingFolder, renewIdentity } from "@florenetes/identity/authority";
import { openAdminServer, reloadOutcome } from "@florenetes/process-kit";
import { OperatorError } from "@florenetes/operator-text";
import { describe, expect, test } from "vitest";
import {
  ca,
  contents,
  DUE,
  HOUR,
  identity,
  keep,
  open,
  place,
  root,
  startFirstIssuer,
  startIssuer,
  useIssuerFolder,
} from "./issuer-fixture.ts";

useIssuerFolder();

/** A part of a life behind its end. */
const ENDED = 1.2;
const keyHashOf = (folder: string): string => new RenewingFolder(folder, "demo", new Date(), true).credentials.keyHash;

/** Plays the agent at the issuer: it has records of these nodes, and notes those that it is asked for. */
async function startAgent(nodes: readonly string[], cluster = "demo", asked: string[] = []): Promise<string> {
  const path = place("agent.sock");
  const node = (query: URLSearchParams): unknown => {
    const name = query.get("name")!;
    asked.push(name);
    if (nodes.includes(name)) return { cluster, node: name, identity: { standing: "in-force" } };
    throw new OperatorError("ERR_FABRIC_NODE", `the record of the node ${name} was taken back`, { advice: "none" });
  };
  open.push(await openAdminServer({ path, mode: 0o600, routes: { "/node": node }, onError: () => undefined }));
  return path;
}

describe("an identity that has ended", () => {
  test("comes back with the same key, is in use at once, and is renewed by another key the next time", async () => {
    await startIssuer();
    let reloads = 0;
    const reload = () => {
      reloads++;
      return reloadOutcome({});
    };
    const actions = { "/identities": reload };
    const options = { path: place("control.sock"), mode: 0o600, routes: {}, actions };
    open.push(await openAdminServer({ ...options, onError: (_route, error) => expect.unreachable(String(error)) }));
    const target = identity("vertex/a", ENDED);
    const before = keyHashOf(target);
    expect(await keep(target)).toMatchObject({ code: 0, err: "", out: expect.stringContaining("vertex/a: renewed") });
    expect(reloads).toBe(1);
    expect(loadCredentials(target).keyHash).toBe(before);
    expect(existsSync(join(target, "request"))).toBe(false);
    expect((await keep(target)).out).toContain("is renewed from");
  });

  test("comes back by the request whose answer was lost, and by its own key where no answer was given", async () => {
    await startIssuer();
    const [lost, never] = [identity("user/alice", ENDED), identity("user/bob", ENDED)];
    const [answered, own] = [renewIdentity(lost).keyFingerprint, keyHashOf(never)];
    renewIdentity(never);
    const { publicKeyInfo } = readRequestFile(join(lost, "request/request.pem"));
    const { certificates, keyHash: shownKeyHash } = new RenewingFolder(lost, "demo", new Date(), true).credentials;
    const renewal = { origin: certificates[0]!, shownKeyHash };
    const request = { kind: "user", name: "alice", publicKeyInfo, lifeMs: HOUR } as const;
    ca.decide(() => ({ request, grounds: { renewal } }), new Date(Date.now() - 2 * HOUR));
    expect(await keep(lost, never)).toMatchObject({ code: 0, err: "" });
    expect([lost, never].map((folder) => loadCredentials(folder).keyHash)).toEqual([answered, own]);
    expect([lost, never].filter((folder) => existsSync(join(folder, "request")))).toEqual([]);
  });

  test("waits for an issuer that is away, and says since when it has ended", async () => {
    const target = identity("vertex/a", ENDED);
    const before = contents(target);
    const first = await keep(target);
    expect(first).toMatchObject({ code: 1, err: expect.stringContaining("[ERR_FLOR_ISSUER_UNREACHABLE]") });
    expect(first.err).toMatch(/warning: vertex\/a has ended on .*\[ERR_FLOR_RENEWAL_OVERDUE\]/);
    expect(contents(target)).toEqual(before);
    await startIssuer();
    expect((await keep(target)).code).toBe(0);
  });

  test.each([
    ["was revoked", "ERR_ISSUER_REVOKED", () => identity("vertex/a", ENDED), () => ca.revoke([{ principal: vertexA }])],
    ["is of another CA", "ERR_ISSUER_ENDED", () => identity("vertex/a", ENDED, root), () => undefined],
    [
      "is not in the record",
      "ERR_ISSUER_ENDED",
      () => {
        // Whoever has the CA's folder of before, and not its record.
        const target = identity("vertex/a", ENDED);
        renameSync(place("issuer-ca/record.jsonl"), place("record-of-before"));
        return target;
      },
      () => undefined,
    ],
  ])("that %s does not", async (_, code, make, change) => {
    const target = make();
    change();
    await startIssuer();
    const before = contents(target)["chain.pem"];
    expect(await keep(target)).toMatchObject({ code: 1, err: expect.stringContaining(`[${code}]`) });
    expect(contents(target)["chain.pem"]).toBe(before);
  });
});

test("a request that an operator has made stays while the issuer refuses, and can be answered by the CA", async () => {
  await startIssuer();
  const target = identity("user/alice", ENDED, root);
  const { file } = renewIdentity(target);
  const before = readFileSync(file, "utf8");
  expect(await keep(target)).toMatchObject({ code: 1, err: expect.stringContaining("[ERR_ISSUER_ENDED]") });
  expect(readFileSync(file, "utf8")).toBe(before);
});

const vertexA = { cluster: "demo", kind: "vertex", name: "a" } as const;

describe("an issuer that asks the fabric's agent", () => {
  test("lets nodes come back whose record is in force, with their agents, and no others", async () => {
    await startIssuer(await startAgent(["a"]));
    const good = [identity("vertex/a", ENDED), identity("service/fabric.a", ENDED), identity("user/alice", ENDED)];
    expect(await keep(...good)).toMatchObject({ code: 0, err: "" });
    const bad = [identity("vertex/b", ENDED), identity("service/fabric.b", ENDED)];
    const { code, err } = await keep(...bad);
    expect(code).toBe(1);
    expect(err.match(/no record of the node b is in force .*\[ERR_ISSUER_NODE\]/g)).toHaveLength(2);
  });

  test("lets nobody come back while the agent does not answer, or is another cluster's; who is in time is renewed", async () => {
    await startIssuer(place("agent.sock"));
    const target = identity("vertex/a", ENDED);
    expect(await keep(target)).toMatchObject({ code: 1, err: expect.stringContaining("[ERR_ISSUER_NODE]") });
    await startAgent(["a"], "another");
    await expect
      .poll(async () => (await keep(target)).err, { timeout: 20_000, interval: 100 })
      .toContain("does not say that");
    expect((await keep(identity("vertex/b", DUE, ca, HOUR))).code).toBe(0);
  });
});

describe("of two issuers", () => {
  test("the one that has made it lets a node come back, though another one is asked first whose agent is away", async () => {
    await startFirstIssuer(place("away.sock"));
    await startIssuer(await startAgent(["a"]));
    expect(await keep(identity("vertex/a", ENDED))).toMatchObject({ code: 0, err: "" });
  });

  test("the one that has made it says why it refuses, and asks its agent for nothing that the other one has made", async () => {
    const asked: string[] = [];
    const first = await startFirstIssuer(await startAgent([], "demo", asked));
    await startIssuer(place("away.sock"));
    const target = identity("vertex/a", ENDED);
    expect(await keep(target)).toMatchObject({ code: 1, err: expect.stringContaining("[ERR_ISSUER_NODE]") });
    expect(asked).toEqual([]);
    const other = identity("vertex/b", ENDED, first);
    expect(await keep(other)).toMatchObject({ code: 1, err: expect.stringContaining("[ERR_ISSUER_NODE]") });
    expect(new Set(asked)).toEqual(new Set(["b"]));
  });
});
