import { FactBook, trustRoot } from "@florenetes/facts";
import { expect, test, vi } from "vitest";
import { ServiceNames } from "../../../src/agent/plan/service-names.ts";
import { DemoCluster } from "../../demo-records.ts";

const NOW = Date.parse("2026-11-25T12:00:00.000Z");
const SERVICES = 100;

/** The book of a node of a cluster with many services, each of which has an alias. */
function bookOfMany(): FactBook {
  const cluster = new DemoCluster(NOW - 1_000);
  const trusted = trustRoot(cluster.root, {
    cluster: "demo",
    fingerprint: cluster.fingerprint,
    development: false,
    now: NOW,
  });
  if (!trusted.isAccepted) throw new Error(trusted.reason);
  const book = new FactBook({ root: trusted.fact, node: "a", development: false });
  for (let at = 0; at < SERVICES; at++) {
    const record = cluster.service(`s${at}`, ["a"], {}, { aliases: [`alias-${at}`] });
    expect(book.offer(record, NOW)).toMatchObject({ isAccepted: true });
  }
  return book;
}

test("a name that a record bears is found without a look at all other services, however many there are", () => {
  const book = bookOfMany();
  const [all, lookUp] = [vi.spyOn(book, "all"), vi.spyOn(book, "in")];
  const names = new ServiceNames(book, "a", NOW);
  expect([names.find("s7"), names.isOthers("s7")]).toEqual([{ scope: "cluster", service: "s7" }, false]);
  expect([all.mock.calls, lookUp.mock.calls.length < 10]).toEqual([[], true]);
});

test("aliases are found, and all services are read once for all that ask for them", () => {
  const book = bookOfMany();
  const all = vi.spyOn(book, "all");
  const names = new ServiceNames(book, "a", NOW);
  expect(names.find("alias-7")).toEqual({ scope: "cluster", service: "s7" });
  expect(names.find("alias-8")).toEqual({ scope: "cluster", service: "s8" });
  expect([names.isOthers("alias-7"), names.isOthers("nothing")]).toEqual([false, false]);
  expect(all.mock.calls).toEqual([["service", NOW]]);
});
