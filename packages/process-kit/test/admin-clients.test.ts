import * as fc from "fast-check";
import { expect, test } from "vitest";
import { AdminClients } from "../src/admin/admin-clients.ts";
import { ADMIN_ANSWER_MS_MAX, ADMIN_CONNECTIONS_MAX, ADMIN_SILENCE_MS_MAX } from "../src/limits.ts";

function full(now: number): AdminClients<number> {
  const clients = new AdminClients<number>();
  for (let client = 0; client < ADMIN_CONNECTIONS_MAX; client++) {
    expect(clients.handleConnected(client, now)).toBeUndefined();
  }
  return clients;
}

test("who has said nothing for a moment makes room, the oldest first", () => {
  const clients = full(0);
  clients.handleAsked(0);
  expect(clients.handleConnected(100, ADMIN_SILENCE_MS_MAX)).toBe(1);
  clients.handleAnswered(0);
  expect(clients.handleConnected(101, ADMIN_SILENCE_MS_MAX)).toBe(0);
});

test("who has just come is given its moment: the next one goes", () => {
  const clients = full(0);
  expect(clients.handleConnected(100, ADMIN_SILENCE_MS_MAX - 1)).toBe(100);
  clients.handleGone(7);
  expect(clients.handleConnected(101, ADMIN_SILENCE_MS_MAX - 1)).toBeUndefined();
});

test("who does not read its answer makes room in the end", () => {
  const clients = full(0);
  for (let client = 0; client < ADMIN_CONNECTIONS_MAX; client++) clients.handleAsked(client);
  expect(clients.handleConnected(100, ADMIN_ANSWER_MS_MAX - 1)).toBe(100);
  expect(clients.handleConnected(101, ADMIN_ANSWER_MS_MAX)).toBe(0);
});

test("there are never more than the bound, and there is room for one in each moment", () => {
  fc.assert(
    fc.property(fc.array(fc.record({ wait: fc.nat(200), asks: fc.boolean() }), { maxLength: 200 }), (arrivals) => {
      const clients = new AdminClients<number>();
      const present = new Set<number>();
      let now = 0;
      for (const [client, { wait, asks }] of arrivals.entries()) {
        now += wait;
        present.add(client);
        const leaving = clients.handleConnected(client, now);
        if (leaving !== undefined) expect(present.delete(leaving)).toBe(true);
        if (asks) clients.handleAsked(client);
        expect(present.size).toBeLessThanOrEqual(ADMIN_CONNECTIONS_MAX);
      }
      const late = now + ADMIN_ANSWER_MS_MAX;
      expect(clients.handleConnected(-1, late)).not.toBe(-1);
    }),
  );
});
