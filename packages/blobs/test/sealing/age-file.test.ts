import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { altered, Random, runs } from "@florenetes/simkit";
import { Decrypter, Encrypter, generateHybridIdentity, generateIdentity, identityToRecipient } from "age-encryption";
import { afterAll, expect, test } from "vitest";
import { opened, sealed } from "../../src/sealing/age-file.ts";
import { AGE_HEADER_SIZE_MAX } from "../../src/sealing/limits.ts";
import { gather, openNote, only, sealNote } from "../../src/sealing/object-note.ts";

const folder = mkdtempSync(join(tmpdir(), "florenetes-age-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const identity = await generateIdentity();
const recipient = await identityToRecipient(identity);
const strange = await generateIdentity();

const plain = (size: number): Buffer => Buffer.from(Array.from({ length: size }, (_, at) => (at * 7) % 251));
async function* pieces(octets: Uint8Array, size: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < octets.length; at += size) yield octets.subarray(at, at + size);
}
const seal = (octets: Uint8Array, ...recipients: string[]): Promise<Buffer> =>
  gather(sealed(pieces(octets, 10_007), recipients));
const unseal = (octets: Uint8Array, ...identities: string[]): Promise<Buffer> =>
  gather(opened(pieces(octets, 9_973), identities));

const SIZES = [0, 1, 65_535, 65_536, 65_537, 131_072, 300_000];

test.each(SIZES)("%i octets are sealed and opened, by the library as well, in both directions", async (size) => {
  const octets = plain(size);
  const file = await seal(octets, recipient);
  expect((await unseal(file, strange, identity)).equals(octets)).toBe(true);
  const decrypter = new Decrypter();
  decrypter.addIdentity(identity);
  expect(Buffer.from(await decrypter.decrypt(file)).equals(octets)).toBe(true);
  const encrypter = new Encrypter();
  encrypter.addRecipient(recipient);
  expect((await unseal(await encrypter.encrypt(octets), identity)).equals(octets)).toBe(true);
});

test.skipIf(spawnSync("age", ["--version"]).status !== 0)(
  "age opens what is sealed here, and what age seals is opened",
  async () => {
    const key = join(folder, "key.txt");
    writeFileSync(key, `# a comment\n${identity}\n`);
    for (const size of SIZES) {
      const octets = plain(size);
      const there = spawnSync("age", ["-d", "-i", key], { input: await seal(octets, recipient) });
      expect({ status: there.status, isSame: there.stdout.equals(octets) }).toEqual({ status: 0, isSame: true });
      const back = spawnSync("age", ["-r", recipient], { input: octets });
      expect((await unseal(back.stdout, identity)).equals(octets)).toBe(true);
    }
  },
);

test("each of several recipients opens it, also one that quantum computers do not break, and nobody else", async () => {
  const other = await generateIdentity();
  const file = await seal(plain(10), recipient, await identityToRecipient(other));
  expect(await unseal(file, identity)).toEqual(plain(10));
  expect(await unseal(file, other)).toEqual(plain(10));
  await expect(unseal(file, strange)).rejects.toMatchObject({ code: "ERR_STORAGE_SEALED" });
  const hybrid = await generateHybridIdentity();
  expect(await unseal(await seal(plain(10), await identityToRecipient(hybrid)), hybrid)).toEqual(plain(10));
});

test.each([[[]], [["age1nonsense"]], [[recipient, "ssh-ed25519 AAAA"]]])(
  "nothing is sealed for %j",
  async (recipients) => {
    await expect(seal(plain(10), ...recipients)).rejects.toMatchObject({ code: "ERR_STORAGE_RECIPIENTS" });
  },
);

test("what is not whole, or was changed, is opened to no end", async () => {
  const octets = plain(2 * 65_536 + 100);
  const file = await seal(octets, recipient);
  const header = file.indexOf("\n--- ");
  const refused = { code: "ERR_STORAGE_SEALED" };
  const chunk = 65_536 + 16;
  const begin = file.length - (2 * chunk + 116);
  // Cut between chunks, at their tags, and in the header; with a chunk less; with one twice; with more behind.
  const changed = [
    file.subarray(0, begin + chunk),
    file.subarray(0, begin),
    file.subarray(0, file.length - 1),
    file.subarray(0, header),
    Buffer.concat([file.subarray(0, begin), file.subarray(begin + chunk)]),
    Buffer.concat([file.subarray(0, begin + chunk), file.subarray(begin)]),
    Buffer.concat([file, Buffer.alloc(1)]),
    Buffer.alloc(0),
    Buffer.alloc(10 * AGE_HEADER_SIZE_MAX, "age-encryption.org/v1\n-> X25519 "),
  ];
  for (const each of changed) await expect(unseal(each, identity)).rejects.toMatchObject(refused);
  const random = new Random(1);
  for (let run = 0; run < runs(2_000, 200); run++) {
    const other = altered(random, file, () => Buffer.from("\n--- "));
    if (other.equals(file)) continue;
    await expect(unseal(other, identity)).rejects.toMatchObject(refused);
  }
});

test("a note has its name, size and time for those who may read, and nothing for others", async () => {
  const note = { name: "Straße 1.pdf", size: 12, time: "2026-11-30T12:00:00.000Z" };
  const text = await sealNote(
    note,
    Array.from({ length: 16 }, () => recipient),
  );
  expect(await openNote(text, [identity])).toEqual(note);
  expect(await openNote(text, [strange])).toBeUndefined();
  expect(await openNote("bm8gYWdlIGZpbGU=", [identity])).toBeUndefined();
  const other = (await gather(sealed(only(Buffer.from('{"name":""}')), [recipient]))).toString("base64");
  expect(await openNote(other, [identity])).toBeUndefined();
  const hybrid = await identityToRecipient(await generateHybridIdentity());
  const many = sealNote(
    note,
    Array.from({ length: 4 }, () => hybrid),
  );
  await expect(many).rejects.toMatchObject({ code: "ERR_STORAGE_RECIPIENTS" });
});
