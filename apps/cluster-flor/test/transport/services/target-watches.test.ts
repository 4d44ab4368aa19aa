import { expect, test } from "vitest";
import type { ServiceConfig } from "../../../src/config/cluster-config.ts";
import { TargetWatch } from "../../../src/transport/services/target-health.ts";
import { TargetWatches } from "../../../src/transport/services/target-watches.ts";
import type { Dialled, LocalSocket, LocalSocketOwner } from "../../../src/transport/streams/local-network.ts";

const none = { total: 0, refused: {} };

test("a target that nobody uses is due for a look, soon again where it is down; streams make it needless, and say how it is", () => {
  const watch = new TargetWatch(10_000, { total: 7, refused: { TARGET_DOWN: 3 } });
  watch.handleCounts({ total: 7, refused: { TARGET_DOWN: 3 } }, 0);
  expect(watch.health(0)).toEqual({ state: "unknown", text: "", checkedMs: null });
  expect(watch.isDue(0)).toBe(true);
  watch.handleLook("", 100);
  expect(watch.health(600)).toEqual({ state: "up", text: "", checkedMs: 500 });
  expect([watch.isDue(10_099), watch.isDue(10_100)]).toEqual([false, true]);

  watch.handleCounts({ total: 8, refused: { TARGET_DOWN: 3 } }, 10_000);
  expect(watch.isDue(19_999)).toBe(false);
  watch.handleCounts({ total: 9, refused: { TARGET_DOWN: 3, TARGET_TIMEOUT: 1 } }, 12_000);
  expect(watch.health(12_000)).toEqual({
    state: "down",
    text: "a stream that was led there was refused",
    checkedMs: 0,
  });
  expect([watch.isDue(13_999), watch.isDue(14_000)]).toEqual([false, true]);
  watch.handleLook("tcp://127.0.0.1:80: ECONNREFUSED", 14_000);
  expect(watch.health(14_000)).toMatchObject({ state: "down", text: "tcp://127.0.0.1:80: ECONNREFUSED" });

  // A stream that is refused for another reason says nothing of the target.
  watch.handleCounts({ total: 10, refused: { TARGET_DOWN: 3, TARGET_TIMEOUT: 1, NOT_ALLOWED: 1 } }, 15_000);
  expect(watch.health(15_000).state).toBe("down");
  // A stream came to the target, and another did not: the next look decides.
  watch.handleCounts({ total: 12, refused: { TARGET_DOWN: 4, TARGET_TIMEOUT: 1, NOT_ALLOWED: 1 } }, 15_500);
  expect(watch.isDue(15_500)).toBe(true);
});

class Machine {
  now = 0;
  isDown = false;
  hasRoom = true;
  refreshes = 0;
  news = 0;
  readonly dialled: string[] = [];
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
    if (this.isDown) dialled.handleFailed(2, "ECONNREFUSED");
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
