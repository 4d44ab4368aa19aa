/** The fate of lists that a look has found, without a file: tables of the rules, and the order of events as a property. */
import * as fc from "fast-check";
import { beforeEach, describe, expect, test } from "vitest";
import { readCertificate } from "../../src/certificates/certificate.ts";
import { keyFingerprintOf } from "../../src/certificates/certificate-id.ts";
import { IdentityError } from "../../src/errors.ts";
import { type FoundList, type ListFileResult, readListFile, type RefusedList } from "../../src/revocation/list-file.ts";
import {
  type AllFoundLists,
  type IntakeOutcome,
  type KeptReading,
  ListIntake,
} from "../../src/revocation/list-intake.ts";
import type { SourceReading } from "../../src/revocation/list-source.ts";
import type { ListTrust } from "../../src/revocation/list-trust.ts";
import type { RevocationEvent } from "../../src/revocation/revocation-event.ts";
import { ca, type Made, now } from "../certificates.ts";
import { listPem, revocationList } from "../revocation-lists.ts";

const authorities = [ca("demo"), ca("demo")] as const;
const issuers = authorities.map(({ der }) => keyFingerprintOf(readCertificate(der)));
const trustOf = (...roots: readonly Made[]): ListTrust => {
  return { cluster: "demo", roots: roots.map(({ der }) => readCertificate(der)), intermediates: [] };
};
const trust = trustOf(...authorities);

/** Lists by issuer and number, from 0; each names another certificate. */
const lists: readonly (readonly FoundList[])[] = authorities.map((authority) =>
  [0, 1, 2, 3, 4].map((number) => {
    const text = Buffer.from(listPem(revocationList(authority, { number: BigInt(number), serials: [`7${number}`] })));
    const task = { text, cluster: "demo", roots: [authority.der], intermediates: [], at: now, isKept: false };
    return readListFile(task).lists[0]!;
  }),
);
const [ours] = lists as [readonly FoundList[]];
const [issuer] = issuers as [string];

const refused = (code: RefusedList["code"]): RefusedList => ({ code, message: `it is ${code}`, retryAt: undefined });
const broken = refused("ERR_IDENTITY_LIST_BROKEN");
const untrusted = refused("ERR_IDENTITY_LIST_UNTRUSTED");
const result = (...found: readonly FoundList[]): ListFileResult => ({ lists: found, refused: [] });

let stamps = 0;
/** A reading of a file that holds something. */
function reading(content: ListFileResult, digest = `content ${++stamps}`): SourceReading {
  return { kind: "read", path: "a/next/crl.pem", digest, stamp: `stamp ${++stamps}`, result: content };
}
const absent: SourceReading = { kind: "absent" };

function keptAs(number: number, content: KeptReading["content"] = result(ours[number]!)): KeptReading {
  return { path: `state/${number}.pem`, issuer, number: BigInt(number), content };
}

let events: RevocationEvent[];
let intake: ListIntake;
const codes = (): string[] => events.map(({ code }) => code);
const open = (files: number, isRequired = false): void => {
  events = [];
  const policy = { isRequired, graceMs: 0 };
  const names = Array.from({ length: files }, (_, index) => `${index}/crl.pem`);
  intake = new ListIntake({ files: names, policy, expiryWarningMs: 0, tell: (event) => events.push(event) });
};
/** The folders' memory of lists: any list of each CA may be the first. */
const numbers = { known: new Map(issuers.map((each) => [each, 0n])), stamp: "", problems: [] };
/** The result of a look: the kept files, and the content of each `crl.pem`. */
function found(readings: readonly SourceReading[], more: Partial<AllFoundLists> = {}): AllFoundLists {
  const files = readings.map((each, index) => ({ source: intake.sources[index]!, reading: each }));
  return { at: now, trust, numbers, kept: [], files, ...more };
}
const inForce = (): Record<string, bigint> =>
  Object.fromEntries(intake.revocations.lists.map((list) => [list.issuer, list.number]));
const kept = ({ toKeep }: IntakeOutcome): bigint[] => toKeep.map(({ number }) => number);
function refusal(action: () => unknown): unknown {
  try {
    action();
    return "passed";
  } catch (error) {
    return error;
  }
}

beforeEach(() => open(1));

describe("a start", () => {
  const unreadable = new IdentityError("ERR_IDENTITY_FILE_UNREADABLE", "no", { where: { file: "x" } });
  test.each<[string, SourceReading, AllFoundLists["kept"], string, string]>([
    ["a file with a broken list", reading({ lists: [ours[1]!], refused: [broken] }), [], broken.code, "a/next/crl.pem"],
    ["a file that cannot be read", { kind: "unreadable", error: unreadable, stamp: "" }, [], unreadable.code, "x"],
    ["a state folder that cannot be read", absent, unreadable, unreadable.code, "x"],
    ["a lost list", absent, [keptAs(3, "damaged")], "ERR_IDENTITY_LIST_LOST", "state/3.pem"],
    [
      "a lost list, and an older one",
      reading(result(ours[2]!)),
      [keptAs(3, "damaged")],
      "ERR_IDENTITY_LIST_LOST",
      "state/3.pem",
    ],
  ])("fails with %s", (_, file, keptFiles, code, where) => {
    const error = refusal(() => intake.handleStart(found([file], { kept: keptFiles })));
    expect(error).toMatchObject({ code, where: { file: where } });
  });

  test.each([3, 4])("does without a damaged list that a folder has, or a newer one: %d", (number) => {
    const outcome = intake.handleStart(found([reading(result(ours[number]!))], { kept: [keptAs(3, "damaged")] }));
    expect(kept(outcome)).toEqual([BigInt(number)]);
    expect(codes()).toEqual(["REVOCATION_REFUSED", "REVOCATION_LOADED"]);
  });

  test("goes on with a kept list that is newer than the folder's, and keeps nothing again", () => {
    const outcome = intake.handleStart(found([reading(result(ours[2]!))], { kept: [keptAs(3)] }));
    expect(outcome).toMatchObject({ isChanged: true, toKeep: [] });
    expect(inForce()).toEqual({ [issuer]: 3n });
    expect(codes()).toEqual(["REVOCATION_LOADED", "REVOCATION_REFUSED"]);
    expect(intake.status(now)).toMatchObject({
      lists: [{ number: "3", isKept: true }],
      refused: [{ file: "0/crl.pem", code: "ERR_IDENTITY_LIST_OLDER" }],
    });
  });

  test.each<[string, RefusedList, ListTrust, string, string]>([
    ["of a CA that nobody trusts waits", untrusted, trustOf(authorities[1]), "REVOCATION_DROPPED", "info"],
    ["of a CA that is trusted is refused", untrusted, trust, "REVOCATION_REFUSED", "warn"],
    ["that is refused for another reason is told so", broken, trustOf(authorities[1]), "REVOCATION_REFUSED", "warn"],
  ])("a kept list %s", (_, why, trusted, code, level) => {
    const file = keptAs(3, { lists: [], refused: [why] });
    expect(intake.handleStart(found([absent], { kept: [file], trust: trusted })).isChanged).toBe(false);
    expect(events).toEqual([expect.objectContaining({ code, level, file: file.path })]);
  });

  test("a kept list goes by its content, where somebody has renamed its file", () => {
    intake.handleStart(found([absent], { kept: [keptAs(2), keptAs(4, result(ours[1]!))] }));
    expect(inForce()).toEqual({ [issuer]: 2n });
  });

  test("the same list in many folders is kept once", () => {
    open(3);
    expect(kept(intake.handleStart(found([1, 1, 1].map((number) => reading(result(ours[number]!))))))).toEqual([1n]);
    expect(codes()).toEqual(["REVOCATION_LOADED"]);
  });
});

describe("a reload", () => {
  beforeEach(() => void intake.handleStart(found([reading(result(ours[2]!))])));

  test("tells what has not changed, and keeps what could not be kept", () => {
    events.length = 0;
    const outcome = intake.handleReload(found([reading(result(ours[2]!), "the same")]));
    expect(outcome).toMatchObject({ isChanged: false, toKeep: [{ number: 2n }] });
    expect(codes()).toEqual(["REVOCATION_UNCHANGED"]);
    intake.handleKept(ours[2]!);
    const keptFiles = [keptAs(2, "known")];
    expect(kept(intake.handleReload(found([reading(result(ours[2]!))], { kept: keptFiles })))).toEqual([]);
    // The state folder has been emptied.
    expect(kept(intake.handleReload(found([reading(result(ours[2]!))])))).toEqual([2n]);
  });

  test("drops the list of a CA that nobody trusts any more, and does not keep it", () => {
    const outcome = intake.handleReload(found([reading(result(ours[2]!))], { trust: trustOf(authorities[1]) }));
    expect(outcome).toMatchObject({ isChanged: true, toKeep: [] });
    expect(inForce()).toEqual({});
  });

  test("goes on with what is in force when the state folder cannot be read, or holds a damaged list", () => {
    const error = new IdentityError("ERR_IDENTITY_FILE_UNREADABLE", "no", { where: { file: "state" } });
    events.length = 0;
    expect(intake.handleReload(found([absent], { kept: error })).isChanged).toBe(false);
    expect(events[0]).toMatchObject({ code: "REVOCATION_REFUSED", level: "error", file: "state" });
    expect(intake.handleReload(found([absent], { kept: [keptAs(4, "damaged")] })).isChanged).toBe(false);
    expect(inForce()).toEqual({ [issuer]: 2n });
  });

  test("says nothing of a kept list that waits for its CA: the reload that saw it go has told so", () => {
    events.length = 0;
    const file = keptAs(2, { lists: [], refused: [untrusted] });
    intake.handleReload(found([absent], { kept: [file], trust: trustOf(authorities[1]) }));
    expect(codes()).toEqual(["REVOCATION_FILE_REMOVED", "REVOCATION_DROPPED"]);
    expect(events[1]).toMatchObject({ number: "2", issuer: expect.stringContaining("demo") });
  });
});

describe("a change", () => {
  test("that is broken is told when it is seen for the second time", () => {
    intake.handleStart(found([absent]));
    const half = { lists: [ours[3]!], refused: [broken] };
    expect(intake.handleChange(found([reading(half, "half")])).isChanged).toBe(false);
    expect(events).toEqual([]);
    expect(intake.sources[0]!.isDue("the stamp of half", now)).toBe(true);
    expect(intake.handleChange(found([reading(half, "half")])).isChanged).toBe(true);
    expect(codes()).toEqual(["REVOCATION_REFUSED", "REVOCATION_LOADED"]);
  });

  test("of which one list is early is due again when that list begins", () => {
    const begin = new Date(now.getTime() + 1000);
    const early = { ...refused("ERR_IDENTITY_LIST_NOT_YET_VALID"), retryAt: begin };
    const read = reading({ lists: [], refused: [early] });
    intake.handleChange(found([read]));
    const source = intake.sources[0]!;
    const { stamp, digest } = read as { stamp: string; digest: string };
    expect(source.hasContent(digest)).toBe(true);
    expect(source.isDue(stamp, new Date(begin.getTime() - 1))).toBe(false);
    expect(source.isDue(stamp, begin)).toBe(true);
    expect(source.hasContent(digest)).toBe(false);
  });

  test("whose content is the same is not looked at again", () => {
    intake.handleChange(found([reading(result(ours[1]!))]));
    events.length = 0;
    intake.handleChange(found([{ kind: "same", stamp: "touched" }]));
    expect(events).toEqual([]);
    expect(intake.sources[0]!.isDue("touched", now)).toBe(false);
  });

  test("that could not be kept is told, and is to be kept by a reload", () => {
    const [list] = intake.handleChange(found([reading(result(ours[1]!))])).toKeep;
    const error = new IdentityError("ERR_IDENTITY_WRITE_FAILED", "the disk is full", { where: { file: "state/x" } });
    intake.handleNotKept(list!, error);
    expect(events.at(-1)).toMatchObject({ code: "REVOCATION_NOT_KEPT", file: "state/x", reason: error.code });
    expect(intake.status(now).lists[0]!.isKept).toBe(false);
    expect(kept(intake.handleReload(found([reading(result(ours[1]!))])))).toEqual([1n]);
  });
});

describe("where lists are required", () => {
  const numbers = (least: bigint | undefined, stamp = "as it was") => {
    return { known: new Map(least === undefined ? [] : [[issuer, least]]), stamp, problems: [] };
  };

  test.each<[string, bigint | undefined, boolean]>([
    ["that nobody vouches for is refused", undefined, false],
    ["older than one that was known is refused", 3n, false],
    ["that somebody vouches for is taken", 2n, true],
  ])("a first list %s", (_, least, isTaken) => {
    open(1, true);
    intake.handleStart(found([reading(result(ours[2]!))], { numbers: numbers(least) }));
    expect(inForce()).toEqual(isTaken ? { [issuer]: 2n } : {});
    expect(intake.status(now).refused).toHaveLength(isTaken ? 0 : 1);
    expect(intake.status(now).doubts.map(({ kind }) => kind)).toEqual(
      isTaken ? ["missing"] : [least === undefined ? "missing" : "lost", "missing"],
    );
  });

  test("a word that comes later makes the file due, once", () => {
    open(1, true);
    intake.handleStart(found([reading(result(ours[2]!))], { numbers: numbers(undefined) }));
    const [source] = intake.sources;
    const content = (): SourceReading => reading(result(ours[2]!), "same content");
    intake.handleChange(found([content()], { numbers: numbers(undefined) }));
    intake.handleNumbersStamp("as it was");
    expect(source!.hasContent("same content")).toBe(true);
    intake.handleNumbersStamp("written");
    expect(source!.hasContent("same content")).toBe(false);
    // The list is refused until it is read: a status that is asked for meanwhile says so.
    expect(intake.status(now).refused).toHaveLength(1);
    expect(intake.handleChange(found([content()], { numbers: numbers(2n, "written") })).isChanged).toBe(true);
    expect(intake.status(now).refused).toEqual([]);
  });

  test("files of numbers that cannot be read, or written, are told", () => {
    open(1, true);
    const problem = new IdentityError("ERR_IDENTITY_LIST_NUMBERS_BROKEN", "no", { where: { file: "0/crl-numbers" } });
    intake.handleStart(found([absent], { numbers: { ...numbers(undefined), problems: [problem] } }));
    intake.handleNumbersNotNoted(problem);
    const told = events.filter(({ file }) => file === "0/crl-numbers").map(({ code }) => code);
    expect(told).toEqual(["REVOCATION_REFUSED", "REVOCATION_NOT_KEPT"]);
  });
});

test("whatever is found in whatever order, the highest list of each CA that was seen is in force, and is kept", () => {
  const list = fc.tuple(fc.nat({ max: 1 }), fc.nat({ max: 4 }));
  const looks = fc.array(
    fc.record({ isReload: fc.boolean(), files: fc.array(fc.array(list, { maxLength: 3 }), { maxLength: 3 }) }),
    {
      maxLength: 8,
    },
  );
  fc.assert(
    fc.property(looks, (all) => {
      open(3);
      intake.handleStart(found([]));
      const highest = new Map<string, bigint>();
      const state = new Map<string, FoundList>();
      for (const { isReload, files } of all) {
        const before = inForce();
        const readings = files.map((each) => reading(result(...each.map(([who, number]) => lists[who]![number]!))));
        for (const [who, number] of files.flat()) {
          if (BigInt(number) > (highest.get(issuers[who]!) ?? -1n)) highest.set(issuers[who]!, BigInt(number));
        }
        const keptFiles = [...state.values()].map(({ issuer: by, number }): KeptReading => {
          return { path: "state", issuer: by, number, content: intake.isKnown(by, number) ? "known" : "damaged" };
        });
        const look = found(readings, { kept: keptFiles });
        const outcome = isReload ? intake.handleReload(look) : intake.handleChange(look);
        for (const each of outcome.toKeep) {
          state.set(each.issuer, each);
          intake.handleKept(each);
        }
        expect(inForce()).toEqual(Object.fromEntries(highest));
        expect(outcome.isChanged).toBe(JSON.stringify(sorted(before)) !== JSON.stringify(sorted(inForce())));
        expect(sorted(Object.fromEntries([...state].map(([by, { number }]) => [by, number])))).toEqual(
          sorted(inForce()),
        );
      }
    }),
    { numRuns: 200 },
  );
});

function sorted(numbers: Record<string, bigint>): string[] {
  return Object.entries(numbers)
    .map(([by, number]) => `${by} ${number}`)
    .toSorted();
}
