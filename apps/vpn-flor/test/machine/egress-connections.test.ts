import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { EgressGround, WORLD_V4, WORLD_V6 } from "./fixtures/egress-ground.ts";
import { lackOfMachine } from "./fixtures/lack.ts";

const missing = lackOfMachine();
if (missing !== undefined) process.stderr.write(`left out: connections through an egress (${missing})\n`);

/** The longest time from a segment to its reset. */
const RESET_MS = 1_000;

describe.skipIf(missing !== undefined)("connections through an egress", () => {
  let ground: EgressGround;
  beforeEach(async () => {
    ground = await EgressGround.open();
  });
  afterEach(() => ground[Symbol.asyncDispose]());

  test.each([WORLD_V4, WORLD_V6])("to %s are reset at once by another one that takes over", async (host) => {
    await using connection = ground.connect(host, 1);
    expect(await connection.next()).toEqual({ open: 1 });
    expect(await connection.ask()).toMatchObject({ answered: 1 });
    ground.replaceEgress();
    const { ms, ...ends } = (await connection.ask()) as { ms: number };
    expect(ends).toEqual({ ECONNRESET: 1 });
    expect(ms).toBeLessThan(RESET_MS);
    await using next = ground.connect(host, 1);
    expect(await next.next()).toEqual({ open: 1 });
  });
});
