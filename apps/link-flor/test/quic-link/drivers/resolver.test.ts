import { expect, test } from "vitest";
import { resolverFor } from "../../../src/quic-link/drivers/resolver.ts";

const port = 4_433;

/** A socket of that family, which knows every scope. */
function resolverOf(isIpv6: boolean): ReturnType<typeof resolverFor> {
  return resolverFor({ isIpv6, withoutScope: (host) => host.replace(/%.*/, "") });
}

test.each([
  { isIpv6: false, host: "192.0.2.1", address: "192.0.2.1" },
  { isIpv6: true, host: "192.0.2.1", address: "::ffff:192.0.2.1" },
  { isIpv6: true, host: "2001:DB8:0:0::1", address: "2001:db8::1" },
  { isIpv6: true, host: "fe80::1%eth0", address: "fe80::1" },
])("$host is $address for a socket of IPv6: $isIpv6", ({ isIpv6, host, address }) => {
  const answers: unknown[] = [];
  resolverOf(isIpv6)(host, port, (...answer) => answers.push(answer));
  expect(answers).toEqual([[{ host: address, port }, ""]]);
});

test("an IPv4 socket reaches no IPv6 address, and says so", () => {
  const answers: unknown[] = [];
  resolverOf(false)("2001:db8::1", port, (...answer) => answers.push(answer));
  expect(answers).toEqual([[undefined, "2001:db8::1: this end listens on an IPv4 address"]]);
});

test("a name that is asked for again while it is looked up answers everybody", async () => {
  const resolve = resolverOf(false);
  const ask = (port: number): Promise<unknown> =>
    new Promise((done) => resolve("localhost", port, (...answer) => done(answer)));
  expect(await Promise.all([ask(1), ask(2)])).toEqual([
    [{ host: "127.0.0.1", port: 1 }, ""],
    [{ host: "127.0.0.1", port: 2 }, ""],
  ]);
});
