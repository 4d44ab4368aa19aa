/*
 *   a ───── b        alice on a uses a service on b; each process has the private keys of its own identities in pages for secrets, and
 *                    their text nowhere else: after it has served, and after a renewal
 */
import { readFileSync } from "node:fs";
import { openCa } from "@florenetes/identity/authority";
import { type Lab, openLab } from "@florenetes/meshlab";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { freePort } from "../src/free-port.ts";
import { searchMemory } from "@florenetes/hostile";
import { now } from "../src/monotonic-clock.ts";
import { hangUp, type Holding, replaceIdentity } from "../src/renewal.ts";
import { isRoot } from "../src/root.ts";
import { SteadyService, SteadyWorkload } from "../src/steady-workload.ts";

const HOLDINGS = [
  { process: "link-flor", node: "a", folder: "vertex", principal: "vertex/a" },
  { process: "link-flor", node: "b", folder: "vertex", principal: "vertex/b" },
  { process: "cluster-flor", node: "a", folder: "user/alice", principal: "user/alice" },
  { process: "cluster-flor", node: "b", folder: "service/files", principal: "service/files" },
] as const;

describe.skipIf(!isRoot)("the text of a private key is in pages for secrets alone", () => {
  let lab: Lab;
  let workload: SteadyWorkload;

  beforeAll(async () => {
    const port = await freePort();
    lab = await openLab({
      cluster: "keys",
      nodes: { a: {}, b: {} },
      links: [{ between: ["a", "b"] }],
      services: { files: { node: "b", target: `tcp://127.0.0.1:${port}`, allow: ["user/alice"] } },
      tunnels: [{ node: "a", listen: "tcp://127.0.0.1:0", as: "user/alice", service: "files", path: ["a", "b"] }],
    });
    await lab.up();
    await SteadyService.start(lab, "b", port);
    workload = await SteadyWorkload.start(lab, "a", Number(new URL(lab.tunnels[0]!.listen).port), ["p"]);
  });

  afterAll(async () => {
    workload?.[Symbol.dispose]();
    await lab?.down();
  });

  /** Text from the middle of a key's digits, which no other key's text has. */
  function textOf({ node, folder }: Holding): Uint8Array {
    return readFileSync(`${lab.identityFolder(node, folder)}/key.pem`).subarray(100, 150);
  }

  function search({ node, process }: (typeof HOLDINGS)[number], text: Uint8Array): ReturnType<typeof searchMemory> {
    const { pid } = lab.pids().find((running) => running.node === node && running.process === process)!;
    return searchMemory(pid, text);
  }

  test("after it has served, and after a renewal", async () => {
    const before = HOLDINGS.map((holding) => ({ holding, text: textOf(holding) }));
    for (const { holding, text } of before) {
      const { secret, elsewhere } = search(holding, text);
      expect(elsewhere, holding.principal).toEqual([]);
      expect(secret, holding.principal).toBeGreaterThan(0);
    }

    for (const holding of HOLDINGS) replaceIdentity(lab, holding, openCa(lab.caFolder));
    await hangUp(
      lab,
      HOLDINGS.map(({ node, process }) => [node, process]),
      "IDENTITY_RELOADED",
    );
    await workload.untilProgress(now());
    for (const { holding, text } of before) {
      expect(search(holding, text).elsewhere, `${holding.principal} before`).toEqual([]);
      const { secret, elsewhere } = search(holding, textOf(holding));
      expect(elsewhere, `${holding.principal} since`).toEqual([]);
      expect(secret, holding.principal).toBeGreaterThan(0);
    }
  });
});
