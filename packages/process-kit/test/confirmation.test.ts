import { describe, expect, test } from "vitest";
import { Confirmation } from "../src/config/confirmation.ts";
import { ConfigWorld, problem } from "./fixtures/config-world.ts";

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

const CONFIRM = { confirmWithinMs: 1_000 };
const REFUSAL = problem("ERR_TEST", "/etc/key.pem");

async function confirmMs(world: ConfigWorld): Promise<number | null> {
  return (await world.transactions.status()).confirmMs;
}

/** Logged codes, without the codes that come with each config that is taken or refused. */
function codesOf({ codes }: ConfigWorld): unknown[] {
  return codes.filter((code) => !["CONFIG_CHANGED", "CONFIG_TAKEN", "CONFIG_REFUSED"].includes(String(code)));
}

describe("a process", () => {
  test.each(["file", "posted"])(
    "returns to the former config by itself, with the source that it had: %s",
    async (source) => {
      const world = new ConfigWorld();
      if (source === "posted") await world.transactions.apply("file");
      world.done.length = 0;
      await world.transactions.apply("a", CONFIRM);
      expect(await confirmMs(world)).toBe(1_000);
      await world.pass(999);
      expect(await confirmMs(world)).toBe(1);
      expect(world.done).toEqual(["take a"]);
      await world.pass(1);
      expect(world.done).toEqual(["take a", "take file"]);
      expect(await world.transactions.status()).toMatchObject({ source, confirmMs: null });
      expect(codesOf(world)).toEqual(["CONFIG_UNCONFIRMED", "CONFIG_BACK"]);
      expect(world.transactions.confirm("a")).toMatchObject({ refused: [{ code: "ERR_CONFIG_NOT_WAITING" }] });
    },
  );

  test("keeps what was confirmed, and what is reloaded meanwhile", async () => {
    const world = new ConfigWorld();
    await world.transactions.apply("a", CONFIRM);
    expect(world.transactions.confirm("a")).toMatchObject({ ok: true });
    await world.transactions.apply("b", CONFIRM);
    await world.transactions.reload();
    await world.pass(10_000);
    expect(world.done).toEqual(["take a", "take b", "load", "take file again"]);
  });

  test("takes no other posted config while one waits", async () => {
    const world = new ConfigWorld();
    await world.transactions.apply("a", CONFIRM);
    expect(await world.transactions.apply("b")).toMatchObject({ refused: [{ code: "ERR_CONFIG_UNCONFIRMED" }] });
    expect(world.used).toBe("a");
  });

  test("waits on when a reload is refused", async () => {
    const world = new ConfigWorld();
    await world.transactions.apply("a", CONFIRM);
    world.fault = REFUSAL;
    await world.transactions.reload();
    expect(await confirmMs(world)).toBe(1_000);
  });

  test("has nothing to confirm of a config that it refused", async () => {
    const world = new ConfigWorld();
    world.fault = REFUSAL;
    expect(await world.transactions.apply("a", CONFIRM)).toMatchObject({ refused: [{ code: "ERR_TEST" }] });
    expect(await confirmMs(world)).toBeNull();
  });

  test("tries again to return, and takes another config meanwhile; what was never confirmed is nothing to return to", async () => {
    const world = new ConfigWorld();
    await world.transactions.apply("a", CONFIRM);
    world.fault = REFUSAL;
    await world.pass(1_000);
    await world.pass(60_000);
    expect(world.done).toEqual(["take a", "take file", "take file"]);
    world.fault = undefined;
    await world.transactions.apply("b", CONFIRM);
    expect(await world.transactions.back()).toMatchObject({ ok: true });
    expect(world.done.slice(3)).toEqual(["take b", "take file"]);
  });

  test("tells a mistake of its own at the return, and tries again", async () => {
    const world = new ConfigWorld();
    await world.transactions.apply("a", CONFIRM);
    world.fault = new TypeError("mine");
    await world.pass(1_000);
    expect(codesOf(world)).toEqual(["CONFIG_UNCONFIRMED", "CONFIG_BACK_FAILED"]);
    world.fault = undefined;
    await world.pass(60_000);
    expect([world.used, await confirmMs(world)]).toEqual(["file", null]);
  });

  test("takes nothing by itself when it ends", async () => {
    const world = new ConfigWorld();
    await world.transactions.apply("a", CONFIRM);
    world.transactions[Symbol.dispose]();
    await world.pass(1_000);
    expect(world.used).toBe("a");
  });
});
