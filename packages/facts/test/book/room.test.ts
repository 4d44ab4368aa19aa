/** A book holds no more than its limits say, whoever signs. */
import { describe, expect, test } from "vitest";
import { ROOM_LIMITS } from "../../src/book/room.ts";
import { alphaNode, held, leader } from "../cases/scene.ts";
import { alpha, announce, beta, MINUTE, node, NOW, role, service, voided } from "../records.ts";
import { bookOf, offer, take, toldBy } from "./books.ts";

const services = Array.from({ length: 4 }, (_, at) => service({ subject: `s${at}` }));

describe("a book without room", () => {
  test("takes no more records, but one in the place of another", () => {
    const book = bookOf(services.slice(0, 3), { limits: { ...ROOM_LIMITS, records: 3 } });
    expect(offer(book, services[3]!)).toBe("full");
    expect(offer(book, service({ subject: "s1", epoch: 2 }))).toBe("taken");
    expect(offer(book, service({ subject: "s1", ...voided(30, { epoch: 3 }) }))).toBe("taken");
    expect(book.size).toBe(3);
  });

  test("counts octets, and gives them back", () => {
    const octets = services[0]!.length + services[1]!.length;
    const book = bookOf(services.slice(0, 2), { limits: { ...ROOM_LIMITS, octets } });
    expect([book.octets, offer(book, services[2]!)]).toEqual([octets, "full"]);
    for (let now = NOW; book.size > 0; now += 30 * 86_400_000) book.handleTimeout(now);
    expect(book.octets).toBe(0);
  });

  test("lets records of nodes go before those of a quorum: what ends first goes first", () => {
    const nodes = [alphaNode, node(beta)];
    const book = bookOf([...nodes, announce(alpha, { expires: NOW + 5 * MINUTE }), announce(beta)], {
      limits: { ...ROOM_LIMITS, records: 4 },
    });
    toldBy(book);
    take(book, services[0]!);
    expect(toldBy(book)).toEqual(["ended announce 1 room", "taken service 1"]);
    expect(offer(book, announce(alpha, { epoch: 2 }))).toBe("full");
    expect(offer(book, announce(beta, { epoch: 2 }))).toBe("taken");
    take(book, services[1]!);
    expect(offer(book, services[2]!)).toBe("full");
    expect(book.inForce("node", "cluster", "alpha", NOW)?.epoch).toBe(1);
  });
});

test("a node issues records in so many slots, and no more", () => {
  const limits = { ...ROOM_LIMITS, issuedSlots: 2 };
  const book = bookOf([...held, leader(), leader({ subject: "mail" })], { limits });
  expect(offer(book, leader({ subject: "dns" }))).toBe("quota");
  expect(offer(book, leader({ epoch: 2 }))).toBe("taken");
  expect(offer(book, announce(alpha))).toBe("taken");
  take(book, role("beta/route-coordinator/north", voided(30, { epoch: 2 })));
  take(book, role("beta/route-coordinator/north", { epoch: 3 }));
  expect(offer(book, leader({ subject: "dns" }))).toBe("quota");
});
