import { writeUint32 } from "@florenetes/wire-values";
import { number, text, uint16, uint32 } from "./field-writer.ts";
import { HEADER_SIZE } from "./limits.ts";
import { type Beacon, type Cursor, type Hello, type Mail, type Message, MessageType } from "./messages.ts";

/** "FDFD": a stream that begins otherwise is of another protocol. */
export const MAGIC: Uint8Array = Buffer.from("FDFD");

/** The octets of a message. The bounds of its lists are the caller's duty. */
export function writeMessage(message: Message): Uint8Array {
  switch (message.kind) {
    case "hello":
      return whole(MessageType.hello, helloFields(message));
    case "have":
      return whole(MessageType.have, [text(message.section), number(message.sequence), ...idsFields(message.ids)]);
    case "want":
      return whole(MessageType.want, idsFields(message.ids));
    case "beacon":
      return whole(MessageType.beacon, beaconFields(message));
    case "mail":
      return whole(MessageType.mail, mailFields(message));
    default: {
      const records = message.records.flatMap((octets) => [uint32(octets.length), octets]);
      return whole(MessageType.records, [uint16(message.answered), Buffer.of(message.records.length), ...records]);
    }
  }
}

function whole(type: MessageType, fields: readonly Uint8Array[]): Uint8Array {
  const body = fields.reduce((sum, { length }) => sum + length, 0);
  const header = new Uint8Array(HEADER_SIZE);
  header[0] = type;
  writeUint32(header, 1, body);
  return Buffer.concat([header, ...fields], HEADER_SIZE + body);
}

function helloFields(hello: Hello): Uint8Array[] {
  const cursors = hello.cursors.flatMap(({ section, sequence }: Cursor) => [text(section), number(sequence)]);
  return [
    MAGIC,
    Buffer.of(hello.lowestVersion, hello.highestVersion),
    text(hello.node),
    Buffer.from(hello.databaseId, "hex"),
    number(hello.time),
    text(hello.seen),
    Buffer.from(hello.cursorsOf, "hex"),
    Buffer.of(hello.cursors.length),
    ...cursors,
    ...(hello.beaconSeconds === undefined ? [] : [uint16(hello.beaconSeconds)]),
  ];
}

function idsFields(ids: readonly string[]): Uint8Array[] {
  return [uint16(ids.length), Buffer.from(ids.join(""), "hex")];
}

function beaconFields(beacon: Beacon): Uint8Array[] {
  return [Buffer.of(beacon.hops), ...signedBeaconFields(beacon), Buffer.from(beacon.signature, "hex")];
}

/** The fields of a beacon that its node signs: all but the number of links. */
export function signedBeaconFields({
  node,
  offers,
  time,
  end,
  key,
}: Pick<Beacon, "node" | "offers" | "time" | "end" | "key">): Uint8Array[] {
  return [text(node), Buffer.of(offers), number(time), number(end), Buffer.from(key, "hex")];
}

function mailFields({ id, end, reader, key, tokens, sealed }: Mail): Uint8Array[] {
  return [Buffer.from(id, "hex"), number(end), text(reader), Buffer.from(key, "hex"), tokens, sealed];
}
