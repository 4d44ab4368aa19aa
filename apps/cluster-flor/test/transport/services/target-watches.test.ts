import { describe, expect, test } from "vitest";
import type { ServiceConfig } from "../../../src/config/cluster-config.ts";
import { TargetWatch } from "../../../src/transport/services/target-health.ts";
import { TargetWatches } from "../../../src/transport/services/target-watches.ts";
import type { Dialled, LocalSocket, LocalSocketOwner } from "../../../src/transport/streams/local-network.ts";

const none = { total: 0, refused: {} };

test("a target that nobody uses is due for a look, soon again where it is down; streams that reach it make that needless", () => {
  const watch = new TargetWatch(10_000, { total: 7, refused: { TARGET_DOWN: 3 } });
  watch.handleCounts({ total: 7, refused: { TARGET_DOWN: 3 } }, 0);
  expect(watch.health(0)).toEqual({ state: "unknown", text: "", checkedMs: null });
  expect(watch.isDue(0)).toBe(true);
  watch.handleLook("", 100);
  expect(watch.health(600)).toEqual({ state: "up", text: "", checkedMs: 500 });
  expect([watch.isDue(10_099), watch.isDue(10_100)]).toEqual([false, true]);

  watch.handleCounts({ total: 8, refused: { TARGET_DOWN: 3 } }, 10_000);
  expect(watch.isDue(19_999)).toBe(false);
  // A stream that is refused for another reason says nothing of the target.
  watch.handleCounts({ total: 9, refused: { TARGET_DOWN: 3, NOT_ALLOWED: 1 } }, 12_000);
  expect(watch.isDue(19_999)).toBe(false);
});

describe("a stream that has failed", () => {
  const counts = { total: 2, refused: { TARGET_DOWN: 1 } };
  const doubted = (counted: { total: number; refused: Record<string, number> } = counts): TargetWatch => {
    const watch = new TargetWatch(10_000, none);
    watch.handleLook("", 0);
    watch.handleCounts(counted, 1_000);
    return watch;
  };

  test.each([
    ["alone", { total: 1, refused: { TARGET_TIMEOUT: 1 } }],
    ["while another one came to the target", counts],
  ])("%s has the target looked at, and the look decides", (_, counted) => {
    const watch = doubted(counted);
    expect([watch.health(1_000).state, watch.isDue(1_000)]).toEqual(["up", true]);
    watch.handleLookBegins();
    watch.handleLook("", 1_001);
    expect([watch.health(1_001).state, watch.isDue(1_001)]).toEqual(["up", false]);
  });

  test("at a target that does not answer the look either has it be down, until a look finds it back", () => {
    const watch = doubted();
    watch.handleLookBegins();
    watch.handleLook("tcp://127.0.0.1:80: ECONNREFUSED", 1_001);
    expect(watch.health(1_001)).toEqual({ state: "down", text: "tcp://127.0.0.1:80: ECONNREFUSED", checkedMs: 0 });
    watch.handleCounts({ total: 4, refused: { TARGET_DOWN: 2 } }, 1_500);
    // A stream that is dialled counts as answered, and fails later.
    watch.handleCounts({ total: 5, refused: { TARGET_DOWN: 2 } }, 2_000);
    expect([watch.health(2_000).state, watch.isDue(3_000), watch.isDue(3_001)]).toEqual(["down", false, true]);
    watch.handleLookBegins();
    watch.handleLook("", 3_001);
    expect(watch.health(3_001).state).toBe("up");
  });

  test("while a look is under way needs another look, but where this one finds the target down", () => {
    for (const [text, isDue] of [
      ["", true],
      ["ECONNREFUSED", false],
    ] as const) {
      const watch = doubted();
      watch.handleLookBegins();
      watch.handleDoubt();
      watch.handleLook(text, 1_001);
      expect(watch.isDue(1_002)).toBe(isDue);
    }
  });
});

class Machine {
  now = 0;
  isDown = false;
  isSlow = false;
  hasRoom = true;
  refreshes = 0;
  news = 0;
  readonly dialled: string[] = [];
  /** Looks that are under way, at targets that are slow. */
  readonly answers: Dialled[] = [];
  readonly sockets: { owner: LocalSocketOwner | undefined; ended: boolean; wasReset: boolean }[] = [];
  services: {
    config: ServiceConfig;
    account: { counts: { open: number; cut: object } & typeof none; onTargetFailed: () => void };
  }[] = [];
  #call = (): void => {};
  #at = Number.POSITIVE_INFINITY;
  readonly watches: TargetWatches = new TargetWatches({
    services: () => this.services as never,
    refresh: () => void this.refreshes++,
    onNews: () => void this.news++,
    local: {
      hasRoom: true,
      dial: (address, _, dialled) => this.#dial(address.kind === "tcp" ? address.host : address.path, dialled),
    },
    time: {
      now: () => this.now,
      wallClock: () => new Date(),
      wakeUps: {
        soon: (call) => call(),
        timer: (call) => {
          this.#call = call;
          return { set: (at) => void (this.#at = at), close: () => void (this.#at = Number.POSITIVE_INFINITY) };
        },
      },
    },
  });

  add(name: string, target: ServiceConfig["target"], healthCheckMs: number | undefined): void {
    const config = { name, target, healthCheckMs } as ServiceConfig;
    this.services.push({ config, account: { counts: { open: 0, cut: {}, ...none }, onTargetFailed: () => {} } });
  }

  run(ms: number): void {
    for (const until = this.now + ms; this.#at <= until;) {
      this.now = this.#at;
      this.#call();
    }
  }

  #dial(place: string, dialled: Dialled): () => void {
    this.dialled.push(place);
    if (this.isSlow) this.answers.push(dialled);
    else if (this.isDown) dialled.handleFailed(2, "ECONNREFUSED");
    else {
      const socket = { owner: undefined, ended: false, wasReset: false } as Machine["sockets"][number];
      this.sockets.push(socket);
      const acts = {
        end: () => (socket.ended = true),
        resume: () => {},
        reset: () => (socket.wasReset = true),
      };
      dialled.handleConnected(Object.assign(socket, acts) as unknown as LocalSocket);
    }
    return () => {};
  }
}

test("targets of streams alone are looked at, as often as their services say, and each look ends by itself", () => {
  const machine = new Machine();
  machine.add("web", { kind: "tcp", host: "h", port: 80 }, 10_000);
  machine.add("local", { kind: "unix", path: "/s" }, 60_000);
  machine.add("off", { kind: "tcp", host: "off", port: 80 }, undefined);
  machine.add("dns", { kind: "udp", host: "u", port: 53 }, 10_000);
  machine.watches.start();
  machine.run(59_000);
  expect(machine.dialled).toEqual(["h", "/s", "h", "h", "h", "h", "h"]);
  expect(machine.refreshes).toBe(6);
  expect(machine.sockets.every(({ ended }) => ended)).toBe(true);
  // Sockets that the targets have not ended are reset by the next round.
  expect(machine.sockets.every(({ wasReset }) => wasReset)).toBe(true);
  expect([...machine.watches.healths()].map(([name, { state }]) => [name, state])).toEqual([
    ["web", "up"],
    ["local", "up"],
  ]);
  machine.isDown = true;
  machine.run(11_000);
  expect(machine.watches.healths().get("web")).toMatchObject({ state: "down", text: "ECONNREFUSED" });
  machine.isDown = false;
  machine.run(3_000);
  expect(machine.watches.healths().get("web")).toMatchObject({ state: "up" });

  machine.services.splice(1, 1);
  machine.services[0]!.config = { ...machine.services[0]!.config, healthCheckMs: undefined };
  expect([...machine.watches.healths().keys()]).toEqual([]);
  const before = machine.dialled.length;
  machine.run(100_000);
  expect(machine.dialled.length).toBe(before);
  machine.watches.close();
});

test("a target that fails a stream, or ends its data session, is looked at within a second, and its fall and return are told", () => {
  const machine = new Machine();
  machine.add("web", { kind: "tcp", host: "h", port: 80 }, 60_000);
  machine.add("chat", { kind: "session", path: "/chat" }, 60_000);
  machine.watches.start();
  machine.run(5_000);
  expect(machine.dialled).toEqual(["h", "/chat"]);
  expect(machine.news).toBe(2);

  machine.isDown = true;
  machine.services[0]!.account.onTargetFailed();
  machine.run(1_000);
  expect(machine.dialled).toEqual(["h", "/chat", "h"]);
  expect(machine.watches.healths().get("web")).toMatchObject({ state: "down" });
  expect(machine.news).toBe(3);
  machine.watches.handleDoubt("chat");
  machine.watches.handleDoubt("nobody's");
  machine.run(1_000);
  expect(machine.watches.healths().get("chat")).toMatchObject({ state: "down" });
  expect(machine.news).toBe(4);

  // However often streams fail, one look in a second is enough, and a target that is down has its own pace.
  const before = machine.dialled.length;
  for (let at = 0; at < 10; at++) {
    for (let failed = 0; failed < 100; failed++) machine.services[0]!.account.onTargetFailed();
    machine.run(1_000);
  }
  expect(machine.dialled.length - before).toBeLessThanOrEqual(12);
  machine.isDown = false;
  machine.run(3_000);
  expect(["web", "chat"].map((name) => machine.watches.healths().get(name)?.state)).toEqual(["up", "up"]);
  machine.watches.close();
});

test("a stream that fails while the target is well is no news; a look that is under way is followed by another one", () => {
  const machine = new Machine();
  machine.add("web", { kind: "tcp", host: "h", port: 80 }, 60_000);
  machine.watches.start();
  machine.run(5_000);
  const { account } = machine.services[0]!;
  const fail = (): void => {
    account.counts = { open: 0, cut: {}, total: account.counts.total + 1, refused: { TARGET_DOWN: ++failed } };
    account.onTargetFailed();
  };
  let failed = 0;
  fail();
  expect(machine.watches.healths().get("web")).toMatchObject({ state: "up" });
  machine.run(1_000);
  expect(machine.watches.healths().get("web")).toMatchObject({ state: "up" });
  expect([machine.dialled.length, machine.news]).toEqual([2, 1]);

  machine.isSlow = true;
  fail();
  machine.run(1_000);
  fail();
  machine.watches.healths();
  machine.answers[0]!.handleFailed(2, "");
  machine.run(1_000);
  expect(machine.dialled.length).toBe(4);
  machine.answers[1]!.handleFailed(2, "ECONNREFUSED");
  expect(machine.watches.healths().get("web")).toMatchObject({ state: "down", text: "ECONNREFUSED" });
  expect(machine.news).toBe(2);
  machine.watches.close();
});
