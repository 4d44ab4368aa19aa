import type { WakeUpTimer } from "@florenetes/timing";
import { describe, expect, test } from "vitest";
import {
  type ConfigSource,
  type ConfigTaker,
  type Logger,
  type ReloadOutcome,
  reloadOutcome,
  Reloads,
} from "../src/index.ts";
import { Confirmation } from "../src/process/confirmation.ts";

const former = { text: "old", source: "file" } as const;

describe("a config that has to be confirmed", () => {
  const waiting = (): Confirmation => {
    const confirmation = new Confirmation();
    confirmation.begin("new", former, 100);
    return confirmation;
  };

  test("stays when it is confirmed in time, once", () => {
    const confirmation = waiting();
    expect([confirmation.isFree, confirmation.leftMs(40), confirmation.nextTimeout()]).toEqual([false, 60, 100]);
    expect(confirmation.confirm("other", 99)).toBe("other");
    expect(confirmation.confirm("new", 99)).toBe("confirmed");
    expect(confirmation.confirm("new", 99)).toBe("none");
    confirmation.handleTimeout(1_000);
    expect(confirmation.pollBack(1_000)).toBeUndefined();
    expect([confirmation.isFree, confirmation.leftMs(0), confirmation.nextTimeout()]).toEqual([
      true,
      undefined,
      Infinity,
    ]);
  });

  test("is whichever waits, for who names none", () => {
    expect(waiting().confirm("", 0)).toBe("confirmed");
    expect(new Confirmation().confirm("", 0)).toBe("none");
  });

  test("cannot be confirmed when its time is over, even if nobody has looked since", () => {
    const confirmation = waiting();
    expect(confirmation.confirm("new", 100)).toBe("none");
    expect(confirmation.pollBack(100)).toBe(former);
    expect([confirmation.isFree, confirmation.leftMs(100)]).toEqual([true, 0]);
  });

  test("makes room as soon as that is wanted, and not before its time otherwise", () => {
    const confirmation = waiting();
    confirmation.handleTimeout(99);
    expect(confirmation.pollBack(99)).toBeUndefined();
    expect(confirmation.handleBack(50)).toBe(true);
    expect(confirmation.pollBack(50)).toBe(former);
    expect(confirmation.handleBack(50)).toBe(false);
    expect(new Confirmation().handleBack(0)).toBe(false);
  });

  test("makes room later, when the former one is refused", () => {
    const confirmation = waiting();
    confirmation.handleTimeout(100);
    confirmation.handleRefused(100);
    expect(confirmation.pollBack(100)).toBeUndefined();
    const at = confirmation.nextTimeout();
    expect(at).toBeGreaterThan(100);
    expect(confirmation.pollBack(at)).toBe(former);
    expect(confirmation.former).toBe(former);
  });

  test("waits no more when another one has taken its place", () => {
    const confirmation = waiting();
    confirmation.end();
    confirmation.handleTimeout(1_000);
    expect([confirmation.pollBack(1_000), confirmation.former]).toEqual([undefined, undefined]);
  });
});

/** Takes whatever it gets, unless it is to refuse. */
class Taker implements ConfigTaker {
  readonly taken: string[] = [];
  outcome: ReloadOutcome = reloadOutcome({});
  source: ConfigSource = "file";
  written = "file";

  reload(isDryRun: boolean): Promise<ReloadOutcome> {
    return isDryRun ? Promise.resolve(this.outcome) : this.apply("file", false, "file");
  }

  apply(text: string, _isDryRun: boolean, source: ConfigSource = "posted"): Promise<ReloadOutcome> {
    this.taken.push(`${source} ${text}`);
    if (this.outcome.refused === undefined) [this.source, this.written] = [source, text];
    return Promise.resolve(this.outcome);
  }
}

/** A process whose time passes when a test says so. */
class World {
  now = 0;
  readonly logged: unknown[] = [];
  readonly taker = new Taker();
  readonly reloads: Reloads;
  #ringAt = Infinity;
  #ring: () => void = () => {};

  constructor() {
    const note = (event: { readonly code?: unknown }): void => void this.logged.push(event.code);
    const log: Logger = { debug: note, info: note, warn: note, error: note, child: () => log };
    const timer = (call: () => void): WakeUpTimer => {
      this.#ring = call;
      return { set: (at) => void (this.#ringAt = Math.min(at, this.#ringAt)), close: () => {} };
    };
    const time = { now: () => this.now, wakeUps: { soon: (call: () => void) => call(), timer } };
    this.reloads = new Reloads({ taker: this.taker, time, log });
  }

  get taken(): readonly string[] {
    return this.taker.taken;
  }

  /** Lets time pass, and the process do what is due then. */
  async pass(ms: number): Promise<void> {
    this.now += ms;
    if (this.now >= this.#ringAt) {
      this.#ringAt = Infinity;
      this.#ring();
    }
    // A dry run has its turn behind all that is under way, and changes nothing.
    await this.reloads.reload(true);
  }
}

const refused = reloadOutcome({ refused: [{ code: "ERR_TEST", text: "no" }] });
const CONFIRM = { confirmWithinMs: 1_000 };

describe("a process", () => {
  test("returns to the former config by itself, with the source that it had", async () => {
    const world = new World();
    await world.reloads.apply("a", CONFIRM);
    expect(world.reloads.confirmMs).toBe(1_000);
    await world.pass(999);
    expect(world.reloads.confirmMs).toBe(1);
    expect(world.taken).toEqual(["posted a"]);
    await world.pass(1);
    expect(world.taken).toEqual(["posted a", 'file "file"']);
    expect(world.reloads.confirmMs).toBeNull();
    expect(world.logged).toEqual(["CONFIG_UNCONFIRMED", "CONFIG_BACK"]);
    expect(world.reloads.confirm("a")).toMatchObject({ refused: [{ code: "ERR_CONFIG_NOT_WAITING" }] });
  });

  test("keeps what was confirmed, and what is reloaded meanwhile", async () => {
    const world = new World();
    await world.reloads.apply("a", CONFIRM);
    expect(world.reloads.confirm("a")).toMatchObject({ ok: true });
    await world.reloads.apply("b", CONFIRM);
    await world.reloads.reload();
    await world.pass(10_000);
    expect(world.taken).toEqual(["posted a", "posted b", "file file"]);
  });

  test("waits on when a reload is refused", async () => {
    const world = new World();
    await world.reloads.apply("a", CONFIRM);
    world.taker.outcome = refused;
    await world.reloads.reload();
    expect(world.reloads.confirmMs).toBe(1_000);
  });

  test("has nothing to confirm of a config that it refused", async () => {
    const world = new World();
    world.taker.outcome = refused;
    expect(await world.reloads.apply("a", CONFIRM)).toBe(refused);
    expect(world.reloads.confirmMs).toBeNull();
  });

  test("tries again to return, and takes another config meanwhile; what was never confirmed is nothing to return to", async () => {
    const world = new World();
    await world.reloads.apply("a", CONFIRM);
    world.taker.outcome = refused;
    await world.pass(1_000);
    await world.pass(60_000);
    expect(world.taken).toEqual(["posted a", 'file "file"', 'file "file"']);
    world.taker.outcome = reloadOutcome({});
    await world.reloads.apply("b", CONFIRM);
    expect(await world.reloads.back()).toMatchObject({ ok: true });
    expect(world.taken.slice(3)).toEqual(["posted b", 'file "file"']);
  });
});
