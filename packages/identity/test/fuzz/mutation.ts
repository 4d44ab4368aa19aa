/**
 * Changes octets at random. Octets of structures are changed as structures, with the lengths around them put right: so
 * the change gets as deep into a reader as it can. Other octets are changed as they are, which breaks lengths.
 */
import type { Random } from "./random.ts";

/** An element of DER: a tag, and either elements or octets. */
interface Element {
  tag: number;
  /** Octets in front of the inner elements: the count of unused bits of a BIT STRING that holds elements. */
  head: Buffer;
  content: Buffer | Element[];
}

const DEPTH_MAX = 24;

/** Returns the octets after one to four changes, some of them by pieces of `others`. */
export function mutated(octets: Uint8Array, others: readonly Uint8Array[], random: Random): Buffer {
  let result: Buffer = Buffer.from(octets);
  for (let changes = random.below(4); changes >= 0; changes--) {
    const elements = random.below(3) === 0 ? undefined : parse(result, 0);
    if (elements === undefined || elements.length === 0) {
      result = withChangedOctets(result, random);
      continue;
    }
    changeElement(elements, others, random);
    result = Buffer.concat(elements.map(write));
  }
  return result.subarray(0, 20_000);
}

/** A text with a few changes: cut, doubled, with characters and lines of its own or of others. */
export function mutatedText(text: string, others: readonly string[], random: Random): string {
  const at = random.below(text.length + 1);
  const end = at + random.below(Math.min(200, text.length - at + 1));
  const other = random.pick(others);
  const from = random.below(other.length + 1);
  switch (random.below(6)) {
    case 0:
      return text.slice(0, at);
    case 1:
      return text.slice(0, at) + text.slice(end);
    case 2:
      return text.slice(0, end) + text.slice(at);
    case 3:
      return text.slice(0, at) + other.slice(from, from + random.below(200)) + text.slice(end);
    case 4:
      return text.slice(0, at) + String.fromCodePoint(random.below(random.pick([128, 256, 0xd800]))) + text.slice(at);
    default:
      return text.slice(0, at) + random.pick(ODD_TEXTS) + text.slice(random.pick([at, end]));
  }
}

const ODD_TEXTS = [
  "\0",
  "\n",
  "\r\n",
  " ",
  "-----BEGIN ",
  "-----BEGIN CERTIFICATE-----",
  "-----END CERTIFICATE-----",
  "-----BEGIN X509 CRL-----",
  "=",
  "==",
  "/",
  "..",
  "%2f",
  ":",
  "@",
  "spiffe://",
  "/user/",
  "\u202E",
  "\uD800",
  "A".repeat(5000),
];

function withChangedOctets(octets: Buffer, random: Random): Buffer {
  if (octets.length === 0) return Buffer.of(random.below(256));
  const at = random.below(octets.length);
  switch (random.below(6)) {
    case 0:
      octets[at]! ^= 1 << random.below(8);
      return octets;
    case 1:
      octets[at] = random.pick([0, 1, 0x7f, 0x80, 0x81, 0x84, 0x88, 0xfe, 0xff]);
      return octets;
    case 2:
      return octets.subarray(0, at);
    case 3:
      return Buffer.concat([octets.subarray(0, at), octets.subarray(at + 1 + random.below(8))]);
    case 4:
      return Buffer.concat([
        octets.subarray(0, at),
        Buffer.alloc(random.below(20), random.below(256)),
        octets.subarray(at),
      ]);
    default:
      return Buffer.concat([octets, octets.subarray(at)]);
  }
}

function changeElement(elements: Element[], others: readonly Uint8Array[], random: Random): void {
  const places = allPlaces(elements);
  const { siblings, index } = random.pick(places);
  const element = siblings[index]!;
  switch (random.below(9)) {
    case 0:
      siblings.splice(index, 1);
      return;
    case 1:
      siblings.splice(index, 0, copyOf(element));
      return;
    case 2:
      siblings.splice(index, 1, ...siblings.splice(random.below(siblings.length), 1));
      return;
    case 3:
      siblings[index] = copyOf(pieceOf(random.pick(others), random) ?? element);
      return;
    case 4:
      siblings.splice(index, 0, copyOf(pieceOf(random.pick(others), random) ?? element));
      return;
    case 5:
      element.tag = random.pick([
        element.tag ^ 0x20,
        element.tag ^ 0x80,
        random.below(31),
        0x30,
        0x31,
        0xa0,
        0xa3,
        0x82,
        0x86,
      ]);
      return;
    case 6:
      element.content = random.pick(ODD_CONTENTS);
      return;
    case 7:
      siblings[index] = { tag: random.pick([0x30, 0x31, 0xa0, 0x24]), head: Buffer.alloc(0), content: [element] };
      return;
    default:
      if (Buffer.isBuffer(element.content)) element.content = withChangedOctets(Buffer.from(element.content), random);
  }
}

const ODD_CONTENTS = [
  Buffer.alloc(0),
  Buffer.of(0),
  Buffer.of(0xff),
  Buffer.of(0x80),
  Buffer.alloc(40, 0xff),
  Buffer.alloc(300, 0x7f),
  Buffer.alloc(9000, 0x81),
  // An element of 9000 octets 01, the kind in which a reader of strings may look for a truth value.
  Buffer.concat([Buffer.of(0x01, 0x82, 0x23, 0x28), Buffer.alloc(9000, 0x01)]),
  Buffer.from("991231235959Z"),
  Buffer.from("99991231235959Z"),
  Buffer.from("00000000000000Z"),
  Buffer.from("spiffe://demo/user/\0"),
];

function allPlaces(elements: Element[]): { siblings: Element[]; index: number }[] {
  return elements.flatMap(({ content }, index) => [
    { siblings: elements, index },
    ...(Buffer.isBuffer(content) ? [] : allPlaces(content)),
  ]);
}

function pieceOf(octets: Uint8Array, random: Random): Element | undefined {
  const elements = parse(Buffer.from(octets), 0);
  if (elements === undefined || elements.length === 0) return undefined;
  const { siblings, index } = random.pick(allPlaces(elements));
  return siblings[index];
}

function copyOf(element: Element): Element {
  const { tag, head, content } = element;
  return { tag, head, content: Buffer.isBuffer(content) ? Buffer.from(content) : content.map(copyOf) };
}

/** The elements that make up the octets; undefined if the octets are no elements. Only tags of one octet are told apart. */
function parse(octets: Buffer, depth: number): Element[] | undefined {
  const elements: Element[] = [];
  let at = 0;
  while (at < octets.length) {
    const tag = octets[at]!;
    const first = octets[at + 1];
    if (first === undefined || first === 0x80 || first > 0x83 || (tag & 0x1f) === 0x1f) return undefined;
    const count = first < 0x80 ? 0 : first - 0x80;
    if (at + 2 + count > octets.length) return undefined;
    const length = count === 0 ? first : octets.readUIntBE(at + 2, count);
    const start = at + 2 + count;
    if (start + length > octets.length) return undefined;
    elements.push(elementOf(tag, octets.subarray(start, start + length), depth));
    at = start + length;
  }
  return elements;
}

/** Octet and bit strings often hold elements: extensions and keys do. */
function elementOf(tag: number, content: Buffer, depth: number): Element {
  const headLength = tag === 0x03 ? 1 : 0;
  const mayHold = (tag & 0x20) !== 0 || tag === 0x03 || tag === 0x04;
  const within = mayHold && depth < DEPTH_MAX ? parse(content.subarray(headLength), depth + 1) : undefined;
  if (within === undefined || (within.length === 0 && (tag & 0x20) === 0)) {
    return { tag, head: Buffer.alloc(0), content };
  }
  return { tag, head: content.subarray(0, headLength), content: within };
}

function write({ tag, head, content }: Element): Buffer {
  const octets = Buffer.isBuffer(content) ? content : Buffer.concat(content.map(write));
  const length = head.length + octets.length;
  const size = length < 0x80 ? [length] : length < 0x100 ? [0x81, length] : [0x82, (length >> 8) & 0xff, length & 0xff];
  return Buffer.concat([Buffer.of(tag, ...size), head, octets]);
}
