import { expect, test } from "vitest";
import { RATE_KNOWN_MS } from "../../../src/transport/limits.ts";
import { RouteRates } from "../../../src/transport/routes/route-rates.ts";
import { RouteTable } from "../../../src/transport/routes/route-table.ts";
import { routeOver } from "./routes.ts";

const { routes } = new RouteTable([routeOver(0), routeOver(1)], { isUp: () => true, random: () => 0.5 });
const [first, second] = [routes[0]!, routes[1]!];

/** A connection that sends and gets so many bytes in each second. */
function connection(rates: RouteRates, sent: number, received: number) {
  let seconds = 0;
  const pass = (route = first): void => {
    seconds++;
    const counts = { bytesSent: seconds * sent, bytesReceived: seconds * received };
    rates.handleCounts(pass, route, counts, 1_000 * seconds);
  };
  return pass;
}

test.each([
  ["sends", 125_000, 1_000],
  ["gets", 1_000, 125_000],
])(
  "a connection that %s 1 Mbit/s does so after a second, and no more when it is not on the route any more",
  (_, sent, received) => {
    const rates = new RouteRates();
    const pass = connection(rates, sent, received);
    pass();
    expect(rates.of(first, 1_000)).toBe(0);
    pass();
    expect([rates.of(first, 2_000), rates.of(second, 2_000)]).toEqual([1_000, 0]);
    expect(rates.of(first, 2_000 + RATE_KNOWN_MS)).toBe(0);
  },
);

test("connections of several classes on one route add up, each direction for itself", () => {
  const rates = new RouteRates();
  const connections = [connection(rates, 125_000, 0), connection(rates, 0, 100_000), connection(rates, 25_000, 0)];
  for (let second = 0; second < 2; second++) for (const pass of connections) pass();
  expect(rates.of(first, 2_000)).toBe(1_200);
});

test("what passed before a connection came to a route is not the route's", () => {
  const rates = new RouteRates();
  const pass = connection(rates, 125_000, 0);
  for (let second = 0; second < 10; second++) pass();
  pass(second);
  expect(rates.of(second, 11_000)).toBe(0);
  pass(second);
  expect(rates.of(second, 12_000)).toBe(1_000);
});
