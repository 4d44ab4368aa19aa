import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Logger } from "@florenetes/process-kit";
import { nodeTime as time } from "@florenetes/scheduling";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { ReplicaMail } from "../../src/drivers/replica-mail.ts";
import { NO_ID, NO_STATE, writeLetter } from "../../src/mail/letters.ts";
import { FABRIC, recordOf, serviceRecord, viewOf, WALL } from "../a-fabric.ts";
import { type Answers, FakeAgent } from "./fake-agent.ts";

const PATIENCE = { timeout: 30_000 };
const LIST = writeLetter({ kind: "list", state: "57".repeat(16), known: NO_STATE, after: NO_ID }).toString("base64");
const tellJson = (answer: object): Answers => {
  return (_, response) => response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify(answer));
};

let folder: string;
let agent: FakeAgent;
let mail: ReplicaMail;
/** Answers of the agent, by paths without their queries; others are not found. */
let told: Record<string, Answers>;
let codes: string[];
/** How far the clock is ahead. */
let skewMs: number;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "control-flor-"));
  codes = [];
  skewMs = 0;
  told = {};
  const path = join(folder, "agent.sock");
  agent = await FakeAgent.open(path, (url, response) => {
    const answer = told[url.split("?")[0]!];
    if (answer === undefined) response.writeHead(404).end();
    else answer(url, response);
  });
  const note = ({ code }: { readonly code: string }): void => void codes.push(code);
  const log: Logger = { debug: note, info: note, warn: note, error: note, child: () => log };
  mail = new ReplicaMail({
    path,
    time: { ...time, now: () => time.now() + skewMs },
    log,
    take: async () => "taken",
    answerAudit: (question) => (question.length > 0 ? Buffer.from("entries") : undefined),
  });
});

afterEach(async () => {
  mail[Symbol.dispose]();
  await agent[Symbol.asyncDispose]();
  rmSync(folder, { recursive: true });
});

/** The view of a fabric whose service `api` has these hosts; the agent's node is c. */
const viewWith = (...hosts: readonly string[]) =>
  viewOf({ ...FABRIC, records: { service: [serviceRecord("api", hosts)] } });
const asked = (path: string): readonly string[] => agent.asked.filter((url) => url.startsWith(path));
const names = (): readonly string[] => mail.status().others.map(({ node }) => node);

test("replicas are the other hosts of the service, where this node is one, and a quorum says so", () => {
  mail.handleView(viewWith("d", "c", "b"), "api");
  expect([names(), mail.others()]).toEqual([
    ["b", "d"],
    ["b", "d"],
  ]);
  mail.handleView(viewWith("b", "d"), "api");
  expect([names(), mail.others()]).toEqual([[], undefined]);
  mail.handleView(viewWith("c", "d"), undefined);
  expect(names()).toEqual([]);
  mail.handleView(viewWith("c", "d"), "web");
  expect(names()).toEqual([]);
  const { body } = serviceRecord("api", ["c", "d"]);
  for (const rest of [{ issuer: "b" }, { scope: "org/acme" }]) {
    mail.handleView(viewOf({ records: { service: [recordOf("api", body, rest)] } }), "api");
    expect(names()).toEqual([]);
  }
});

test("a letter of a replica is answered with what waits here, and one of anybody else with nothing", async () => {
  let letters: object[] = [
    { number: 1, node: "d", body: LIST },
    { number: 2, node: "e", body: LIST },
  ];
  let waiting: (() => void) | undefined;
  told["/letters"] = (url, response) => {
    if (!url.includes("wait")) return tellJson({ outcome: "no-way", body: "" })(url, response);
    const [now, isFirst] = [letters, letters.length > 0];
    letters = [];
    if (isFirst) return tellJson({ letters: now })(url, response);
    // The agent waits where nothing has come.
    waiting = () => tellJson({ letters: [{ number: 3, node: "d", body: "" }] })(url, response);
  };
  told["/answers"] = tellJson({ isTaken: true });
  mail.handleProposals(
    new Map([
      [
        "ab".repeat(32),
        { by: "user/alice", toldBy: null, broughtAt: null, brought: WALL, state: "waits", reason: null, record: "r" },
      ],
    ]),
  );
  mail.handleView(viewWith("c", "d"), "api");
  await vi.waitFor(() => expect(mail.status().others[0]!.letters).toEqual({ "no-way": 1 }), PATIENCE);
  await vi.waitFor(() => expect(waiting).toBeDefined(), PATIENCE);
  waiting!();
  await vi.waitFor(() => expect(asked("/answers")).toHaveLength(3), PATIENCE);
  expect(asked("/answers").toSorted()).toEqual([
    "/answers?letter=1&outcome=answered",
    "/answers?letter=2&outcome=unknown-sender",
    "/answers?letter=3&outcome=malformed",
  ]);
  expect(mail.status()).toMatchObject({
    fault: null,
    others: [{ node: "d", faults: 1, faultMsAgo: expect.any(Number), heardMsAgo: expect.any(Number) }],
  });
  await vi.waitFor(() => expect(codes).toEqual(["REPLICA_FAULT"]), PATIENCE);
  // A replica that goes and comes again has sent nothing wrong yet.
  skewMs = 61_000;
  mail.handleView(viewWith("c"), "api");
  mail.handleView(viewWith("c", "d"), "api");
  expect(mail.status().others).toMatchObject([{ node: "d", faults: 0, faultMsAgo: null }]);
  expect(codes).toEqual(["REPLICA_FAULT"]);
});

test("an agent that carries no letters is told of once, asked again, and told of when it does", async () => {
  mail.handleView(viewWith("c", "d"), "api");
  await vi.waitFor(() => expect(codes).toEqual(["LETTERS_AWAY"]), PATIENCE);
  expect(mail.status().fault).toBe("ERR_ADMIN_ANSWER");
  await vi.waitFor(() => expect(asked("/letters?wait").length).toBeGreaterThan(1), PATIENCE);
  expect(codes).toEqual(["LETTERS_AWAY"]);
  let isFirst = true;
  told["/letters"] = (url, response) => {
    if (url.includes("wait") && isFirst) tellJson({ letters: [] })(url, response);
    isFirst &&= !url.includes("wait");
  };
  await vi.waitFor(() => expect(codes).toEqual(["LETTERS_AWAY", "LETTERS_COME"]), PATIENCE);
  expect(mail.status().fault).toBe(null);
});

test("an agent that has no letters at once is not asked again at once, and its silence is nothing where there are no others", async () => {
  told["/letters"] = tellJson({ letters: [], outcome: "no-way", body: "" });
  mail.handleView(viewWith("c", "d"), "api");
  await vi.waitFor(() => expect(asked("/letters?wait").length).toBeGreaterThan(1), PATIENCE);
  expect(asked("/letters?wait")).toHaveLength(2);
  delete told["/letters"];
  await vi.waitFor(() => expect(mail.status().fault).toBe("ERR_ADMIN_ANSWER"), PATIENCE);
  mail.handleView(viewWith("c"), "api");
  expect(mail.status()).toEqual({ fault: null, others: [] });
});
