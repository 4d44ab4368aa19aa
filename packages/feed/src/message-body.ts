import { isName, isShownAsIs } from "@florenetes/operator-text";
import { FieldReader } from "./field-reader.ts";
import {
  DATABASE_ID_SIZE,
  ID_SIZE,
  IDS_MAX,
  RECORD_SIZE_MAX,
  RECORDS_MAX,
  SECTIONS_MAX,
  TEXT_SIZE_MAX,
} from "./limits.ts";
import { MAGIC } from "./message-writer.ts";
import { HOPS_MAX, KEY_SIZE, MAIL_ID_SIZE, SEAL_SIZE, SIGNATURE_SIZE, TOKENS_SIZE } from "./mail/limits.ts";
import {
  type Beacon,
  type Cursor,
  type Hello,
  type Mail,
  type Message,
  MessageType,
  messageRule,
  type Records,
} from "./messages.ts";
import { isSection } from "./sections.ts";

/**
 * Reads the body of a message whose header has been checked. Records are views of `body`.
 *
 * @throws Violation
 */
export function readBody(type: MessageType, body: Uint8Array): Message {
  const fields = new FieldReader(messageRule(type)!.name, body);
  const message = readFields(type, fields);
  // Octets behind the fields of a HELLO are of a later version, which it may offer.
  if (type !== MessageType.hello) fields.end();
  return message;
}

function readFields(type: MessageType, fields: FieldReader): Message {
  switch (type) {
    case MessageType.hello:
      return readHello(fields);
    case MessageType.have: {
      const section = readSection(fields);
      const sequence = fields.number();
      const ids = readIds(fields);
      if (ids.length === 0) throw fields.malformed("offers nothing");
      return { kind: "have", section, sequence, ids };
    }
    case MessageType.want:
      return { kind: "want", ids: readIds(fields) };
    case MessageType.beacon:
      return readBeacon(fields);
    case MessageType.mail:
      return readMail(fields);
    default:
      return readRecords(fields);
  }
}

function readHello(fields: FieldReader): Hello {
  const magic = fields.octets(MAGIC.length);
  if (!MAGIC.every((octet, at) => octet === magic[at])) throw fields.malformed("is not of this protocol");
  const lowestVersion = fields.uint8();
  const highestVersion = fields.uint8();
  if (lowestVersion === 0 || lowestVersion > highestVersion) throw fields.malformed("has versions that are no range");
  const node = fields.text();
  if (!isName(node)) throw fields.malformed("is of a node whose name is none");
  const databaseId = fields.hex(DATABASE_ID_SIZE);
  const time = fields.number();
  const seen = fields.text();
  if (!isShownAsIs(seen, TEXT_SIZE_MAX)) throw fields.malformed("has an address with characters that are not seen");
  const cursorsOf = fields.hex(DATABASE_ID_SIZE);
  const cursors = readCursors(fields);
  // An end of an earlier version says nothing behind its cursors.
  const beaconSeconds = fields.left < 2 ? 0 : fields.uint16();
  const greeting = { lowestVersion, highestVersion, node, databaseId, time, seen };
  return { kind: "hello", ...greeting, cursorsOf, cursors, ...(beaconSeconds > 0 && { beaconSeconds }) };
}

function readCursors(fields: FieldReader): Cursor[] {
  const count = fields.uint8();
  if (count > SECTIONS_MAX) throw fields.malformed(`has ${count} sections, at most ${SECTIONS_MAX} are allowed`);
  const cursors: Cursor[] = [];
  for (let each = 0; each < count; each++) {
    const section = readSection(fields);
    if (cursors.some((other) => other.section === section)) throw fields.malformed("names a section twice");
    cursors.push({ section, sequence: fields.number() });
  }
  return cursors;
}

function readSection(fields: FieldReader): string {
  const section = fields.text();
  if (!isSection(section)) throw fields.malformed("has a section whose name is none");
  return section;
}

function readIds(fields: FieldReader): string[] {
  const count = fields.uint16();
  if (count > IDS_MAX) throw fields.malformed(`has ${count} ids, at most ${IDS_MAX} are allowed`);
  return Array.from({ length: count }, () => fields.hex(ID_SIZE));
}

function readRecords(fields: FieldReader): Records {
  const answered = fields.uint16();
  const count = fields.uint8();
  if (count > RECORDS_MAX) throw fields.malformed(`has ${count} records, at most ${RECORDS_MAX} are allowed`);
  const records = Array.from({ length: count }, () => {
    const size = fields.uint32();
    if (size > RECORD_SIZE_MAX)
      throw fields.malformed(`has a record of ${size} octets, at most ${RECORD_SIZE_MAX} are allowed`);
    return fields.octets(size);
  });
  return { kind: "records", answered, records };
}

function readBeacon(fields: FieldReader): Beacon {
  const hops = fields.uint8();
  if (hops === 0 || hops > HOPS_MAX)
    throw fields.malformed(`has come over ${hops} links, 1 to ${HOPS_MAX} are allowed`);
  const node = fields.text();
  if (!isName(node)) throw fields.malformed("is of a node whose name is none");
  const offers = fields.uint8();
  const time = fields.number();
  const end = fields.number();
  const key = fields.hex(KEY_SIZE);
  return { kind: "beacon", hops, node, offers, time, end, key, signature: fields.hex(SIGNATURE_SIZE) };
}

function readMail(fields: FieldReader): Mail {
  const id = fields.hex(MAIL_ID_SIZE);
  const end = fields.number();
  const reader = fields.text();
  if (reader !== "" && !isName(reader)) throw fields.malformed("is for a node whose name is none");
  const key = fields.hex(KEY_SIZE);
  const tokens = fields.octets(TOKENS_SIZE);
  const sealed = fields.rest();
  if (sealed.length < SEAL_SIZE) throw fields.malformed("ends before its last field");
  return { kind: "mail", id, end, reader, key, tokens, sealed };
}
