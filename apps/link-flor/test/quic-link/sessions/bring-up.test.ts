/** How long an acceptor keeps a session that does not come up, wherever its originator has stopped. In virtual time. */
import { expect, test } from "vitest";
import { BRING_UP_MS, HALF_OPEN_MS } from "../../../src/quic-link/limits.ts";
import { Identities } from "../identities.ts";
import { addressA, areUp, startPair, Wire } from "../wire.ts";

const ids = new Identities();
/** The least number of datagrams: a Retry answers the first one, and nothing of that one is kept. */
const datagramsMin = 2;
/** A larger number of datagrams than a session needs to come up. */
const datagramsMax = 40;

test("an originator that stops after any of its datagrams is given up after so long", async () => {
  let stops = 0;
  for (let count = datagramsMin; count <= datagramsMax; count++) {
    const wire = new Wire();
    const { a, b } = startPair(wire, ids);
    let sent = 0;
    wire.lose = ({ from }) => from === addressA && ++sent > count;
    await wire.until("it has sent so many, or is up", () => sent > count || areUp({ a, b })());
    if (b.status("a")?.state === "up") break;
    wire.remove(a);
    await wire.run(HALF_OPEN_MS + BRING_UP_MS);
    expect(b.endpoint.handshakes, `after ${count} datagrams`).toMatchObject({ up: 0, TOO_SLOW: 1 });
    expect(b.endpoint.strangers.admission.halfOpen, `after ${count} datagrams`).toBe(0);
    stops++;
  }
  expect(stops).toBeGreaterThan(2);
});
