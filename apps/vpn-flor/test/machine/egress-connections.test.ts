import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { CLIENT, EgressGround, OTHER_CLIENT, WORLD_V4, WORLD_V6 } from "./fixtures/egress-ground.ts";
import { lackOfMachine } from "./fixtures/lack.ts";

const missing = lackOfMachine();
if (missing !== undefined) process.stderr.write(`left out: connections through an egress (${missing})\n`);

/** The longest time from a segment to its reset. */
const RESET_MS = 1_000;
/** A client may have so many connections, and begin one more in each second. */
const CONNECTIONS = 80;
const HOSTILE = 3_000;

describe.skipIf(missing !== undefined)("connections through an egress", () => {
  let ground: EgressGround;
  beforeEach(async () => {
    ground = await EgressGround.open({ connections: CONNECTIONS });
  });
  afterEach(() => ground[Symbol.asyncDispose]());

  const WAYS: readonly (readonly [host: string, client: string, other: string])[] = [
    [WORLD_V4, CLIENT.v4, OTHER_CLIENT.v4],
    [WORLD_V6, CLIENT.v6, OTHER_CLIENT.v6],
  ];

  test.each(WAYS)("to %s are reset at once by another one that takes over", async (host, client) => {
    await using connection = ground.connect(host, client, 1);
    expect(await connection.next()).toEqual({ open: 1 });
    expect(await connection.ask()).toMatchObject({ answered: 1 });
    ground.replaceEgress();
    const { ms, ...ends } = (await connection.ask()) as { ms: number };
    expect(ends).toEqual({ ECONNRESET: 1 });
    expect(ms).toBeLessThan(RESET_MS);
    await using next = ground.connect(host, client, 1);
    expect(await next.next()).toEqual({ open: 1 });
  });

  test.each(WAYS)("to %s are so many at a time, and no client's are another one's", async (host, client, other) => {
    await using early = ground.connect(host, other, 1);
    expect(await early.next()).toEqual({ open: 1 });
    {
      await using many = ground.connect(host, client, HOSTILE);
      expect(await many.next()).toEqual({ open: CONNECTIONS, ECONNREFUSED: HOSTILE - CONNECTIONS });
      // A segment that begins a connection may be sent again, where its reset was lost.
      expect(ground.refused()).toBeGreaterThanOrEqual(HOSTILE - CONNECTIONS);
      expect(await many.ask()).toMatchObject({ answered: CONNECTIONS });
      // The kernel remembers no connection that it has refused.
      expect(Number(ground.run("sysctl", "-n", "net.netfilter.nf_conntrack_count"))).toBeLessThan(2 * CONNECTIONS);
      expect(await early.ask()).toMatchObject({ answered: 1 });
      await using late = ground.connect(host, other, CONNECTIONS - 1);
      expect(await late.next()).toEqual({ open: CONNECTIONS - 1 });
    }
    // Its connections are closed, and it may begin one again within a second.
    await expect
      .poll(
        async () => {
          await using again = ground.connect(host, client, 1);
          return await again.next();
        },
        { timeout: 10_000 },
      )
      .toEqual({ open: 1 });
  });

  test.each(WAYS)("to %s that were closed do not let a client begin any number", async (host, client) => {
    const outcomes = { open: 0, ECONNREFUSED: 0 };
    for (let round = 0; round < 3; round++) {
      await using some = ground.connect(host, client, CONNECTIONS / 2);
      for (const [name, count] of Object.entries((await some.next()) as Partial<typeof outcomes>))
        outcomes[name as keyof typeof outcomes] += count;
    }
    expect(outcomes.open).toBeLessThan(1.5 * CONNECTIONS);
    expect(outcomes.ECONNREFUSED).toBe(ground.refused());
    expect(outcomes.ECONNREFUSED).toBeGreaterThan(0);
  });

  test.each(WAYS)("to %s of datagrams are one for each socket, answered or not", async (host, client) => {
    await using sender = ground.send(host, client, 5 * CONNECTIONS);
    expect(await sender.next()).toBe("sent");
    expect(ground.refused()).toBe(0);
  });
});
