/** Roots by recovery keys: they wait for three days of running time, everywhere, unless the root's own keys say otherwise. */
import { describe, expect, test } from "vitest";
import { readEnvelope, writeEnvelope } from "../../src/envelope.ts";
import { RECOVERY_MS } from "../../src/limits.ts";
import { newKeys, recoverable, recovered, recoveryKeys } from "../cases/recovery.ts";
import { factOf } from "../held.ts";
import { DAY, node, NOW, root, root1, rootBody, stranger } from "../records.ts";
import { bookOf, changesOf, offer, Rows, run, take, toldBy } from "./books.ts";

const options = { root: factOf(recoverable) };
const [a, , c] = recoveryKeys as [(typeof recoveryKeys)[0], (typeof recoveryKeys)[0], (typeof recoveryKeys)[0]];
const [k, l] = root1 as [(typeof root1)[0], (typeof root1)[0]];
const [x, y] = newKeys as [(typeof newKeys)[0], (typeof newKeys)[0]];
const byRecovery = recovered();
/** Another second version, by the root's own keys. */
const regular = root(rootBody(), { epoch: 2 });
const HOUR = 3_600_000;

describe("a root by recovery keys", () => {
  test("waits, is told and passed on, and is in force after 72 hours of running", () => {
    const book = bookOf([], options);
    expect(book.offer(byRecovery, NOW)).toMatchObject({ isAccepted: true, waits: true });
    expect(book.authority.version).toBe(1);
    expect(toldBy(book)).toEqual(["root-waits root 2"]);
    expect(changesOf(book)).toMatchObject([{ kind: "put", section: "entry" }]);
    expect(book.has(factOf(byRecovery).id)).toBe(true);
    expect(book.offered(factOf(byRecovery).id, "entry", NOW)).toEqual(byRecovery);
    book.handleRan(RECOVERY_MS - 1, NOW);
    expect(book.recovery.waiting).toMatchObject([{ leftMs: 1 }]);
    expect(book.authority.version).toBe(1);
    book.handleRan(1, NOW);
    expect([book.authority.version, book.recovery.waiting]).toEqual([2, []]);
    expect(toldBy(book)).toEqual(["root root 2"]);
    expect(offer(book, byRecovery)).toBe("duplicate");
  });

  test("does not follow a clock that is set: only running counts", () => {
    const book = bookOf([byRecovery], options);
    run(book, NOW + 30 * DAY);
    expect(offer(book, byRecovery, NOW + 40 * DAY)).toBe("duplicate");
    expect(book.recovery.waiting).toMatchObject([{ leftMs: RECOVERY_MS }]);
  });

  test("goes on waiting after a restart, and is in force at once where it was", () => {
    const rows = new Rows();
    const book = bookOf([byRecovery], options);
    book.handleRan(71 * HOUR, NOW);
    rows.write(changesOf(book));
    const again = rows.restored(NOW, { ...options, ran: new Map(book.recovery.ran) });
    expect(toldBy(again)).toEqual(["root-waits root 2"]);
    expect(again.recovery.waiting).toMatchObject([{ leftMs: HOUR }]);
    again.handleRan(HOUR, NOW);
    rows.write(changesOf(again));
    expect(rows.restored(NOW, { ...options, ran: new Map(again.recovery.ran) }).authority.version).toBe(2);
    // A file that has lost the time waits anew, and loses nothing else.
    expect(rows.restored(NOW, options).recovery.waiting).toMatchObject([{ leftMs: RECOVERY_MS }]);
  });

  test("ends when a regular version comes, which holds at once", () => {
    const book = bookOf([byRecovery], options);
    toldBy(book);
    changesOf(book);
    take(book, regular);
    expect([book.authority.root.id, book.recovery.waiting, [...book.recovery.ran]]).toEqual([
      factOf(regular).id,
      [],
      [],
    ]);
    expect(toldBy(book)).toEqual(["root-waits-no-more root 2", "root root 2"]);
    expect(changesOf(book)).toMatchObject([{ kind: "drop", id: factOf(byRecovery).id }, { kind: "put" }]);
    expect(offer(book, byRecovery)).toBe("older");
    book.handleRan(RECOVERY_MS, NOW);
    expect(book.authority.root.id).toBe(factOf(regular).id);
  });

  test.each([
    ["whole", recovered([k, l, x, y])],
    ["by the root's keys alone", recovered([k, l])],
  ])("is in force at once when a copy comes that is signed %s", (_, copy) => {
    const book = bookOf([byRecovery], options);
    take(book, copy);
    expect([book.authority.version, book.recovery.waiting]).toEqual([2, []]);
    const envelope = readEnvelope(book.offered(factOf(byRecovery).id, "entry", NOW)!);
    expect(typeof envelope === "string" ? [] : envelope.signatures).toHaveLength(6);
  });

  test("takes signatures of its copies while it waits, and goes on waiting", () => {
    const book = bookOf([byRecovery], options);
    book.handleRan(HOUR, NOW);
    changesOf(book);
    expect(book.offer(recovered([c, k, a]), NOW)).toMatchObject({ isAccepted: true, waits: true });
    expect(book.recovery.waiting).toMatchObject([{ leftMs: RECOVERY_MS - HOUR }]);
    expect(changesOf(book)).toHaveLength(1);
    expect(offer(book, recovered([c, k, a]))).toBe("duplicate");
    const forged = readEnvelope(recovered([l, stranger]));
    const wrong =
      typeof forged === "string" ? [] : forged.signatures.map(({ keyId }) => ({ keyId, octets: Buffer.alloc(64, 1) }));
    expect(
      offer(book, writeEnvelope({ payload: (forged as { payload: Uint8Array }).payload, signatures: wrong })),
    ).toBe("duplicate");
  });

  test("in force takes the signatures of a regular copy, too, so that nobody else has to wait", () => {
    const book = bookOf([byRecovery], options);
    book.handleRan(RECOVERY_MS, NOW);
    changesOf(book);
    take(book, recovered([k, l]));
    const [change] = changesOf(book);
    const other = bookOf([], options);
    expect(change?.kind === "put" && other.offer(change.octets, NOW)).toMatchObject({ isAccepted: true });
    expect([other.authority.version, other.recovery.waiting]).toEqual([2, []]);
  });

  test("comes twice at most: others have no room, and all that wait are told as an equivocation", () => {
    const book = bookOf([byRecovery], options);
    toldBy(book);
    take(book, recovered(undefined, 1));
    expect(toldBy(book)).toEqual(["root-waits root 2", "equivocation root 2"]);
    for (let grace = 2; grace < 20; grace++) expect(offer(book, recovered(undefined, grace))).toBe("quota");
    book.handleRan(RECOVERY_MS, NOW);
    expect([book.authority.version, book.recovery.waiting]).toEqual([2, []]);
    expect(toldBy(book)).toEqual(["root-waits-no-more root 2", "root root 2"]);
  });

  test("brings control keys that count from then on, and not before", () => {
    const book = bookOf([byRecovery], options);
    expect(offer(book, node(stranger, {}, {}, newKeys))).toBe("unknown-key");
    expect(offer(book, root(rootBody(), { epoch: 3 }, newKeys))).toBe("gap");
    book.handleRan(RECOVERY_MS, NOW);
    expect(offer(book, root(rootBody(), { epoch: 3 }, [...newKeys, ...root1]))).toBe("taken");
  });
});
