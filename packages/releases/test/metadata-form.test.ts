import { sign } from "node:crypto";
import { Metadata, MetadataKind, Signature } from "@tufjs/models";
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { signedOctetsOf, writeMetadata } from "../src/authoring/index.ts";
import { COMMAS_MAX, DEPTH_MAX, TARGETS_MAX } from "../src/repository/limits.ts";
import { checkForm, findShapeFault, type Role, SIZES_MAX } from "../src/repository/metadata-form.ts";
import { TrustedRepository } from "../src/repository/trusted-repository.ts";
import { MadeRepository, NOW, sha256 } from "./made-repository.ts";
import type { TestKey } from "../src/testing/signed-metadata.ts";

interface RootJson {
  signatures: unknown[];
  signed: Record<string, unknown> & {
    keys: Record<string, { keytype: string; scheme: string; keyval: { public: string } }>;
    roles: Record<string, { keyids: string[]; threshold: number }>;
  };
}

const repository = new MadeRepository();
const whole = JSON.parse(repository.firstRoot.toString("utf8")) as RootJson;
const [firstId, secondId] = Object.keys(whole.signed.keys) as [string, string];

function codeOfForm(role: Role, octets: Uint8Array): string | undefined {
  try {
    checkForm(role, octets, "a file");
    return undefined;
  } catch (error) {
    return (error as { readonly code: string }).code;
  }
}

function codeOfRoot(change: (root: RootJson) => void): string | undefined {
  const root = structuredClone(whole);
  change(root);
  return codeOfForm("root", Buffer.from(JSON.stringify(root)));
}

test("the files of a repository are in form, with members that nobody knows yet, too", () => {
  expect(codeOfRoot(() => undefined)).toBeUndefined();
  expect(codeOfRoot(({ signed: root }) => (root["x-later"] = { of: ["us"] }))).toBeUndefined();
});

describe("one key twice", () => {
  const cases: readonly [string, (root: RootJson) => void][] = [
    [
      "under two ids",
      ({ signed: { keys, roles } }) => {
        keys["ab".repeat(32)] = keys[firstId]!;
        roles["targets"]!.keyids = [firstId, "ab".repeat(32)];
      },
    ],
    ["under the id of another key", ({ signed: { keys } }) => (keys[secondId] = keys[firstId]!)],
    [
      "in upper case",
      ({ signed: { keys } }) => {
        const { public: key } = keys[firstId]!.keyval;
        keys[secondId] = { ...keys[firstId]!, keyval: { public: key.toUpperCase() } };
      },
    ],
    ["with a member more", ({ signed: { keys } }) => (keys[secondId] = Object.assign({ x: 1 }, keys[firstId]))],
    ["twice in a role", ({ signed: { roles } }) => (roles["root"]!.keyids = [firstId, firstId])],
  ];
  test.each(cases)("is refused %s", (_, change) => expect(codeOfRoot(change)).toBe("ERR_RELEASE_KEY_TWICE"));

  test("of another form than a text is a wrong form, and no mistake of the reader", () => {
    for (const odd of [{ toString: 1 }, null, 7, [["x"]], { toLowerCase: "x" }]) {
      expect(codeOfRoot(({ signed: { roles } }) => (roles["root"]!.keyids = [odd, odd] as never))).toBe(
        "ERR_RELEASE_FORM",
      );
      const wrong = { keytype: "ed25519", scheme: "ed25519", keyval: { public: odd } };
      expect(codeOfRoot(({ signed: { keys } }) => (keys[firstId] = wrong as never))).toBe("ERR_RELEASE_FORM");
    }
  });

  test("would count twice for the library, which goes by the ids that the author has written", () => {
    const root = structuredClone(whole);
    const other = "ab".repeat(32);
    root.signed.keys[other] = root.signed.keys[firstId]!;
    root.signed.roles["root"] = { keyids: [firstId, other], threshold: 2 };
    const [alice] = repository.operators as [TestKey];
    const metadata = Metadata.fromJSON(MetadataKind.Root, root as never);
    const sig = sign(null, signedOctetsOf(metadata), alice.privateKey).toString("hex");
    for (const keyID of [firstId, other]) metadata.signatures[keyID] = new Signature({ keyID, sig });
    expect(() => metadata.verifyDelegate("root", metadata)).not.toThrow();
    expect(codeOfForm("root", writeMetadata(metadata))).toBe("ERR_RELEASE_KEY_TWICE");
  });
});

describe("what is no form of a root", () => {
  const cases: readonly [string, (root: RootJson) => void][] = [
    [
      "an id that is not its key's",
      ({ signed: { keys } }) => {
        keys["ab".repeat(32)] = keys[firstId]!;
        delete keys[firstId];
      },
    ],
    ["another algorithm", ({ signed: { keys } }) => (keys[firstId]!.keytype = "rsa")],
    ["no threshold", ({ signed: { roles } }) => (roles["root"]!.threshold = 0)],
    ["a part of a threshold", ({ signed: { roles } }) => (roles["root"]!.threshold = 0.5)],
    ["a version that is none", ({ signed: root }) => (root["version"] = 1.5)],
    ["a version below 1", ({ signed: root }) => (root["version"] = -1)],
    ["a time without a zone", ({ signed: root }) => (root["expires"] = "2999-01-01T00:00:00")],
    ["files without versions in their names", ({ signed: root }) => (root["consistent_snapshot"] = false)],
    ["a role too few", ({ signed: { roles } }) => delete roles["timestamp"]],
    ["a role too many", ({ signed: { roles } }) => (roles["mirrors"] = roles["root"]!)],
    ["another specification", ({ signed: root }) => (root["spec_version"] = "2.0.0")],
    ["two signatures of one key", ({ signatures }) => signatures.push(signatures[0])],
    ["a signature of another length", ({ signatures }) => signatures.push({ keyid: "ab".repeat(32), sig: "00" })],
    ["too many signatures", (root) => (root.signatures = Array.from({ length: 33 }, () => root.signatures[0]))],
  ];
  test.each(cases)("%s", (_, change) => expect(codeOfRoot(change)).toBe("ERR_RELEASE_FORM"));

  test.each([
    ["nothing", ""],
    ["null", "null"],
    ["no JSON", "{"],
    ["a list", "[]"],
    ["a byte order mark", "\u{FEFF}{}"],
    ["depth", "[".repeat(60_000)],
    ["depth in an object", `{"signed":${'{"a":'.repeat(DEPTH_MAX)}1${"}".repeat(DEPTH_MAX + 1)}`],
    ["members", `[${"1,".repeat(COMMAS_MAX + 1)}1]`],
    ["null for all", '{"signed":{"keys":null,"roles":{"root":null}},"signatures":null}'],
    ["texts for all", '{"signed":{"keys":{"a":"b"},"roles":{"root":"c"}},"signatures":""}'],
  ])("%s", (_, text) => {
    for (const role of ["root", "timestamp", "snapshot", "targets"] as const)
      expect(codeOfForm(role, Buffer.from(text))).toMatch(/^ERR_RELEASE_(?:FORM|TOO_LONG)$/);
  });

  test("octets that are no UTF-8, and more of them than a file may have", () => {
    expect(codeOfForm("root", Buffer.of(0xff))).toBe("ERR_RELEASE_FORM");
    for (const role of ["root", "timestamp", "snapshot", "targets"] as const)
      expect(codeOfForm(role, Buffer.alloc(SIZES_MAX[role] + 1, " "))).toBe("ERR_RELEASE_TOO_LONG");
  });
});

test("anything is either in form or refused with a code, and quickly", () => {
  const anything = fc.oneof(fc.json({ maxDepth: 20 }), fc.string());
  fc.assert(
    fc.property(anything, fc.constantFrom("root", "timestamp", "snapshot", "targets"), (text, role) => {
      expect(codeOfForm(role, Buffer.from(text))).toMatch(/^ERR_RELEASE_(?:FORM|TOO_LONG|KEY_TWICE)$/);
    }),
  );
});

test("brackets, commas and escapes within strings are no structure", () => {
  const text = JSON.stringify({ a: "[".repeat(100), b: '\\"{{{{{{{{{{{{{{{{{{{{', c: ",".repeat(COMMAS_MAX + 1) });
  expect(findShapeFault(text)).toBeUndefined();
  expect(findShapeFault(JSON.stringify(JSON.stringify([[[[[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]]]]])))).toBeUndefined();
});

test("as many targets as may be are read in a moment, and one more is refused", { timeout: 60_000 }, () => {
  const full = new MadeRepository();
  full.publishTargets(
    Array.from({ length: TARGETS_MAX }, (_, index) => [`florenetes-node_0.1.${index}_amd64.deb`, Buffer.of(index)]),
  );
  const read = (path: string): Buffer => full.files.get(`metadata/${path}`)!;
  expect(codeOfForm("targets", read("2.targets.json"))).toBeUndefined();
  const more = JSON.parse(read("2.targets.json").toString("utf8")) as { signed: { targets: Record<string, unknown> } };
  more.signed.targets["florenetes-vpn_0.1.0_amd64.deb"] = { length: 1, hashes: { sha256: sha256(Buffer.of(1)) } };
  expect(codeOfForm("targets", Buffer.from(JSON.stringify(more)))).toBe("ERR_RELEASE_FORM");
  const began = process.cpuUsage();
  const trusted = new TrustedRepository(full.firstRoot, NOW);
  trusted.addTimestamp(read("timestamp.json"));
  trusted.addSnapshot(read("2.snapshot.json"), false);
  trusted.addTargets(read("2.targets.json"));
  expect(process.cpuUsage(began).user).toBeLessThan(5_000_000);
  expect(trusted.target(`florenetes-node_0.1.${TARGETS_MAX - 1}_amd64.deb`)).toBeDefined();
});

test("the first root of a reader has to be signed by its own quorum", () => {
  const unsigned = Buffer.from(JSON.stringify({ ...whole, signatures: whole.signatures.slice(1, 2) }));
  expect(() => new TrustedRepository(unsigned, NOW)).toThrow(
    expect.objectContaining({ code: "ERR_RELEASE_SIGNATURES" }),
  );
});
