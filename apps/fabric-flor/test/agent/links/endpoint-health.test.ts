import { expect, test } from "vitest";
import { EndpointHealth } from "../../../src/agent/links/endpoint-health.ts";
import { HEALTH_MAX, HEALTH_MS } from "../../../src/agent/links/limits.ts";

const ENDPOINT = "udp://192.0.2.1:4433";

test("what fails from within one segment says nothing of another", () => {
  const health = new EndpointHealth();
  health.handleCalled(ENDPOINT, "home", 0);
  health.handleVain(ENDPOINT, "home", 3_000);
  expect(health.of(ENDPOINT, "home", 3_000)).toMatchObject({ tries: 1, failures: 1, hasWorked: false });
  expect(health.of(ENDPOINT, "office", 3_000)).toMatchObject({ tries: 0, failures: 0 });
  health.handleUp(ENDPOINT, "home", { roundTripMs: 12, loss: 0.1 }, 4_000);
  expect(health.of(ENDPOINT, "home", 4_000)).toMatchObject({
    failures: 0,
    hasWorked: true,
    roundTripMs: 12,
    loss: 0.1,
  });
  health.handleUp(ENDPOINT, "home", null, 5_000);
  expect(health.of(ENDPOINT, "home", 5_000)).toMatchObject({ roundTripMs: 12 });
});

test("it is forgotten after ten minutes, and the oldest makes room", () => {
  const health = new EndpointHealth();
  health.handleVain(ENDPOINT, "", 0);
  expect(health.of(ENDPOINT, "", HEALTH_MS - 1).failures).toBe(1);
  expect(health.of(ENDPOINT, "", HEALTH_MS).failures).toBe(0);
  for (let port = 1; port <= HEALTH_MAX; port++) health.handleVain(`udp://192.0.2.2:${port}`, "", 1);
  expect(health.size).toBe(HEALTH_MAX);
  expect(health.of(ENDPOINT, "", 1).failures).toBe(0);
  expect(health.of("udp://192.0.2.2:1", "", 1).failures).toBe(1);
});
