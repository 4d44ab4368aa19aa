import { expect, test } from "vitest";
import { LaneAccounts, OWN_ACCOUNTS_MIN } from "../../../../src/transport/data-plane/native/lane-accounts.ts";
import { ownAccounts } from "../../mesh/own-workloads.ts";
import { noFlows } from "./no-flows.ts";

const counts = { open: 1, total: 2, refused: [], cut: [], flows: { ...noFlows, datagramsSent: 7 } };

test("accounts of this process have numbers behind all that tunnels can have, and hear what the thread has counted", () => {
  const [tunnel, service, own, other] = [ownAccounts(), ownAccounts(), ownAccounts(), ownAccounts()];
  const accounts = new LaneAccounts();
  accounts.setTunnel(0, tunnel);
  accounts.setService(0, service);
  const numbers = [own, other, own].map((each) => accounts.numberOf(each));
  expect(numbers).toEqual([OWN_ACCOUNTS_MIN, OWN_ACCOUNTS_MIN + 1, OWN_ACCOUNTS_MIN]);
  expect(accounts.numberOf({ streams: own.streams, flows: undefined })).toBe(OWN_ACCOUNTS_MIN);
  const figures = [
    { number: OWN_ACCOUNTS_MIN, isService: false, ...counts },
    { number: 0, isService: true, ...counts, total: 3 },
    { number: 4_294_967_295, isService: false, ...counts },
  ];
  accounts.update(figures);
  expect(own.streams.counts).toMatchObject({ open: 1, total: 2 });
  expect(own.flows.counts.sent.datagrams).toBe(7);
  expect(service.streams.counts.total).toBe(3);
  for (const { streams } of [tunnel, other]) expect(streams.counts.total).toBe(0);
  expect([accounts.of(0, false), accounts.of(1, false), accounts.of(1, true)]).toEqual([tunnel, undefined, undefined]);
  // No more orders are given about a service that is gone.
  accounts.setService(0, undefined);
  accounts.update([{ number: 0, isService: true, ...counts, total: 9 }]);
  expect([service.streams.counts.total, accounts.of(0, true)]).toEqual([3, undefined]);
});
