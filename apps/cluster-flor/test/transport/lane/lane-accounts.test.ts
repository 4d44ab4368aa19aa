import { expect, test } from "vitest";
import { LaneAccounts } from "../../../src/transport/lane/lane-accounts.ts";
import { ownAccounts } from "../mesh/own-workloads.ts";
import { noFlows } from "./no-flows.ts";

const counts = { open: 1, total: 2, refused: [], cut: [], flows: { ...noFlows, datagramsSent: 7 } };

test("accounts of this process have numbers behind those of the tunnels, and hear what the thread has counted", () => {
  const [tunnel, service, own, other] = [ownAccounts(), ownAccounts(), ownAccounts(), ownAccounts()];
  const accounts = new LaneAccounts([tunnel], [service]);
  expect([own, other, own, tunnel].map((each) => accounts.numberOf(each))).toEqual([1, 2, 1, 0]);
  expect(accounts.numberOf({ streams: own.streams, flows: undefined })).toBe(1);
  accounts.update([
    { tunnel: 1, ...counts },
    { service: 0, ...counts, total: 3 },
    { tunnel: 4_294_967_295, ...counts },
  ]);
  expect(own.streams.counts).toMatchObject({ open: 1, total: 2 });
  expect(own.flows.counts.sent.datagrams).toBe(7);
  expect(service.streams.counts.total).toBe(3);
  for (const { streams } of [tunnel, other]) expect(streams.counts.total).toBe(0);
  expect([accounts.of(2, false), accounts.of(3, false), accounts.of(1, true)]).toEqual([other, undefined, undefined]);
});
