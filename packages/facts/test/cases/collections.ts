/** Collections: objects that an organization keeps at several nodes. */
import { testKey, type TestKey } from "../keys.ts";
import * as make from "../records.ts";
import { control, DAY, type Members, MINUTE, NOW, update } from "../records.ts";
import { accept, type Case, held, refuse } from "./scene.ts";

const storage: TestKey[] = ["storage a", "storage b"].map(testKey);
const withStorage = make.root(
  make.rootBody({
    authorities: {
      root: make.listOf(make.root1, 2),
      control: make.listOf(control, 3),
      update: make.listOf(update, 2),
      storage: make.listOf(storage, 2),
    },
  }),
);
const grounds = { roots: [withStorage], held };

const holders = ["alpha", "beta", "gamma"].map((node, at) => ({ node, domain: at < 2 ? "north" : "south" }));
const kept = {
  copies: 3,
  holders,
  readers: ["user/bob"],
  writers: ["user/alice", "service/backup"],
  retention: 2_592_000,
  unretained: ["locks"],
  "recovery-epoch": 1,
  budget: 1_000_000_000_000,
  recipients: [`age1${"q".repeat(58)}`],
};
const life = { issued: NOW - MINUTE, expires: NOW + 30 * DAY };

function collection(members: Members = {}, body: Members = {}, signers: readonly TestKey[] = storage): Buffer {
  const who = { kind: "collection", scope: "org/acme", subject: "backups", authority: "storage" };
  return make.record({ ...who, ...life, body: { ...kept, ...body }, ...members }, signers);
}

const many = (count: number): readonly unknown[] =>
  Array.from({ length: count }, (_, at) => ({ node: `n${at}`, domain: "north" }));

const good = (name: string, octets: Buffer): Case => accept(name, octets, grounds);
const bad = (reason: Parameters<typeof refuse>[0], name: string, octets: Buffer): Case =>
  refuse(reason, name, octets, grounds);

export const collections: readonly Case[] = [
  good("a collection", collection()),
  good("a collection of the cluster", collection({ scope: "cluster" })),
  good("a collection with a manifest", collection({}, { manifest: "5b".repeat(32) })),
  good("a collection that nobody writes any more", collection({}, { writers: [], readers: [], recipients: [] })),
  good("a collection of 32 holders in one place", collection({}, { holders: many(32), copies: 5 })),
  good("a void collection", collection(make.voided(90, {}))),
  bad("body", "a collection of 33 holders", collection({}, { holders: many(33) })),
  bad("body", "a collection of fewer holders than copies", collection({}, { copies: 4 })),
  bad("body", "a collection of one copy", collection({}, { copies: 1 })),
  bad("body", "a collection of six copies", collection({}, { holders: many(6), copies: 6 })),
  bad(
    "body",
    "a collection with a holder twice",
    collection({}, { holders: [...holders, { node: "beta", domain: "x" }] }),
  ),
  bad("body", "a collection that a vertex writes", collection({}, { writers: ["vertex/alpha"] })),
  bad("body", "a collection whose reader has a path", collection({}, { readers: ["user/../alice"] })),
  bad("body", "a collection with a writer twice", collection({}, { writers: ["user/alice", "user/alice"] })),
  bad("body", "a collection for more than ten years", collection({}, { retention: 315_360_001 })),
  bad("body", "a collection sealed for nobody of age", collection({}, { recipients: ["ssh-ed25519 AAAA"] })),
  bad("body", "a collection with a recipient too long", collection({}, { recipients: [`age1${"q".repeat(125)}`] })),
  bad("body", "a collection without a recovery epoch", collection({}, { "recovery-epoch": undefined })),
  bad("body", "a collection with a path that is not retained", collection({}, { unretained: ["locks/a"] })),
  bad("body", "a collection with a manifest that is no hash", collection({}, { manifest: "5b" })),
  bad("subject", "a collection with a path as a name", collection({ subject: "backups/a" })),
  bad("authority", "a collection by another quorum", collection({ authority: "control" }, {}, control)),
  bad("quorum", "a collection that one has signed", collection({}, {}, storage.slice(0, 1))),
  bad("lifetime", "a collection for more than 90 days", collection({ expires: NOW + 91 * DAY })),
  refuse("authority", "a collection where the root has no such quorum", collection()),
];
