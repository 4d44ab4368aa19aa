/*
 * A machine with several addresses, whose link vertex listens on all of them, answers each neighbour from the address that was called:
 * an originator hears no other. Loopback has 2^24 addresses. The portable engine cannot do that, for Node's sockets tell no local address.
 */
import { openDataPlane } from "@florenetes/data-plane";
import { nativeEngine } from "@florenetes/quic/native";
import { nodeTime } from "@florenetes/scheduling";
import { afterEach, describe, expect, test } from "vitest";
import { NativeDataPlane } from "../../../src/data-plane/native/drivers/native-data-plane.ts";
import { LinkOnPlane } from "../conformance/link-on-plane.ts";
import { expectTraffic, Neighbourhood, troubles, untilUp } from "../conformance/neighbourhood.ts";
import { wantLink } from "../conformance/tested-link.ts";

describe.runIf(openDataPlane().kind === "native")("link vertices that listen on all addresses", () => {
  const subject = {
    name: "the native data plane",
    engine: nativeEngine()!,
    openPlane: () => new NativeDataPlane(nodeTime),
  };
  const hood = new Neighbourhood((clusters, settings) => LinkOnPlane.start(subject, clusters, settings));
  afterEach(() => hood.endAll());

  test.each([
    ["0.0.0.0", ["127.0.0.7", "127.0.0.8"]],
    ["::", ["[::1]", "[::ffff:127.0.0.8]"]],
  ])("have links by each of them, of one neighbour at one time: %s", async (listenHost, hosts) => {
    const { issue, linkA, linkB, a, b } = await hood.pair({ listenHost });
    for (const [tag, host] of hosts.entries()) {
      await wantLink(a, b, `udp://${host}:${linkB.ports.get("demo")}`, String(tag));
    }
    const states = () =>
      [a, b].map((vertex) => hosts.map((_, tag) => vertex.status(vertex === a ? "b" : "a", String(tag))?.handle));
    for (const tag of hosts.keys()) await untilUp(a, b, String(tag));
    for (const tag of hosts.keys()) await expectTraffic(a, b, String(tag));
    // A successor comes by the same address as the link before it.
    const before = states();
    linkA.installIdentity(issue("a"));
    linkA.hangUp();
    await expect
      .poll(
        () =>
          states()
            .flat()
            .filter((handle) => [0, ...before.flat()].includes(handle ?? 0)),
        { timeout: 60_000 },
      )
      .toEqual([]);
    for (const tag of hosts.keys()) await expectTraffic(a, b, String(tag));
    expect(troubles(a, b)).toEqual([]);
  });
});
