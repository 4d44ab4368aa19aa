import { createHash } from "node:crypto";
import { expect, test } from "vitest";
import { nextSecret, packetKey, suitesOf } from "../src/guard/drivers/packet-keys.ts";
import { OwnPacketReader } from "../src/guard/drivers/own-packet-reader.ts";
import { PacketReader } from "../src/guard/drivers/packet-reader.ts";
import { cutShortPacket, hasShortPacket } from "../src/guard/coalesced-packets.ts";
import { PacketWriter } from "./hostile-peer.ts";

const secret = (): Buffer => createHash("sha256").update("a secret").digest();
const [aes128, chacha20] = suitesOf(secret());
const id = new Uint8Array(8).fill(3);
const ping = Buffer.of(1, 0, 0, 0);

test("the keys of a suite are those of RFC 9001, A.5", () => {
  const known = Buffer.from("9ac312a7f877468ebe69422748ad00a15443f18203a07d6060f688f30f21632b", "hex");
  const { key, iv } = packetKey(chacha20!, known);
  expect(key.toString("hex")).toBe("c6d98ff3441c3fe1b2182094f69caa2ed4b716b65488960a7a984979fb23e1c8");
  expect(iv.toString("hex")).toBe("e0459b3474bdd0e44a41c144");
  expect(nextSecret(chacha20!, known).toString("hex")).toBe(
    "1223504755036d556342ee9361d253421a826c9ecdf3c7148684b36b714881f9",
  );
});

test("key updates are followed once the handshake is confirmed, and old keys are over then", () => {
  const reader = new PacketReader(secret(), id.length);
  const writer = new PacketWriter(secret(), id, 0);
  const late = writer.next(ping);
  expect(reader.open(writer.next(ping))).toBeDefined();
  writer.updateKeys();
  expect(reader.open(writer.next(ping)), "too early").toBeUndefined();
  reader.allowUpdates();
  for (let update = 0; update < 5; update++) {
    expect(reader.open(writer.next(ping))).toBeDefined();
    expect(reader.open(writer.next(ping))).toBeDefined();
    writer.updateKeys();
  }
  expect(reader.open(late)).toBeUndefined();
  expect(reader.newest).toBe(12);
});

test.each([0, 1])("the suite is told by the first packet that opens: %i", (at) => {
  const suite = suitesOf(secret())[at]!;
  const reader = new PacketReader(secret(), id.length);
  const writer = new PacketWriter(secret(), id, 0, suite);
  expect(reader.open(new PacketWriter(secret().fill(1), id, 0, suite).next(ping))).toBeUndefined();
  expect(reader.suite).toBeUndefined();
  expect(reader.open(writer.next(ping))).toBeDefined();
  expect(reader.suite).toBe(suite);
});

test("our own packets open behind any number of updates, and with IDs of any length", () => {
  const reader = new OwnPacketReader(aes128!, secret());
  const writer = new PacketWriter(secret(), id, 0);
  for (const updates of [0, 0, 1, 2, 3, 4, 100, 0]) {
    for (let i = 0; i < updates; i++) {
      writer.updateKeys();
      reader.handleUpdate();
    }
    for (const idLength of [8, 8, 0, 20]) {
      writer.id = new Uint8Array(idLength).fill(3);
      // Most of our packets stay unopened.
      writer.number += 1_000;
      const { number } = writer;
      expect(reader.open(writer.next(ping), number, idLength), `${updates} updates, ${idLength} octets`).toBeDefined();
    }
  }
});

test("the sample of RFC 9001, A.5, opens", () => {
  const known = Buffer.from("9ac312a7f877468ebe69422748ad00a15443f18203a07d6060f688f30f21632b", "hex");
  const reader = new OwnPacketReader(chacha20!, known);
  const packet = Buffer.from("4cfe4189655e5cd55c41f69080575d7999c25a5bfb", "hex");
  expect(reader.open(packet.subarray(1), 654_360_564, 0)).toBeUndefined();
  expect([...reader.open(packet, 654_360_564, 0)!]).toEqual([1]);
  reader.forget();
  expect(known.every((octet) => octet === 0)).toBe(true);
  expect(reader.open(packet, 654_360_564, 0)).toBeUndefined();
});

test("keys that are forgotten are zeroed, and open nothing any more", () => {
  const given = secret();
  const reader = new PacketReader(given, id.length);
  const writer = new PacketWriter(secret(), id, 0);
  reader.allowUpdates();
  expect(reader.open(writer.next(ping))).toBeDefined();
  reader.forget();
  expect(given.every((octet) => octet === 0)).toBe(true);
  expect(reader.open(writer.next(ping))).toBeUndefined();
  writer.updateKeys();
  expect(reader.open(writer.next(ping))).toBeUndefined();
  expect(reader.newest).toBe(0);
});

test("a packet opens once", () => {
  const reader = new PacketReader(secret(), id.length);
  const writer = new PacketWriter(secret(), id, 0);
  const packets = Array.from({ length: 200 }, () => writer.next(ping));
  const opened = [...packets.filter((_, i) => i % 3 !== 0), ...packets].filter((packet) => reader.open(packet));
  // A late packet counts as heard once the newest number is 128 above its own.
  expect(opened).toHaveLength(200 - Math.ceil((200 - 128) / 3));
});

const long = (length: number, type = 0xe0): Buffer =>
  Buffer.concat([Buffer.of(type, 0, 0, 0, 1, 2, 7, 7, 1, 9), Buffer.of(0x40, length), Buffer.alloc(length, 0xaa)]);
const short = Buffer.alloc(30, 0x45);

test.each<[string, Buffer, Buffer | undefined]>([
  ["behind one packet", Buffer.concat([long(20), short]), short],
  ["behind two", Buffer.concat([long(20), long(60), short]), short],
  ["alone", long(20), undefined],
  ["without the fixed bit", Buffer.concat([long(20), Buffer.alloc(30, 0x05)]), undefined],
  ["with padding", Buffer.concat([long(20), Buffer.alloc(50)]), undefined],
  ["with a length that lies", Buffer.concat([long(200).subarray(0, 60), short]), undefined],
  ["with a length beyond all numbers", Buffer.concat([long(20).subarray(0, 10), Buffer.alloc(30, 0xff)]), undefined],
  ["behind a Retry", Buffer.concat([long(20, 0xf0), short]), undefined],
  ["cut off in the header", long(20).subarray(0, 8), undefined],
])("a packet with a short header in a datagram with others: %s", (_, datagram, found) => {
  const { length } = datagram;
  expect(hasShortPacket(datagram)).toBe(found !== undefined);
  const packet = cutShortPacket(datagram);
  expect(packet && Buffer.from(packet)).toEqual(found);
  expect(datagram).toHaveLength(length);
  expect(hasShortPacket(datagram)).toBe(false);
});
