import { createCipheriv } from "node:crypto";
import { describe, expect, test } from "vitest";
import { PacketCipher, PacketOpener } from "../src/index.ts";

/** RFC 9001, A.5: a packet of one PING, sealed with ChaCha20-Poly1305 and no connection ID. Its number is 654360564. */
const sample = {
  key: "c6d98ff3441c3fe1b2182094f69caa2ed4b716b65488960a7a984979fb23e1c8",
  iv: "e0459b3474bdd0e44a41c144",
  headerKey: "25a282b9e82f06f21f488917a4fc8f1b73573685608597d0efcb076b0ab7a7a4",
  packet: "4cfe4189655e5cd55c41f69080575d7999c25a5bfb",
};
const bytes = (hex: string): Buffer => Buffer.from(hex, "hex");

test("the sample packet of RFC 9001 opens, and is left as it was", () => {
  const opener = new PacketOpener(PacketCipher.chacha20Poly1305, bytes(sample.headerKey), 0);
  opener.setKey(0, bytes(sample.key), bytes(sample.iv));
  opener.newest = 654_360_563;
  const packet = bytes(sample.packet);
  expect([...opener.open(packet)!]).toEqual([1]);
  expect(opener.number).toBe(654_360_564);
  expect(opener.newest).toBe(654_360_564);
  expect(packet.toString("hex")).toBe(sample.packet);
});

test("an opener that has forgotten its keys opens nothing any more, whatever it is given", () => {
  const opener = new PacketOpener(PacketCipher.chacha20Poly1305, bytes(sample.headerKey), 0);
  opener.setKey(0, bytes(sample.key), bytes(sample.iv));
  opener.newest = 654_360_563;
  opener.forget();
  expect(opener.open(bytes(sample.packet))).toBeUndefined();
  opener.setKey(0, bytes(sample.key), bytes(sample.iv));
  expect(opener.open(bytes(sample.packet))).toBeUndefined();
  opener.forget();
});

describe.each([
  ["AES-128-GCM", PacketCipher.aes128Gcm, 16],
  ["AES-256-GCM", PacketCipher.aes256Gcm, 32],
] as const)("%s", (_, cipher, keyLength) => {
  const headerKey = Buffer.alloc(keyLength, 1);
  const keys = [Buffer.alloc(keyLength, 2), Buffer.alloc(keyLength, 3)] as const;
  const iv = Buffer.alloc(12, 4);
  const id = Buffer.from("12345678");

  function opener(): PacketOpener {
    const made = new PacketOpener(cipher, headerKey, id.length);
    made.setKey(0, keys[0], iv);
    return made;
  }

  /** RFC 9001, 5.3 and 5.4, with a packet number of `octets` octets. */
  function seal(number: number, frames: Buffer, { phase = 0, octets = 4 } = {}): Buffer {
    const low = Buffer.alloc(8);
    low.writeBigUInt64BE(BigInt(number));
    const head = Buffer.concat([Buffer.of(0x40 | (phase << 2) | (octets - 1)), id, low.subarray(8 - octets)]);
    const nonce = Buffer.from(iv);
    low.forEach((octet, i) => (nonce[4 + i]! ^= octet));
    const gcm = createCipheriv(`aes-${(8 * keyLength) as 128 | 256}-gcm`, keys[phase]!, nonce).setAAD(head);
    const sealed = Buffer.concat([gcm.update(frames), gcm.final(), gcm.getAuthTag()]);
    const at = 4 - octets;
    const mask = createCipheriv(`aes-${8 * keyLength}-ecb`, headerKey, null).update(sealed.subarray(at, at + 16));
    head[0]! ^= mask[0]! & 0x1f;
    for (let i = 0; i < octets; i++) head[head.length - octets + i]! ^= mask[1 + i]!;
    return Buffer.concat([head, sealed]);
  }

  test("packets of all sizes open, and no changed or shortened one does", () => {
    const one = opener();
    for (let size = 4; size < 1_500; size += 37) {
      const frames = Buffer.alloc(size, size);
      const packet = seal(size, frames);
      expect(Buffer.compare(one.open(packet)!, frames)).toBe(0);
      expect(one.number).toBe(size);
      for (let at = 0; at < packet.length; at += 1 + Math.floor(packet.length / 50)) {
        const changed = Buffer.from(packet);
        changed[at]! ^= 0x10;
        // The seal covers the connection ID, too, which the opener does not look for itself, and all of the first byte but the form.
        expect(one.open(changed)).toBeUndefined();
        expect(one.open(packet.subarray(0, at))).toBeUndefined();
      }
      expect(one.newest).toBe(size);
    }
  });

  test("the number is told from its low octets, by the newest one (RFC 9000, A.3)", () => {
    const one = opener();
    const numbers: [number, number][] = [
      [0xa82f30ea, 4],
      [0xa82f9b32, 2],
      [0xa82f9b31, 1],
      [0xa82f9bb2, 1],
      [0xa82f9c02, 1],
      [0xa82f9bff, 1],
      [0x1_2800_0000, 4],
    ];
    for (const [number, octets] of numbers) {
      expect(one.open(seal(number, Buffer.alloc(20), { octets }))).toHaveLength(20);
      expect(one.number).toBe(number);
    }
    expect(one.newest).toBe(0x1_2800_0000);
  });

  test("each packet opens once, and none that is 128 numbers late", () => {
    const one = opener();
    for (const number of [300, 299, 173]) expect(one.open(seal(number, Buffer.alloc(20)))).toHaveLength(20);
    for (const number of [300, 299, 173, 172]) expect(one.open(seal(number, Buffer.alloc(20)))).toBeUndefined();
  });

  test("new keys begin with a new number, and old ones are over then", () => {
    const one = opener();
    expect(one.open(seal(10, Buffer.alloc(20)))).toHaveLength(20);
    expect(one.open(seal(11, Buffer.alloc(20), { phase: 1 })), "no keys yet").toBeUndefined();
    expect(one.lacksKey).toBe(true);
    one.setKey(1, keys[1], iv);
    expect(one.open(seal(9, Buffer.alloc(20), { phase: 1 })), "an old number").toBeUndefined();
    expect(one.phase).toBe(0);
    expect(one.open(seal(11, Buffer.alloc(20), { phase: 1 }))).toHaveLength(20);
    expect(one.phase).toBe(1);
    expect(one.open(seal(8, Buffer.alloc(20))), "old keys").toBeUndefined();
    expect(one.open(seal(12, Buffer.alloc(20))), "old keys, which are gone").toBeUndefined();
    expect(one.lacksKey).toBe(true);
    expect(one.open(seal(13, Buffer.alloc(20), { phase: 1 }))).toHaveLength(20);
    expect(one.open(seal(12, Buffer.alloc(20), { phase: 1 })), "late, of the new keys").toHaveLength(20);
  });
});

test("what is no key and no packet is refused or not opened", () => {
  expect(() => new PacketOpener(PacketCipher.aes128Gcm, new Uint8Array(15), 8)).toThrow(TypeError);
  expect(() => new PacketOpener(PacketCipher.aes128Gcm, new Uint8Array(16), 21)).toThrow(TypeError);
  const one = new PacketOpener(PacketCipher.aes128Gcm, new Uint8Array(16), 20);
  expect(() => one.setKey(0, new Uint8Array(16), new Uint8Array(11))).toThrow(TypeError);
  expect(one.open(new Uint8Array(1_200)), "without keys").toBeUndefined();
  one.setKey(0, new Uint8Array(16), new Uint8Array(12));
  for (const length of [0, 1, 20, 40, 41, 1_200, 65_536, 100_000]) {
    expect(one.open(new Uint8Array(length))).toBeUndefined();
  }
});
