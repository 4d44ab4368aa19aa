import { type Envelope, readEnvelope, recordIdOf, writeEnvelope, writeRecordText } from "@florenetes/facts";
import { connect } from "node:net";
import { once } from "node:events";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { ControlFabric, REPLICAS, socketOf } from "../src/control-fabric.ts";
import { PATIENCE } from "../src/patience.ts";

let control: ControlFabric;

beforeAll(async () => {
  control = await ControlFabric.open();
});
afterAll(() => control?.[Symbol.asyncDispose]());

/** The status of an answer; 0: none came. */
async function statusOf(path: string, as: "alice" | "bob" | "mallory" = "alice"): Promise<number> {
  return control.ask(path, as).then(
    ({ status }) => status,
    () => 0,
  );
}

/** The replica that answers; the error where none does. */
async function replicaFor(who: "alice" | "bob"): Promise<string> {
  return control.ask("/v1/verdict", who).then(({ body }) => (body["asOf"] as { replica: string }).replica, String);
}

async function service(): Promise<unknown> {
  return (await control.ask("/v1/services/control-api")).body["service"];
}

describe("the control API, over the mesh", () => {
  test("tells the fabric by a replica that is found by name", async () => {
    await expect.poll(() => statusOf("/v1/verdict"), PATIENCE).toBe(200);
    const names = async (): Promise<unknown> => {
      const { items } = (await control.ask("/v1/nodes")).body as { items: { name: string; state: string }[] };
      return items.map(({ name, state }) => `${name} ${state}`);
    };
    await expect.poll(names, PATIENCE).toEqual(["a announced", "b announced", "c announced"]);
    await expect.poll(service, PATIENCE).toMatchObject({
      state: "served",
      hosts: [
        { node: "b", state: "serving" },
        { node: "c", state: "serving" },
      ],
    });
    const { body } = await control.ask("/v1/verdict");
    expect(body).toMatchObject({ verdict: { isWhole: true }, asOf: { isStale: false } });
    expect(REPLICAS).toContain((body["asOf"] as { replica: string }).replica);
  });

  test("knows who asks, by the certificate of the mesh alone", async () => {
    expect((await control.ask("/v1/nodes", "mallory")).body).toMatchObject({ status: 403, code: "ERR_CONTROL_READER" });
    expect((await control.ask("/v1/nodes", "bob")).status).toBe(200);
    const { items } = (await control.ask("/v1/audit", "bob")).body as { items: { principal: string }[] };
    expect(new Set(items.map(({ principal }) => principal))).toEqual(new Set(["user/bob"]));
  });
});

test("budgets are told with what the agent counts, each to readers of its organization", async () => {
  const sign = (organization: string): Buffer =>
    control.fabric.sign("budget", organization, { limits: [{ of: "leases", most: 9 }] });
  await control.fabric.publish("a", [sign("lab"), sign("other")]);
  // A coordinator of two gives half of it.
  const counted = { of: "leases", most: 9, used: expect.any(Number), part: 4 };
  const items = async (who: "alice" | "bob"): Promise<unknown> =>
    control.ask("/v1/budgets", who).then(({ body }) => body["items"], String);
  await expect.poll(() => items("bob"), PATIENCE).toMatchObject([{ organization: "lab", limits: [counted] }]);
  await expect.poll(() => items("alice"), PATIENCE).toMatchObject([{ organization: "lab" }, { organization: "other" }]);
  // No node here is an observer.
  expect(await control.ask("/v1/usage", "bob")).toMatchObject({ status: 200, body: { items: [], next: null } });
});

test("a connection that cluster-flor has not brought ends, is counted, and disturbs nobody", async () => {
  const socket = connect(socketOf(control.lab, "b"));
  socket.end("GET /v1/nodes HTTP/1.1\r\nhost: localhost\r\n\r\n");
  const said: Buffer[] = [];
  socket.on("data", (chunk: Buffer) => said.push(chunk));
  await once(socket, "close");
  expect(Buffer.concat(said).toString()).toBe("");
  const refused = async (): Promise<unknown> =>
    ((await control.status("b"))["requests"] as { refused: number }).refused;
  await expect.poll(refused, PATIENCE).toBe(1);
});

describe("a proposal", () => {
  // All is brought to one replica: only b runs.
  beforeAll(async () => {
    await control.kill("c");
    for (const who of ["alice", "bob"] as const) {
      await vi.waitFor(async () => expect(await replicaFor(who)).toBe("b"), PATIENCE);
    }
  });
  afterAll(() => control.start("c"));

  /** The record that has c alone host the service, and copies of it that each of two operators has signed. */
  const made = (): { id: string; whole: string; copies: readonly string[] } => {
    const { payload, signatures } = readEnvelope(control.fabric.signService("proposed", ["c"])) as Envelope;
    const textWith = (some: Envelope["signatures"]): string =>
      writeRecordText(writeEnvelope({ payload, signatures: some }));
    return {
      id: recordIdOf(payload),
      whole: textWith(signatures),
      copies: signatures.map((signature) => textWith([signature])),
    };
  };
  const post = (path: string, body: string, as: "alice" | "bob" = "alice"): ReturnType<ControlFabric["ask"]> =>
    control.ask(path, as, { method: "POST", body, headers: { "content-type": "text/plain" } });

  test("is kept with its words until two have signed it, and then it is in force", async () => {
    const { id, copies } = made();
    const first = await post("/v1/proposals", copies[0]!);
    expect(first.status).toBe(201);
    expect(first.headers.get("location")).toBe(`/v1/proposals/${id}`);
    expect(first.body).toMatchObject({ proposal: { id, state: "waits", by: "user/alice", subject: "proposed" } });
    const { proposal } = first.body as { proposal: { words: string[]; missing: object[]; payload: string } };
    expect(proposal.words.join("\n")).toContain("hosts");
    expect(proposal.missing).toMatchObject([{ authority: "control", threshold: 2, signed: [expect.any(String)] }]);
    expect((await control.ask("/v1/proposals?state=waits", "bob")).body).toMatchObject({ items: [{ id }] });

    expect((await post(`/v1/proposals/${id}/signatures`, copies[0]!)).body).toMatchObject({
      status: 409,
      code: "ERR_CONTROL_NO_NEW_SIGNATURE",
    });
    expect((await post(`/v1/proposals/${id}/signatures`, made().copies[1]!)).body).toMatchObject({
      status: 422,
      code: "ERR_CONTROL_OTHER_RECORD",
    });
    const second = await post(`/v1/proposals/${id}/signatures`, copies[1]!);
    expect(second).toMatchObject({ status: 200, body: { proposal: { state: "published", missing: [] } } });
    const hosts = async (): Promise<unknown> => (await control.ask("/v1/services/proposed")).body["service"];
    await expect.poll(hosts, PATIENCE).toMatchObject({ hosts: [{ node: "c" }], record: { id } });
    expect((await post("/v1/proposals", copies[0]!)).body).toMatchObject({ status: 409, code: "ERR_CONTROL_CONFLICT" });
  });

  test("outlives the replica's crash, and its record is as it was brought", async () => {
    const { id, copies, whole } = made();
    await post("/v1/proposals", copies[0]!);
    await control.kill("b");
    await control.start("b");
    const kept = async (): Promise<unknown> =>
      control.ask(`/v1/proposals/${id}`).then(({ body }) => (body["proposal"] as { state: string }).state, String);
    await expect.poll(kept, PATIENCE).toBe("waits");
    const response = await fetch(`${control.addresses.alice}/v1/proposals/${id}/record`);
    expect(await response.text()).toBe(copies[0]);
    // Somebody hands the whole record in elsewhere.
    expect((await post("/v1/records", whole)).body).toMatchObject({ records: [{ outcome: "taken" }] });
    await expect.poll(kept, PATIENCE).toBe("published");
  });

  test.each([
    ["is brought by whoever may read alone", "bob", "x", 403, "ERR_CONTROL_PROPOSER"],
    ["is no record", "alice", "x", 422, "ERR_CONTROL_RECORD"],
    ["is empty", "alice", "", 422, "ERR_CONTROL_RECORD"],
  ] as const)("is refused that %s", async (_, as, body, status, code) => {
    expect((await post("/v1/proposals", body, as)).body).toMatchObject({ status, code });
  });

  test("is refused where it is handed in and is no record", async () => {
    expect((await post("/v1/records", "x")).body).toMatchObject({ status: 422, code: "ERR_CONTROL_RECORD" });
  });

  test("is refused as JSON, or from a page of another site", async () => {
    const json = { method: "POST", body: "{}", headers: { "content-type": "application/json" } };
    expect((await control.ask("/v1/proposals", "alice", json)).body).toMatchObject({ code: "ERR_CONTROL_BODY_TYPE" });
    const foreign = { ...json, headers: { "content-type": "text/plain", origin: "https://evil.example" } };
    expect((await control.ask("/v1/proposals", "alice", foreign)).body).toMatchObject({
      code: "ERR_CONTROL_FOREIGN_PAGE",
    });
  });
});

test("a stream of events that has lost its replica goes on at the other one, and is told nothing twice", async () => {
  const first = await control.nextEvent();
  await control.kill(first.replica);
  const other = first.replica === "b" ? "c" : "b";
  await expect.poll(async () => (await control.nextEvent().catch(() => first)).replica, PATIENCE).toBe(other);
  // Services are degraded by now, and nobody has changed a key.
  await expect.poll(async () => (await control.nextEvent(first.id)).collections, PATIENCE).toContain("services");
  const { name, collections } = await control.nextEvent(first.id);
  expect(name).toBe("changed");
  expect(collections).not.toContain("authority");
  await control.start(first.replica);
  await expect.poll(service, PATIENCE).toMatchObject({ state: "served" });
});

test("a replica is killed: the next requests are answered by the other one", async () => {
  await expect.poll(() => replicaFor("alice"), PATIENCE).toMatch(/^[bc]$/);
  const first = (await replicaFor("alice")) as "b" | "c";
  await control.kill(first);
  const other = first === "b" ? "c" : "b";
  await expect.poll(() => replicaFor("alice"), PATIENCE).toBe(other);
  await control.start(first);
});

test("all of these answers are as the OpenAPI document has them", async () => {
  for (const place of [
    "authority",
    "routes",
    "pools",
    "log",
    "proposals",
    "audit",
    "openapi.json",
    "nodes/a",
    "nodes/none",
  ])
    await control.ask(`/v1/${place}`);
  expect(control.document.differences).toEqual([]);
  expect(control.document.count).toBeGreaterThan(30);
});
