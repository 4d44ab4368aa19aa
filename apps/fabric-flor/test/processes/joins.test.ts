/** Real processes that let nodes in with tokens. */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { joinToBeSigned, makeToken, type Token, writeJoin, writeJoinText, writeRecordText } from "@florenetes/facts";
import { addSignatures, proposeRecord } from "@florenetes/facts/authoring";
import { hasEtcd } from "@florenetes/facts/testing";
import { requestAdmin } from "@florenetes/process-kit";
import { expect, test } from "vitest";
import { FabricProcess } from "./fabric-process.ts";
import { operators, PATIENCE, publish, startNode, startPrograms, withTwoPrograms } from "./program-processes.ts";

/** The record of a token for one node, signed by so many people. */
function tokenRecord({ keyId }: Token, people: number): string {
  const body = { organization: "acme", partition: "north", count: 1 };
  const octets = proposeRecord({ cluster: "demo", kind: "token", subject: keyId, now: Date.now(), body });
  return writeRecordText(addSignatures(octets, operators.slice(0, people)));
}

const ask = (fabric: FabricProcess, socket: string, route: string, body: string): Promise<Record<string, string>> =>
  requestAdmin(join(fabric.folder, "run", socket), route, { method: "POST", body, isAnswer: () => true }) as Promise<
    Record<string, string>
  >;

/** The join of a process's node. */
async function joinOf(fabric: FabricProcess, token: Token): Promise<string> {
  const own = await ask(fabric, "admin.sock", "/join", token.key);
  const [payload, byNode] = [own["payload"]!, own["signature"]!].map((text) => Buffer.from(text, "base64"));
  return writeJoinText(
    writeJoin({ payload: payload!, byNode: byNode!, byToken: token.sign(joinToBeSigned(payload!)) }),
  );
}

test("an agent lets in one node with a token for one, and remembers it over a restart", async () => {
  await using fabric = new FabricProcess("");
  await using x = new FabricProcess("");
  await using y = new FabricProcess("");
  const root = await startPrograms(new Map([["a", fabric]]), "[tokens]", "api: run/api.sock");
  await startNode(root, "x", x);
  await startNode(root, "y", y);
  const token = makeToken();
  await publish(fabric, tokenRecord(token, 1));
  const join = await joinOf(x, token);
  // Whoever may ask at the shared socket may show a join, and gets none of this node's.
  expect(await ask(fabric, "api.sock", "/joins", join)).toMatchObject({ outcome: "waits" });
  expect(await ask(fabric, "api.sock", "/join", token.key)).toMatchObject({ code: "ERR_FABRIC_UNSIGNED" });
  const hand = (text: string) => ask(fabric, "admin-control.sock", "/joins", text);
  await expect.poll(async () => (await hand(join))["outcome"], PATIENCE).toBe("joined");
  const { record } = await hand(join);
  await publish(x, record!);
  expect(await x.status()).toMatchObject({ standing: "in-force", joins: null });
  expect(await hand(await joinOf(y, token))).toMatchObject({ outcome: "refused", reason: "used-up" });
  expect((await fabric.status()).joins).toEqual({
    isListed: true,
    canMeet: true,
    isBehind: false,
    tokens: 1,
    waiting: 0,
    signed: 1,
    refused: { "used-up": 1 },
    fault: null,
  });
  expect(fabric.command("status").stdout).toMatch(
    /joins: 1 signed here, 0 wait for signatures; refused: used-up 1; 1 tokens in/,
  );
  expect(fabric.log.map(({ code }) => code)).toEqual(expect.arrayContaining(["NODE_JOINED", "JOIN_REFUSED"]));

  // Its records are lost, and what it has signed is not.
  await fabric.stop("SIGKILL");
  const file = `${fabric.folder}/state/tokens.json`;
  expect(Object.keys((JSON.parse(readFileSync(file, "utf8")) as { tokens: object }).tokens)).toEqual([token.keyId]);
  await fabric.start();
  expect(await hand(await joinOf(y, token))).toMatchObject({ reason: "used-up" });
  await fabric.stop("SIGTERM");
  writeFileSync(file, "{");
  await fabric.start();
  const texts = (await fabric.status()).findings.map(({ text }) => text);
  expect(texts.join()).toContain("not known (ERR_FABRIC_TOKEN_USES)");
  expect(await hand(await joinOf(y, token))).toMatchObject({ reason: "used-up" });
  const said = JSON.stringify([fabric.log, x.log, await fabric.status(), await x.status()]);
  expect(said).not.toContain(token.text.slice(-20));
  // Whatever is no join is told so.
  await expect(ask(fabric, "admin.sock", "/joins", "hello")).resolves.toMatchObject({ code: "ERR_FABRIC_JOIN" });
  await expect(ask(fabric, "admin.sock", "/join", "hello")).resolves.toMatchObject({ code: "ERR_FABRIC_JOIN" });
});

test.skipIf(!hasEtcd)(
  "of two nodes that use a token for one at once, two programs let one in",
  { timeout: 120_000 },
  () =>
    withTwoPrograms("[renew, tokens]", async (a, b, root) => {
      await using x = new FabricProcess("");
      await using y = new FabricProcess("");
      await startNode(root, "x", x);
      await startNode(root, "y", y);
      const token = makeToken();
      for (const fabric of [a, b]) await publish(fabric, tokenRecord(token, 2));
      const shown = [
        [a, await joinOf(x, token)],
        [b, await joinOf(y, token)],
      ] as const;
      const outcomes = () =>
        Promise.all(shown.map(async ([fabric, text]) => (await ask(fabric, "admin.sock", "/joins", text))["outcome"]!));
      await expect.poll(async () => new Set(await outcomes()), PATIENCE).toEqual(new Set(["joined", "refused"]));
      for (const fabric of [a, b])
        await expect.poll(async () => (await fabric.status()).records.kinds["node"], PATIENCE).toBe(1);
    }),
);
