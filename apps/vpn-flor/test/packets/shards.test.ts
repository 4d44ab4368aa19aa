import { TrafficClass } from "@florenetes/forwarding";
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { SHARDS, shardOf } from "../../src/packets/shards.ts";
import type { PacketClass } from "../../src/packets/traffic-classes.ts";

const { bulk, control, dns, droppable, interactive, reliable } = TrafficClass;
const CLASSES: readonly PacketClass[] = [reliable, dns, interactive, bulk, droppable];

describe("shards", () => {
  test("both ends count them alike, so that their order is fixed", () => {
    expect(SHARDS.map((shard) => [shard.class, shard.number])).toEqual([
      [dns, 0],
      [interactive, 0],
      [interactive, 1],
      [reliable, 0],
      [reliable, 1],
      [reliable, 2],
      [reliable, 3],
      [bulk, 0],
      [bulk, 1],
      [bulk, 2],
      [bulk, 3],
      [droppable, 0],
    ]);
  });

  test("none is of the class of the vertices", () => {
    expect(SHARDS.map((shard): number => shard.class)).not.toContain(control);
  });

  test("whatever the hash, a packet is in a shard of its class, and always in the same", () => {
    fc.assert(
      fc.property(fc.constantFrom(...CLASSES), fc.nat(0xffff_ffff), (trafficClass, hash) => {
        const shard = shardOf(trafficClass, hash);
        expect(SHARDS[shard]?.class).toBe(trafficClass);
        expect(shardOf(trafficClass, hash)).toBe(shard);
      }),
    );
  });

  test("each shard is used", () => {
    const used = CLASSES.flatMap((trafficClass) => [0, 1, 2, 3].map((hash) => shardOf(trafficClass, hash)));
    expect(new Set(used).size).toBe(SHARDS.length);
  });
});
