import { expect, test } from "vitest";
import { DRAIN_MS } from "../../../../src/quic-link/limits.ts";
import { reasons, verdict } from "../../../../src/quic-link/reasons.ts";
import { Identities } from "../../identities.ts";
import { areUp, startPair, Wire, wires } from "../../wire.ts";

test("a session that has ended is forgotten after a while, whether or not its peer could be told", async () => {
  wires.haveLanes = true;
  const wire = new Wire();
  const { a, b } = startPair(wire, new Identities());
  await wire.until("up", areUp({ a, b }));
  wire.lose = () => true;
  b.endpoint.links.unwant({ peer: "a", tag: "0" }, verdict(reasons.closed), wire.now);
  await wire.run(DRAIN_MS / 2);
  expect(b.lane!.forgotten).toEqual([]);
  await wire.run(DRAIN_MS);
  expect(b.lane!.forgotten).toEqual([1]);
});
