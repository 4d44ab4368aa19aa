/** Transit in another thread: the cluster vertex is told what that thread has answered, and no more. */
import type { TransitReport } from "@florenetes/portal-api";
import { expect, test } from "vitest";
import { DelegatedTransit, type NumberedChange, type TransitThread } from "../../src/transit/delegated-transit.ts";
import { linkUp, swap } from "./hand-over-world.ts";

const rates = { packetsPerSecond: 1_000, bytesPerSecond: 1_000_000 };
const links = [
  { operation: "link", key: { peer: "b", tag: "0" }, label: 20 },
  { operation: "link", key: { peer: "c", tag: "0" }, label: 21 },
] as const;

/** Writes orders down as texts; nobody answers. */
class Orders implements TransitThread {
  given: string[] = [];

  setLink(link: number, { handle }: { readonly handle: number }): void {
    this.given.push(`link ${link} has handle ${handle}`);
  }

  begin(table: number, whole: number): void {
    this.given.push(`begin ${table} of ${whole}`);
  }

  change(table: number, first: number, changes: readonly NumberedChange[]): void {
    this.given.push(`change ${table} from ${first}: ${changes.map(({ operation }) => operation).join(" ")}`);
  }

  drop(table: number): void {
    this.given.push(`drop ${table}`);
  }

  tell(table: number, reader: number, taken: number): void {
    this.given.push(`tell ${reader} of ${table} after ${taken}`);
  }

  figures(): { labels: number; packetsDecided: number } {
    return { labels: 0, packetsDecided: 0 };
  }

  take(): string[] {
    return this.given.splice(0);
  }
}

function delegated(): { readonly transit: DelegatedTransit; readonly orders: Orders } {
  const orders = new Orders();
  const transit = new DelegatedTransit(orders);
  transit.handleStatus(linkUp("b", 1));
  transit.handleAttached("c1");
  return { transit, orders };
}

const whole = { generation: 1, first: 0, whole: 3, ...rates, changes: [...links, swap(100)] };

test("a change is told as taken when the thread says so, and not before", () => {
  const { transit, orders } = delegated();
  transit.handleChanges({ ...whole, changes: [] });
  expect(transit.progress).toEqual({ generation: 1, taken: 0, code: "" });
  transit.handleChanges(whole);
  expect(orders.take()).toEqual(["begin 1 of 3", "link 0 has handle 1", "change 1 from 0: link link swap"]);
  expect(transit.progress!.taken).toBe(0);
  transit.handleTaken(1, 2, "");
  expect(transit.progress!.taken).toBe(2);
  expect(transit.pollReport(), "it does not hold yet").toBeUndefined();
  expect(orders.take()).toEqual([]);
  transit.handleTaken(1, 3, "");
  transit.handleChanges({ ...whole, first: 3, changes: [{ operation: "remove", link: 0, label: 100 }] });
  expect(transit.progress!.taken).toBe(3);
  transit.handleTaken(1, 4, "");
  expect(transit.progress!.taken).toBe(4);
});

test("an answer that comes late, about a table that was given up, does nothing", () => {
  const { transit, orders } = delegated();
  transit.handleChanges(whole);
  transit.handleChanges({ ...whole, generation: 2 });
  expect(orders.take().slice(-3)).toEqual(["drop 1", "begin 2 of 3", "change 2 from 0: link link swap"]);
  transit.handleTaken(1, 3, "");
  expect(transit.progress).toEqual({ generation: 2, taken: 0, code: "" });
  transit.handleTaken(2, 3, "");
  expect(transit.progress!.taken).toBe(3);
});

test("a table that the thread refuses is told as refused, and all that its owner gave goes", () => {
  const { transit, orders } = delegated();
  transit.handleChanges(whole);
  transit.handleTaken(1, 3, "");
  transit.handleChanges({ ...whole, generation: 2 });
  orders.take();
  transit.handleTaken(2, 1, "TRANSIT_INVALID");
  expect(transit.progress).toEqual({ generation: 2, taken: 0, code: "TRANSIT_INVALID" });
  expect(orders.take()).toEqual(["drop 2", "drop 1"]);
  transit.handleChanges({ ...whole, generation: 2 });
  expect(orders.take(), "it is not tried again").toEqual([]);
});

test("a table of before holds until 3 s have passed without a word of it, and for whoever confirms it", () => {
  const { transit, orders } = delegated();
  transit.handleChanges(whole);
  transit.handleTaken(1, 3, "");
  transit.handleAttached("c1");
  transit.handleChanges({ ...whole, changes: [] });
  transit.dropUnconfirmed();
  expect(transit.progress).toEqual({ generation: 1, taken: 3, code: "" });
  orders.take();
  transit.handleAttached("c2");
  expect(orders.take()).toEqual([]);
  transit.dropUnconfirmed();
  expect(orders.take()).toEqual(["drop 1"]);
});

test("when all links are closed there is no table, and no link is up", () => {
  const { transit, orders } = delegated();
  transit.handleChanges(whole);
  transit.handleTaken(1, 3, "");
  orders.take();
  transit.drop();
  expect(orders.take()).toEqual(["drop 1", "link 0 has handle 0"]);
});

test("counts are asked for with a heartbeat, and told when they have come, to the one who is attached", () => {
  const { transit, orders } = delegated();
  transit.handleChanges(whole);
  transit.handleTaken(1, 3, "");
  orders.take();
  const report: Omit<TransitReport, "generation"> = { number: 9, links: [], pairs: [], labels: [], classes: [] };
  expect(transit.pollReport()).toBeUndefined();
  expect(orders.take()).toEqual(["tell 1 of 1 after 0"]);
  transit.handleReport(1, report);
  expect(transit.pollReport()).toEqual({ ...report, generation: 1 });
  expect(transit.handleReportTaken(9)).toBe(false);
  expect(orders.take()).toEqual(["tell 1 of 1 after 9"]);
  transit.handleAttached("c1");
  transit.handleChanges({ ...whole, changes: [] });
  transit.handleReport(1, report);
  expect(transit.pollReport(), "it was made for somebody else").toBeUndefined();
  expect(orders.take()).toEqual(["tell 2 of 1 after 0"]);
});
