import { existsSync, mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { OperatorError } from "@florenetes/operator-text";
import { type EventFields, type Logger, requestAdmin, SerialQueue } from "@florenetes/process-kit";
import type { WakeUpTimer } from "@florenetes/scheduling";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { ClusterConfig, FabricConfig } from "../../src/config/cluster-config.ts";
import { agentAccounts } from "../../src/config/lay-over.ts";
import type { Overlay } from "../../src/config/overlay.ts";
import { OverlayFile } from "../../src/overlay/drivers/overlay-file.ts";
import { OverlayKeeper } from "../../src/overlay/drivers/overlay-keeper.ts";
import { EVENTS_KEPT } from "../../src/overlay/limits.ts";
import { OverlayEvents } from "../../src/overlay/overlay-events.ts";
import { OverlayState } from "../../src/overlay/overlay-state.ts";

const MIB = 1_048_576;
const life = { startedAt: 5, id: "00000000000000b0" };
const UNTIL = 9_000;

let folder = "";
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "florenetes-keeper-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** A keeper whose vertex writes down which overlays it has, with a clock that the test sets. */
function start({ state = new OverlayState() } = {}) {
  let wall = 1_000;
  const timers = new Set<() => void>();
  const timer = (call: () => void): WakeUpTimer => {
    return { set: () => void timers.add(call), close: () => void timers.delete(call) };
  };
  const time = { now: () => wall, wallClock: () => new Date(wall), wakeUps: { soon: () => {}, timer } };
  const codes: unknown[] = [];
  const note = ({ code }: EventFields): void => void codes.push(code);
  const log: Logger = { debug: note, info: note, warn: note, error: note, child: () => log };
  const laid: Overlay[] = [];
  const refusals: Error[] = [];
  const config = { links: [{ name: "c" }], paths: [], fabric: {} } as unknown as ClusterConfig;
  const use = {
    config,
    leftOut: [],
    async lay(overlay: Overlay): Promise<void> {
      const refusal = refusals.shift();
      if (refusal !== undefined) throw refusal;
      laid.push(overlay);
    },
  };
  const side = {
    events: new OverlayEvents(performance.now.bind(performance), () => side.onNews()),
    onNews: () => {},
    knocksDropped: 0,
  };
  const turns = new SerialQueue();
  const file = new OverlayFile(folder, log);
  const grants = { bootNow: 0, set: () => {}, status: () => [].values() as never };
  const given = { state, file, side: side as never, use, sight: () => ({}) as never, grants, turns, time, log };
  const keeper = new OverlayKeeper(given);
  const fabric = { door: join(folder, "door.sock"), mode: undefined, owner: undefined } as unknown as FabricConfig;
  return {
    keeper,
    fabric,
    events: side.events,
    state,
    laid,
    refusals,
    codes,
    /** Sets the key `fabric` of the config in force. */
    setFabric(next: FabricConfig | undefined): void {
      Object.assign(config, { fabric: next });
    },
    /** Lets the time go on, and what is set for it happen. */
    async at(now: number): Promise<void> {
      wall = now;
      for (const ring of timers) ring();
      await turns.run(() => Promise.resolve());
    },
    [Symbol.asyncDispose]: () => keeper[Symbol.asyncDispose](),
  };
}

function order(base = 0): object {
  return {
    base,
    life,
    paths: [{ name: "auto.web.c", link: "c", labels: [900], until: UNTIL }],
    leads: [{ service: "web", path: "auto.web.c", until: UNTIL }],
    pins: {},
  };
}

const post = (door: string, body: string): Promise<unknown> => requestAdmin(door, "/overlay", { method: "POST", body });
const refused = (): OperatorError => new OperatorError("ERR_REVOCATION", "a list is not in order", { advice: "" });

describe("the status of the overlay", () => {
  test("says whose it is, how old, and when the agent was last heard", async () => {
    await using vertex = start();
    const { keeper, fabric } = vertex;
    await keeper.follow(vertex);
    const none = {
      generation: 0,
      agent: null,
      ageMs: null,
      heardMs: null,
      links: 0,
      paths: 0,
      leads: 0,
      transit: 0,
      pinned: 0,
      knocksDropped: 0,
      leftOut: [],
    };
    expect(keeper.status()).toEqual(none);
    await expect(post(fabric.door, "no order")).rejects.toMatchObject({ code: "ERR_OVERLAY_FORM" });
    expect(keeper.status()).toEqual({ ...none, heardMs: 0 });
    await post(fabric.door, JSON.stringify(order()));
    await vertex.at(1_500);
    const taken = { ...none, generation: 1, agent: life, ageMs: 500, heardMs: 500, paths: 1, leads: 1 };
    expect(keeper.status()).toEqual(taken);
    const { overlay } = vertex.state;
    await using next = start({ state: new OverlayState({ generation: 3, life, overlay }) });
    const old = { ...taken, generation: 3 };
    expect(next.keeper.status()).toEqual({ ...old, ageMs: null, heardMs: null });
  });
});

describe("the keeper of the overlay", () => {
  test("a vertex that does not take an overlay has the former one, on the disk as well", async () => {
    await using vertex = start();
    const { door } = vertex.fabric;
    await vertex.keeper.follow(vertex);
    expect(await post(door, JSON.stringify(order()))).toEqual({ generation: 1 });
    vertex.refusals.push(refused());
    const next = { ...order(1), leads: [] };
    await expect(post(door, JSON.stringify(next))).rejects.toMatchObject({ code: "ERR_REVOCATION" });
    expect([vertex.state.generation, vertex.laid.length]).toEqual([1, 1]);
    expect(new OverlayFile(folder, {} as never).read()).toMatchObject({ generation: 1, overlay: { leads: [{}] } });
    expect(await post(door, JSON.stringify(next))).toEqual({ generation: 2 });
  });

  test("what has ended and cannot be taken back yet is told, and taken back later", async () => {
    await using vertex = start();
    await vertex.keeper.follow(vertex);
    await post(vertex.fabric.door, JSON.stringify(order()));
    vertex.refusals.push(refused(), refused());
    for (const now of [UNTIL, UNTIL + 2_000]) await vertex.at(now);
    expect([vertex.laid.length, vertex.codes.filter((code) => code === "OVERLAY_NOT_ENDED").length]).toEqual([1, 2]);
    const { last } = vertex.events;
    await vertex.at(UNTIL + 4_000);
    expect([vertex.laid.length, vertex.events.last]).toEqual([2, last + 1]);
  });

  test("a kept overlay that cannot be removed is told, and the config is taken", async () => {
    const kept = join(folder, "fabric-overlay.json");
    // A folder of that name cannot be removed as a file, whoever asks.
    mkdirSync(kept);
    await using vertex = start({
      state: new OverlayState({ generation: 1, life, overlay: { paths: [], leads: [], pins: new Map() } }),
    });
    vertex.setFabric(undefined);
    expect(await vertex.keeper.follow({ fabric: undefined })).toEqual([]);
    vertex.keeper.settle();
    expect([vertex.state.generation, vertex.codes]).toEqual([0, ["OVERLAY_NOT_REMOVED"]]);
  });

  test("a config without an agent throws the overlay away once it is to stay, and not before", async () => {
    await using vertex = start();
    const { keeper, fabric, state } = vertex;
    await keeper.follow({ fabric });
    await post(fabric.door, JSON.stringify(order()));
    vertex.setFabric(undefined);
    await keeper.follow({ fabric: undefined });
    expect([state.generation, new OverlayFile(folder, {} as never).read()?.generation]).toEqual([1, 1]);
    vertex.setFabric(fabric);
    await keeper.follow({ fabric });
    keeper.settle();
    expect(await post(fabric.door, JSON.stringify(order(1)))).toEqual({ generation: 2 });
    vertex.setFabric(undefined);
    await keeper.follow({ fabric: undefined });
    keeper.settle();
    expect([state.generation, new OverlayFile(folder, {} as never).read()]).toEqual([0, undefined]);
  });

  test("the door is opened again where its owner or mode is another, and stays otherwise", async () => {
    await using vertex = start();
    const { fabric, keeper, events } = vertex;
    await keeper.follow({ fabric });
    const waiting = requestAdmin(fabric.door, `/events?after=${events.last}`, { method: "POST" });
    await expect.poll(() => existsSync(fabric.door)).toBe(true);
    await keeper.follow({ fabric: { ...fabric, agent: "other" } });
    expect(await waiting).toMatchObject({ lost: false, events: [{ kind: "config" }] });
    await keeper.follow({ fabric: { ...fabric, mode: 0o660 } });
    expect(await post(fabric.door, JSON.stringify(order()))).toEqual({ generation: 1 });
    await keeper.follow({ fabric: undefined });
    await expect(post(fabric.door, "")).rejects.toMatchObject({ code: "ERR_ADMIN_NOT_RUNNING" });
  });

  test("the door is for the users that an agent may be, with the mode that the config says", async () => {
    const own = process.geteuid!();
    const owner = { uid: 1_234, gid: 5 };
    const accounts = [
      { owner: undefined, mode: 0o660 },
      { owner, mode: undefined },
      { owner, mode: 0o660 },
    ].map(agentAccounts);
    expect(accounts).toEqual([
      { users: [...new Set([own, 0])], groups: [] },
      { users: [...new Set([own, 0, 1_234])], groups: [] },
      { users: [...new Set([own, 0, 1_234])], groups: [5] },
    ]);
    await using vertex = start();
    await vertex.keeper.follow(vertex);
    expect(statSync(vertex.fabric.door).mode & 0o777).toBe(0o600);
    await vertex.keeper.follow({ fabric: { ...vertex.fabric, mode: 0o666 } });
    expect(statSync(vertex.fabric.door).mode & 0o777).toBe(0o666);
  });

  test("a door at a place that somebody else has is told as down, and the vertex goes on", async () => {
    await using vertex = start();
    writeFileSync(join(folder, "file"), "");
    const fabric = { ...vertex.fabric, door: join(folder, "file", "door.sock") };
    expect(await vertex.keeper.follow({ fabric })).toHaveLength(1);
    expect(vertex.keeper.down).toHaveLength(1);
    expect(await vertex.keeper.follow(vertex)).toEqual([]);
    expect(vertex.keeper.down).toEqual([]);
  });

  test("a body of 1 MiB is read, and one byte more is refused before it is read", async () => {
    await using vertex = start();
    await vertex.keeper.follow(vertex);
    const { door } = vertex.fabric;
    const text = JSON.stringify(order());
    await expect(post(door, text + " ".repeat(MIB - text.length + 1))).rejects.toThrow(/413.*at most 1048576 bytes/);
    expect([vertex.state.generation, vertex.laid]).toEqual([0, []]);
    expect(await post(door, text + " ".repeat(MIB - text.length))).toEqual({ generation: 1 });
  });

  test("readers of events who never read hold up nobody, and the next one is told what it has missed", async () => {
    await using vertex = start();
    await vertex.keeper.follow(vertex);
    const { events, fabric } = vertex;
    const text = "x".repeat(1_000);
    for (let n = 0; n < EVENTS_KEPT + 10; n++) {
      events.add({ kind: "lead", service: "web", path: "auto.web.c", state: "refused", text });
    }
    const slow = Array.from({ length: 20 }, () => connect(fabric.door).pause());
    for (const socket of slow) {
      socket.on("error", () => {}).write("POST /events?after=0 HTTP/1.1\r\nhost: a\r\ncontent-length: 0\r\n\r\n");
    }
    try {
      expect(await post(fabric.door, JSON.stringify(order()))).toEqual({ generation: 1 });
      const told = await requestAdmin(fabric.door, "/events?after=5", { method: "POST", sizeMax: 8 * MIB });
      expect(told).toMatchObject({ next: events.last, lost: true });
      expect((told as { events: unknown[] }).events).toHaveLength(EVENTS_KEPT);
    } finally {
      for (const socket of slow) socket.destroy();
    }
  });
});
