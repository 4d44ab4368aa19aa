import { spawnSync } from "node:child_process";
import { chmodSync, mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Random, runs } from "@florenetes/simkit";
import * as fc from "fast-check";
import { afterAll, describe, expect, test } from "vitest";
import { bodyOf, type Signer, signPayload } from "../../src/fact.ts";
import { judge } from "../../src/judge.ts";
import { isCheckpointDue, judgeProposal, type SignerState, type SigningGrounds } from "../../src/log/checkpoint.ts";
import { CheckpointSigner } from "../../src/log/drivers/checkpoint-signer.ts";
import { SignerMemory } from "../../src/log/drivers/signer-memory.ts";
import { LogReader } from "../../src/log/log-reader.ts";
import { differingSections, digestOfSection } from "../../src/log/section-digest.ts";
import { authorityOf, factOf, heldOf } from "../held.ts";
import { alpha, beta, DAY, gamma, MINUTE, NOW, record, root, rootBody } from "../records.ts";
import {
  headAt,
  keyOf,
  policy,
  policyRecord,
  proposal,
  readerAt,
  readOn,
  sections,
  stranger,
} from "./checkpoint-scene.ts";

const base = mkdtempSync(join(tmpdir(), "florenetes-signer-"));
afterAll(() => rmSync(base, { recursive: true, force: true }));

const grounds = (changes: Partial<SigningGrounds> = {}): SigningGrounds => ({
  cluster: "demo",
  log: "main",
  keyId: alpha.keyId,
  state: {},
  reader: readerAt(10),
  policy,
  last: undefined,
  sectionsAt: () => sections,
  now: NOW,
  ...changes,
});

const signedAt = (index: number, epoch: number): SignerState => {
  const { id } = factOf(proposal(index, epoch));
  return { signed: { id, epoch, index, head: headAt(index).hash } };
};

/** The fault of a proposal, or `signs`. */
const outcome = (octets: Uint8Array, changes: Partial<SigningGrounds> = {}): string =>
  judgeProposal(octets, grounds(changes)).fault ?? "signs";

test("a checkpoint is due five minutes or 256 entries behind the last one, at each signer later than at the one before", () => {
  const last = { index: 100, issued: NOW };
  const due = (head: number, place: number, ms: number): boolean => isCheckpointDue(last, head, place, NOW + ms);
  expect([due(100, 0, 299_999), due(100, 0, 300_000), due(100, 2, 319_999), due(100, 2, 320_000)]).toEqual([
    false,
    true,
    false,
    true,
  ]);
  expect([due(355, 0, 0), due(356, 0, 0), due(387, 2, 0), due(388, 2, 0)]).toEqual([false, true, false, true]);
  expect(isCheckpointDue(undefined, 0, 15, NOW)).toBe(true);
});

test("a proposal that signers have signed is a record that the judge accepts, by more than half of them", () => {
  const authority = authorityOf([root(rootBody())]);
  const held = heldOf([policyRecord(7)]);
  const judged = (...keys: readonly Signer[]): unknown => {
    const { payload } = factOf(proposal(5, 1)).envelope;
    const judgement = judge(signPayload(payload, keys), { authority, held, now: NOW, development: false });
    return judgement.isAccepted ? bodyOf(judgement.fact, "checkpoint") : judgement.reason;
  };
  expect(judged(alpha, gamma)).toEqual({ policy: 7, index: 5, head: headAt(5).hash, sections });
  expect(judged(alpha)).toBe("quorum");
  expect(judged(alpha, stranger)).toBe("unknown-key");
});

describe("a signer", () => {
  test("signs what it has read, the next one, and the same one again", () => {
    expect(outcome(proposal(5, 1))).toBe("signs");
    expect(outcome(proposal(0, 1))).toBe("signs");
    expect(outcome(proposal(5, 2), { state: signedAt(5, 1) })).toBe("signs");
    expect(outcome(proposal(6, 2), { state: signedAt(5, 1) })).toBe("signs");
    const again = { state: signedAt(5, 1), last: { epoch: 1, index: 5, issued: NOW }, now: NOW + DAY };
    expect(outcome(proposal(5, 1), again)).toBe("signs");
    expect(judgeProposal(proposal(5, 1), grounds()).state).toEqual(signedAt(5, 1));
  });

  test("does not sign what is no checkpoint of its log", () => {
    expect(outcome(Buffer.from("no record"))).toBe("form");
    expect(outcome(proposal(5, 1, { cluster: "other" }))).toBe("form");
    expect(outcome(proposal(5, 1, { log: "next" }))).toBe("form");
    expect(outcome(record({}))).toBe("form");
    const { body } = factOf(proposal(5, 1));
    const place = { kind: "checkpoint", subject: "main", body, issued: NOW, expires: NOW + DAY };
    expect(outcome(record({ ...place, authority: "control" }))).toBe("form");
    expect(outcome(record({ ...place, authority: "log", scope: "org/acme" }))).toBe("form");
    expect(outcome(record({ ...place, authority: "log", issuer: "alpha" }))).toBe("form");
    expect(outcome(record({ ...place, authority: "log" }))).toBe("signs");
  });

  test("does not sign by another policy than the one in force, or when it is none of its signers", () => {
    expect(outcome(proposal(5, 1, { policy: 6 }))).toBe("policy");
    expect(outcome(proposal(5, 1), { policy: undefined })).toBe("policy");
    expect(outcome(proposal(5, 1), { policy: factOf(record({ epoch: 7 })) })).toBe("policy");
    expect(outcome(proposal(5, 1), { policy: factOf(policyRecord(7, [beta, gamma])) })).toBe("policy");
    expect(outcome(proposal(5, 1), { keyId: stranger.keyId })).toBe("policy");
    const { log } = bodyOf(policy, "policy")!;
    const next = factOf(record({ epoch: 7, body: { log: { ...log!, name: "next" } } }));
    expect(outcome(proposal(5, 1), { policy: next })).toBe("policy");
    expect(outcome(proposal(5, 1), { policy: next, state: signedAt(5, 1) })).toBe("policy");
  });

  test("does not sign what was issued at another time, or lives shorter", () => {
    expect(outcome(proposal(5, 1), { now: NOW + 5 * MINUTE + 1 })).toBe("time");
    expect(outcome(proposal(5, 1), { now: NOW - 5 * MINUTE - 1 })).toBe("time");
    const { body } = factOf(proposal(5, 1));
    const short = { kind: "checkpoint", subject: "main", authority: "log", body, issued: NOW, expires: NOW + MINUTE };
    expect(outcome(record(short))).toBe("time");
  });

  test("does not sign an epoch that is not above those that it has signed or holds", () => {
    expect(outcome(proposal(6, 1), { state: signedAt(5, 1) })).toBe("epoch");
    expect(outcome(proposal(5, 1, { issued: NOW + 1 }), { state: signedAt(5, 1) })).toBe("epoch");
    expect(outcome(proposal(6, 3), { last: { epoch: 3, index: 5, issued: 0 } })).toBe("epoch");
    expect([outcome(proposal(6, NOW)), outcome(proposal(6, NOW + 1))]).toEqual(["signs", "epoch"]);
  });

  test("does not sign a checkpoint that comes sooner than five minutes or 256 entries behind the last one, whatever the clocks say", () => {
    const behind = (ms: number): unknown =>
      outcome(proposal(5, 2), { last: { epoch: 1, index: 5, issued: NOW - ms }, now: NOW + 4 * MINUTE });
    expect([behind(5 * MINUTE - 1), behind(5 * MINUTE)]).toEqual(["soon", "signs"]);
    const entries = (index: number): unknown =>
      outcome(proposal(10, 2), { last: { epoch: 1, index, issued: NOW }, now: NOW });
    expect([entries(10 - 255), entries(10 - 256)]).toEqual(["soon", "signs"]);
  });

  test("signs extensions alone of what it has signed", () => {
    expect(outcome(proposal(4, 2), { state: signedAt(5, 1) })).toBe("behind");
    const other = { index: 5, hash: "ab".repeat(32) };
    expect(outcome(proposal(5, 2, { head: other }), { state: signedAt(5, 1) })).toBe("head");
    expect(outcome(proposal(5, 2, { head: other }))).toBe("head");
    // Not read yet.
    expect(outcome(proposal(6, 2), { reader: readerAt(5) })).toBe("head");
    // Even if the reader has read another log than was signed.
    const state = { signed: { ...signedAt(5, 1).signed!, head: other.hash } };
    expect(outcome(proposal(5, 2), { state })).toBe("head");
  });

  test("does not sign a directory that is not its own", () => {
    expect(outcome(proposal(5, 1), { sectionsAt: () => [] })).toBe("sections");
    expect(outcome(proposal(5, 1, { sections: [{ ...sections[0]!, count: 3 }] }))).toBe("sections");
    const asked: [number, number][] = [];
    outcome(proposal(5, 1, { issued: NOW + 3 }), { sectionsAt: (...at) => (asked.push(at), sections) });
    expect(asked).toEqual([[5, NOW + 3]]);
  });

  test("stops at a fork, for good, and keeps the evidence beside what it has signed", () => {
    const reader = readerAt(10);
    reader.handleCheckpoint({ index: 4, hash: "ab".repeat(32) });
    const fork = { index: 4, hashes: [headAt(4).hash, "ab".repeat(32)] as const };
    const state = signedAt(5, 1);
    expect(judgeProposal(proposal(6, 2), grounds({ reader, state }))).toEqual({
      fault: "fork",
      state: { ...state, fork },
    });
    expect(outcome(proposal(6, 2), { state: { ...state, fork } })).toBe("fork");
    expect(outcome(proposal(5, 1), { state: { ...state, fork } })).toBe("fork");
    // The next log is another one.
    const { log } = bodyOf(policy, "policy")!;
    const next = factOf(record({ epoch: 7, body: { log: { ...log!, name: "next" } } }));
    expect(outcome(proposal(0, 1, { log: "next" }), { log: "next", policy: next })).toBe("signs");
  });
});

describe("the memory of a signer", async () => {
  const place = (name: string) => ({ folder: join(base, name), cluster: "demo", log: "main" });
  const signerOf = (memory: SignerMemory, signer: Signer = alpha): { signer: CheckpointSigner; reader: LogReader } => {
    const reader = readerAt(memory.seen?.index ?? 0, memory.seen);
    return {
      signer: new CheckpointSigner({ cluster: "demo", log: "main", memory, reader, signer: keyOf(signer) }),
      reader,
    };
  };
  const now = { policy, last: undefined, sectionsAt: () => sections, now: NOW };

  /** The ids of the keys that have signed what a signer gives. */
  const signed = async (signer: CheckpointSigner, index: number, epoch: number): Promise<unknown> => {
    const result = await signer.sign(proposal(index, epoch), now);
    return typeof result === "string" ? result : factOf(result).envelope.signatures.map(({ keyId }) => keyId);
  };

  test("outlives the process, and is the owner's alone", async () => {
    const memory = new SignerMemory(place("first/of/all"));
    expect(memory.seen).toBe(undefined);
    const { signer, reader } = signerOf(memory);
    readOn(reader, 10);
    expect(await signed(signer, 5, 1)).toEqual([alpha.keyId]);
    const again = new SignerMemory(place("first/of/all"));
    expect(again.state).toEqual(signedAt(5, 1));
    expect(again.seen).toEqual({ index: 5, hash: headAt(5).hash });
    const next = signerOf(again);
    expect(await next.signer.sign(proposal(6, 2), now)).toBe("head");
    readOn(next.reader, 10);
    expect(await next.signer.sign(proposal(4, 2), now)).toBe("behind");
    expect(await next.signer.sign(proposal(6, 1), now)).toBe("epoch");
    expect(await signed(next.signer, 6, 2)).toEqual([alpha.keyId]);
    const mode = (file: string): number => statSync(join(base, file)).mode & 0o777;
    expect([mode("first/of/all"), mode("first/of/all/checkpoints-main.json")]).toEqual([0o700, 0o600]);
    expect(readdirSync(join(base, "first/of/all"))).toHaveLength(1);
  });

  test("keeps a fork over restarts", async () => {
    const memory = new SignerMemory(place("forked"));
    const { signer, reader } = signerOf(memory);
    readOn(reader, 10);
    reader.handleCheckpoint({ index: 4, hash: "ab".repeat(32) });
    expect(await signer.sign(proposal(5, 1), now)).toBe("fork");
    const next = signerOf(new SignerMemory(place("forked")));
    readOn(next.reader, 10);
    expect(await next.signer.sign(proposal(5, 1), now)).toBe("fork");
  });

  test("goes with a reader that begins where it has signed", async () => {
    const memory = new SignerMemory(place("begun"));
    const { signer, reader } = signerOf(memory);
    readOn(reader, 5);
    await signer.sign(proposal(5, 1), now);
    const other = new LogReader({
      cluster: "demo",
      name: "main",
      judge: () => undefined,
      seen: { index: 5, hash: "ab".repeat(32) },
    });
    for (const wrong of [readerAt(0), other]) {
      const options = { cluster: "demo", log: "main", memory, reader: wrong, signer: keyOf(alpha) };
      expect(() => new CheckpointSigner(options)).toThrow(RangeError);
    }
  });

  const broken = {
    "is cut": '{"cluster":"demo","log":"ma',
    "is empty": "",
    "is of another log": '{"cluster":"demo","log":"next"}',
    "is of another cluster": '{"cluster":"other","log":"main"}',
    "has more in it": '{"cluster":"demo","log":"main","more":1}',
    "is large": " ".repeat(1_000_000),
  };
  test.each(Object.entries(broken))("that %s is refused: nothing begins anew", (name, text) => {
    mkdirSync(join(base, name));
    writeFileSync(join(base, name, "checkpoints-main.json"), text);
    expect(() => new SignerMemory(place(name))).toThrow(expect.objectContaining({ code: "ERR_LOG_SIGNER_MEMORY" }));
  });

  test("that cannot be written: nothing is signed", async () => {
    const memory = new SignerMemory(place("unwritable"));
    const { signer, reader } = signerOf(memory);
    readOn(reader, 10);
    // Something is in the way of the file that is written first.
    mkdirSync(join(base, "unwritable/checkpoints-main.json.next"), { recursive: true });
    const refused: unknown = expect.objectContaining({ code: "ERR_LOG_SIGNER_MEMORY" });
    await expect(signer.sign(proposal(5, 1), now)).rejects.toEqual(refused);
    expect(memory.state).toEqual({});
    rmSync(join(base, "unwritable/checkpoints-main.json.next"), { recursive: true });
    expect(await signed(signer, 5, 1)).toEqual([alpha.keyId]);
  });

  test.skipIf(process.getuid?.() === 0)("in a folder that is closed to us", async () => {
    mkdirSync(join(base, "closed"));
    chmodSync(join(base, "closed"), 0o000);
    expect(() => new SignerMemory(place("closed"))).toThrow(expect.objectContaining({ code: "ERR_LOG_SIGNER_MEMORY" }));
  });

  test(
    "on a signer that is killed before each call of the system: never two at odds, and what was told stays so",
    { timeout: 120_000 },
    async () => {
      const program = new URL("./sign-and-tell.ts", import.meta.url).pathname;
      /** A life that ends before a call, and what it has told. */
      const dying = (folder: string, index: number, call: number): string => {
        const argv = ["--conditions=@florenetes/source", program, folder, String(index), String(call)];
        return spawnSync(process.execPath, argv, { encoding: "utf8" }).stdout;
      };
      const live = async (name: string, index: number): Promise<string> => {
        const { signer, reader } = signerOf(new SignerMemory(place(name)));
        readOn(reader, 10);
        const result = await signer.sign(proposal(index, 1), now);
        return typeof result === "string" ? result : "signed";
      };
      const outcomes = new Set<string>();
      let call = 1;
      for (let first = ""; first === "" && call < 50; call++) {
        const name = `killed-${call}`;
        first = dying(join(base, name), 5, call);
        // Another one of the same epoch, which is in order by itself.
        const second = await live(name, 4);
        const third = await live(name, 5);
        expect(["signed", "epoch"]).toContain(second);
        expect(third).toBe(second === "signed" ? "epoch" : "signed");
        if (first !== "") expect([first, second]).toEqual(["signed\n", "epoch"]);
        outcomes.add(`${first}${second}`);
      }
      // The signer was killed before the file had its name, behind that and before the signature was told, and not at all.
      expect([...outcomes]).toEqual(["signed", "epoch", "signed\nepoch"]);
      expect(call).toBeGreaterThan(8);
    },
  );

  test("no sequence of proposals, restarts and failing disks brings a signer to sign two at odds", async () => {
    for (let seed = 0; seed < runs(200, 20); seed++) {
      const random = new Random(seed);
      const folder = `random-${seed}`;
      const signed: { index: number; epoch: number; id: string; head: string }[] = [];
      let { signer, reader } = signerOf(new SignerMemory(place(folder)));
      let read = 0;
      for (let step = 0; step < 30; step++) {
        const choice = random.below(10);
        if (choice === 0) {
          const memory = new SignerMemory(place(folder));
          ({ signer, reader } = signerOf(memory));
          read = memory.seen?.index ?? 0;
        } else if (choice === 1) {
          read = random.between(read, 10);
          readOn(reader, read);
        } else {
          const head = random.chance(0.8)
            ? headAt(random.below(11))
            : { index: random.below(11), hash: "ab".repeat(32) };
          const octets = proposal(head.index, random.between(1, 12), { head, issued: NOW + random.below(3) });
          const blocker = join(base, folder, "checkpoints-main.json.next");
          const isBlocked = random.chance(0.1);
          if (isBlocked) mkdirSync(blocker, { recursive: true });
          try {
            const result = await signer.sign(octets, now);
            const fact = factOf(octets);
            const body = bodyOf(fact, "checkpoint")!;
            if (typeof result !== "string") signed.push({ ...body, epoch: fact.epoch, id: fact.id });
          } catch (error) {
            expect(error).toMatchObject({ code: "ERR_LOG_SIGNER_MEMORY" });
          }
          if (isBlocked) rmSync(blocker, { recursive: true });
        }
      }
      for (const [at, a] of signed.entries()) {
        expect(a.head).toBe(headAt(a.index).hash);
        for (const b of signed.slice(at + 1)) {
          if (a.epoch === b.epoch) expect(a.id).toBe(b.id);
          else expect(b.epoch > a.epoch && b.index >= a.index).toBe(true);
        }
      }
    }
  });
});

describe("sections", () => {
  test("have one hash whatever the order of the records, and another one for any other records", () => {
    const id = fc.uint8Array({ minLength: 32, maxLength: 32 }).map((octets) => Buffer.from(octets).toString("hex"));
    fc.assert(
      fc.property(fc.uniqueArray(id, { maxLength: 8 }), fc.nat(7), (ids, gone) => {
        const all = digestOfSection("entry", ids);
        expect(digestOfSection("entry", ids.toReversed())).toEqual(all);
        expect(all.count).toBe(ids.length);
        const fewer = ids.toSpliced(gone, 1);
        if (fewer.length < ids.length) expect(digestOfSection("entry", fewer).hash).not.toBe(all.hash);
      }),
    );
  });

  test("differ by name, count and hash; one that is not there has no records", () => {
    const [one, two] = [digestOfSection("entry", ["ab".repeat(32)]), digestOfSection("public", ["cd".repeat(32)])];
    expect(differingSections([one, two], [two, one])).toEqual([]);
    expect(differingSections([one, two, digestOfSection("org/acme", [])], [two, one])).toEqual([]);
    expect(differingSections([one, two], [one])).toEqual(["public"]);
    expect(differingSections([one, two], [two, { ...one, count: 2 }])).toEqual(["entry"]);
    expect(differingSections([], [two, one])).toEqual(["entry", "public"]);
  });
});
