import { createCipheriv, createDecipheriv, randomBytes } from "node:crypto";
import { expect, test } from "vitest";
import { handshakeClosePackets } from "../src/portable/drivers/handshake-close.ts";
import { headerKey, packetKey, suitesOf } from "../src/guard/drivers/packet-keys.ts";
import { parsePacketHeader } from "../src/packet-header.ts";

const ids = { destination: Uint8Array.of(1, 2, 3, 4), source: new Uint8Array(0) };
/** The offset of the packet number, with these IDs. */
const NUMBER_AT = 5 + 1 + 4 + 1 + 2;

type Sealing = readonly [length: number, at: number, cipher: "aes-128-gcm" | "aes-256-gcm" | "chacha20-poly1305"];
const sealings: readonly Sealing[] = [
  [48, 0, "aes-256-gcm"],
  [32, 1, "aes-128-gcm"],
  [32, 0, "chacha20-poly1305"],
];

test.each(sealings)(
  "with a secret of %d octets, packet %d opens with %s and holds the code alone",
  (length, at, name) => {
    const secret = randomBytes(length);
    const packets = handshakeClosePackets(secret, ids, 0x131);
    const suite = suitesOf(secret).toReversed()[at]!;
    const packet = Buffer.from(packets[at]!);
    expect(packets).toHaveLength(length === 48 ? 1 : 2);
    const header = parsePacketHeader(packets[at]!, 0);
    expect([header?.type, header?.version]).toEqual(["handshake", 1]);
    expect([...header!.destinationId]).toEqual([...ids.destination]);
    const sample = packet.subarray(NUMBER_AT + 4, NUMBER_AT + 20);
    const hp = headerKey(suite, secret);
    const mask =
      name === "chacha20-poly1305"
        ? createCipheriv("chacha20", hp, sample).update(Buffer.alloc(5))
        : createCipheriv(name === "aes-128-gcm" ? "aes-128-ecb" : "aes-256-ecb", hp, null).update(sample);
    packet[0]! ^= mask[0]! & 0x0f;
    for (let i = 0; i < 4; i++) packet[NUMBER_AT + i]! ^= mask[1 + i]!;
    expect(packet[0]).toBe(0xe3);
    const { key, iv } = packetKey(suite, secret);
    for (let i = 0; i < 4; i++) iv[8 + i]! ^= packet[NUMBER_AT + i]!;
    const [head, sealed] = [packet.subarray(0, NUMBER_AT + 4), packet.subarray(NUMBER_AT + 4)];
    const opening = createDecipheriv(name as "aes-128-gcm", key, iv, { authTagLength: 16 });
    opening.setAAD(head, { plaintextLength: sealed.length - 16 });
    opening.setAuthTag(sealed.subarray(-16));
    const frames = Buffer.concat([opening.update(sealed.subarray(0, -16)), opening.final()]);
    expect(frames.toString("hex")).toBe("1c41310000");
  },
);
