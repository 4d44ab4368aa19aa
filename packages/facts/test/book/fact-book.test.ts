import { describe, expect, test, vi } from "vitest";
import type { FactBook } from "../../src/book/fact-book.ts";
import * as keys from "../../src/keys.ts";
import { slotOf } from "../../src/slots.ts";
import {
  alphaNode,
  betaNode,
  checkpoint,
  held,
  leader,
  passedOn,
  policy,
  root1,
  signatureBroken,
} from "../cases/scene.ts";
import { lease, permits, report } from "../cases/routes.ts";
import { factOf } from "../held.ts";
import {
  alpha,
  announce,
  beta,
  control,
  DAY,
  endpoint,
  gamma,
  MINUTE,
  node,
  NOW,
  record,
  role,
  service,
  update,
  voided,
} from "../records.ts";
import { bookOf, changesOf, offer, Rows, run, take, toldBy } from "./books.ts";

const epochOf = (
  book: FactBook,
  kind: "service" | "node" | "role" | "announce" | "leader",
  subject: string,
  now = NOW,
) => book.inForce(kind, "cluster", subject, now)?.epoch;

describe("what is taken", () => {
  test("a forged copy first, then the true one: the true one is taken", () => {
    const book = bookOf();
    const copy = signatureBroken(service());
    expect(offer(book, copy)).toBe("signature");
    expect(book.size).toBe(0);
    expect(offer(book, service())).toBe("taken");
    expect(offer(book, copy)).toBe("duplicate");
    expect(epochOf(book, "service", "web")).toBe(1);
  });

  test("the newest of a slot is in force, and the older one is let go", () => {
    const book = bookOf([service()]);
    take(book, service({ epoch: 2 }));
    expect(offer(book, service())).toBe("older");
    expect([epochOf(book, "service", "web"), book.size]).toEqual([2, 1]);
    expect(toldBy(book)).toEqual(["taken service 1", "taken service 2"]);
    const [drop, put] = changesOf(book).slice(-2);
    expect([drop?.kind, drop?.id, put?.kind]).toEqual(["drop", factOf(service()).id, "put"]);
  });

  test.each([
    ["a report", report(alpha)],
    ["a lease", lease()],
    ["permits", permits()],
  ])("%s goes by mail, and is neither held nor offered, also where a file has it", (_, octets) => {
    const book = bookOf(held);
    const { size } = book;
    changesOf(book);
    expect(offer(book, octets)).toBe("delivered");
    const { id } = factOf(octets);
    book.restore({ id, section: "public", octets }, NOW);
    expect(toldBy(book).at(-1)).toBe("row-refused delivered");
    expect([book.size, book.has(id), changesOf(book)]).toEqual([size, false, [{ kind: "drop", id }]]);
  });

  test("the octets are the book's own", () => {
    const book = bookOf();
    const octets = service();
    take(book, octets);
    octets.fill(0);
    expect(book.offered(factOf(service()).id, "public", NOW)).toEqual(service());
  });

  test("two payloads of one epoch are both held and told, and a third one is not held", () => {
    const records = [1, 2, 3].map((generation) => service({ generation }));
    const book = bookOf(records.slice(0, 2));
    expect(toldBy(book)).toEqual(["taken service 1", "taken service 1", "equivocation service 1"]);
    expect(book.in(slotOf(factOf(service())))).toHaveLength(2);
    take(book, records[2]!);
    expect([book.size, offer(book, records[0]!)]).toEqual([2, "quota"]);
    expect(book.inForce("service", "cluster", "web", NOW)?.generation).toBe(3);
  });

  test("kinds of later versions are held, and a record that has ended is not offered to others", () => {
    const sun = record({ kind: "weather", subject: "sun", body: {} });
    const book = bookOf([sun]);
    expect(book.offered(factOf(sun).id, "public", NOW)).toEqual(sun);
    expect(book.offered(factOf(sun).id, "public", NOW + DAY)).toBeUndefined();
    expect(book.offered(factOf(sun).id, "entry", NOW)).toBeUndefined();
  });

  test("all in force of a kind, and nothing else", () => {
    const book = bookOf([alphaNode, betaNode, policy]);
    take(book, node(beta, voided(400, { epoch: 2 })));
    expect([...book.all("node", NOW)].map(({ subject }) => subject)).toEqual(["alpha"]);
    expect([...book.all("node", NOW + 2 * DAY)]).toEqual([]);
  });
});

describe("ends", () => {
  test("a record ends by itself, is told, and no older one comes back", () => {
    const older = service({ expires: NOW + 20 * DAY });
    const book = bookOf([older, service({ epoch: 2 })]);
    run(book, NOW + DAY);
    expect(toldBy(book).at(-1)).toBe("ended service 2 ended");
    expect(offer(book, older, NOW + DAY)).toBe("older");
    expect(epochOf(book, "service", "web", NOW + DAY)).toBeUndefined();
    run(book, NOW + 30 * DAY);
    expect([book.size, book.nextTimeout()]).toEqual([0, Number.POSITIVE_INFINITY]);
    expect(changesOf(book)).toContainEqual({ kind: "drop", id: factOf(service({ epoch: 2 })).id });
  });

  test("a void one ends what was in force, and is kept behind its end", () => {
    const book = bookOf([service()]);
    take(book, service(voided(30, { epoch: 1 })));
    expect(toldBy(book).at(-1)).toBe("ended service 1 voided");
    expect(epochOf(book, "service", "web")).toBeUndefined();
    run(book, NOW + 90 * DAY);
    expect(book.size).toBe(1);
    const again = { issued: NOW + 90 * DAY, expires: NOW + 100 * DAY };
    expect(offer(book, service(again), NOW + 90 * DAY)).toBe("voided");
    expect(offer(book, service({ ...again, epoch: 2 }), NOW + 90 * DAY)).toBe("taken");
  });

  test("what rests on a record falls with it, and comes again with it", () => {
    const book = bookOf([...held, announce(alpha), leader(), passedOn(), checkpoint()]);
    toldBy(book);
    take(book, node(alpha, voided(400, { epoch: 2 })));
    expect(toldBy(book)).toEqual([
      "taken node 2",
      "ended node 1 voided",
      "ended announce 1 ground",
      "ended role 1 ground",
    ]);
    expect(epochOf(book, "announce", "alpha")).toBeUndefined();
    expect(epochOf(book, "leader", "web")).toBe(1);
    changesOf(book);
    take(book, node(alpha, { epoch: 3 }));
    expect(toldBy(book)).toEqual(["taken node 3", "again announce 1", "again role 1"]);
    expect(changesOf(book).filter(({ kind }) => kind === "put")).toHaveLength(3);
    take(book, role("beta/route-coordinator/north", voided(30, { epoch: 2 })));
    expect(toldBy(book).at(-1)).toBe("ended leader 1 ground");
    take(book, record({ epoch: 2, body: { carriers: "quic-only" } }));
    expect([...book.all("checkpoint", NOW)]).toEqual([]);
    run(book, NOW);
    expect(toldBy(book)).toEqual(["taken policy 2", "ended checkpoint 1 ground"]);
  });

  test("a policy says which services and carriers count, whether it or they came first, and takes no void back", () => {
    const radio = { endpoints: [{ ...endpoint, carrier: "radio", endpoint: "radio:7" }] };
    const book = bookOf([alphaNode, service(), announce(alpha, {}, radio), service(voided(30, { subject: "mail" }))]);
    const services = ["web", "mail"].map((service) => ({ service, authority: "update" }));
    take(book, record({ body: { carriers: "quic-only", services } }));
    expect([epochOf(book, "service", "web"), epochOf(book, "announce", "alpha")]).toEqual([undefined, undefined]);
    expect(offer(book, service({ subject: "mail", authority: "update" }, {}, update))).toBe("voided");
    take(book, record({ epoch: 2, body: {} }));
    run(book, NOW);
    expect([epochOf(book, "service", "web"), epochOf(book, "announce", "alpha")]).toEqual([1, 1]);
  });

  test("a node with another key begins its epochs anew", () => {
    const book = bookOf([alphaNode, announce(alpha, { epoch: 900 })]);
    take(book, node(alpha, { epoch: 2 }, { key: gamma.key }));
    expect(epochOf(book, "announce", "alpha")).toBeUndefined();
    take(book, announce(alpha, { epoch: 1 }, {}, [gamma]));
    expect(epochOf(book, "announce", "alpha")).toBe(1);
    expect(book.size).toBe(2);
  });
});

describe("a restart", () => {
  const records = [
    ...held,
    announce(alpha),
    leader(),
    passedOn(),
    checkpoint(),
    service(),
    node(gamma, voided(400, {})),
  ];

  test("restores what was held, verifies it in turns, and tells nothing of it", () => {
    const rows = new Rows();
    const before = bookOf(records);
    rows.write(changesOf(before));
    const verify = vi.spyOn(keys, "isSignedBy");
    const book = rows.restored(NOW);
    expect([book.size, verify.mock.calls.length, book.nextTimeout()]).toEqual([records.length, 0, 0]);
    expect(epochOf(book, "announce", "alpha")).toBe(1);
    const asked = verify.mock.calls.length;
    expect(asked).toBeGreaterThan(0);
    run(book, NOW);
    expect(verify.mock.calls.length).toBeGreaterThan(asked);
    verify.mockClear();
    run(book, NOW);
    for (const kind of ["node", "role", "service", "announce", "leader", "checkpoint"] as const) {
      expect([...book.all(kind, NOW)].map(({ id }) => id)).toEqual([...before.all(kind, NOW)].map(({ id }) => id));
    }
    expect(verify).not.toHaveBeenCalled();
    expect([toldBy(book), changesOf(book)]).toEqual([[], []]);
    verify.mockRestore();
  });

  test("a file that somebody has edited says nothing that its signatures do not say", () => {
    const rows = new Rows();
    rows.write(changesOf(bookOf(records)));
    const stolen = [
      service({ epoch: 9 }, {}, control.slice(0, 2)),
      node(gamma, { epoch: 9, authority: "update" }),
      signatureBroken(role("alpha/relay/north")),
      announce(beta, {}, {}, [alpha]),
    ];
    const book = rows.restored(NOW);
    for (const octets of stolen) book.restore({ id: factOf(octets).id, section: "entry", octets }, NOW);
    book.restore({ id: "00", section: "entry", octets: service({ epoch: 10 }) }, NOW);
    book.restore({ id: "01", section: "entry", octets: Buffer.from("no record") }, NOW);
    expect(epochOf(book, "service", "web")).toBe(1);
    expect([epochOf(book, "node", "gamma"), epochOf(book, "announce", "beta")]).toEqual([undefined, undefined]);
    expect(epochOf(book, "role", "alpha/relay/north")).toBeUndefined();
    run(book, NOW);
    expect(toldBy(book).toSorted()).toEqual([
      "row-refused body",
      "row-refused envelope",
      "row-refused unknown-key",
      "row-refused unknown-key",
      "row-refused unknown-key",
    ]);
  });

  test("a record that ended while the node was off is not in force", () => {
    const rows = new Rows();
    rows.write(changesOf(bookOf(records)));
    const book = rows.restored(NOW + DAY);
    run(book, NOW + DAY);
    expect(epochOf(book, "service", "web", NOW + DAY)).toBeUndefined();
    expect(offer(book, service(), NOW + DAY)).toBe("expired");
  });
});

test("the pinned root is known, and needs no row", () => {
  const book = bookOf();
  expect([book.has(factOf(root1).id), offer(book, root1), book.size]).toEqual([true, "duplicate", 0]);
  expect(book.nextTimeout()).toBe(Number.POSITIVE_INFINITY);
  run(book, NOW + MINUTE);
});

test("a role by the control quorum takes the place of a holder's, whichever came first and whatever their epochs", () => {
  const byHolder = passedOn({ epoch: 7 });
  const byControl = role("gamma/service-host/north");
  const books = [
    [byHolder, byControl],
    [byControl, byHolder],
  ].map((records) => {
    const book = bookOf(held);
    for (const octets of [...records, ...records]) offer(book, octets);
    return book;
  });
  for (const book of books) {
    expect(book.inForce("role", "cluster", "gamma/service-host/north", NOW)).toMatchObject({ authority: "control" });
    expect(offer(book, byHolder)).toBe("authority");
    expect(book.in("role cluster gamma/service-host/north")).toHaveLength(1);
  }
});
