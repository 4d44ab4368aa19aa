import { readUint16, writeUint16 } from "@florenetes/wire-values";

const IPV4_PART = /^(?:0|[1-9][0-9]{0,2})$/;
const IPV6_WORD = /^[0-9a-f]{1,4}$/i;
const IPV6_WORDS = 8;
const IPV6_SIZE = 16;
/** The words in front of an IPv4 address in the form of IPv6 (RFC 4291, 2.5.5.2). */
const MAPPED = "0:0:0:0:0:ffff:";

/**
 * The bytes of an IP address in network order: 4 or 16; undefined when it is none. Parts of an IPv4 address that begin with a zero are
 * refused, as some read them as octal numbers. So is an IPv6 address with a zone.
 */
export function parseAddress(text: string): Uint8Array | undefined {
  return text.includes(":") ? parseIpv6(text) : parseIpv4(text);
}

/**
 * The text of an IP address, in the form of RFC 5952.
 *
 * @param bytes 4 or 16
 */
export function formatAddress(bytes: Uint8Array): string {
  if (bytes.length !== IPV6_SIZE) return bytes.join(".");
  const words = Array.from({ length: IPV6_WORDS }, (_, index) => readUint16(bytes, index * 2).toString(16));
  if (words.join(":").startsWith(MAPPED)) return `::ffff:${bytes.subarray(12).join(".")}`;
  const { start, length } = longestZeros(words);
  if (length < 2) return words.join(":");
  return `${words.slice(0, start).join(":")}::${words.slice(start + length).join(":")}`;
}

/** The addresses of a pair that are there. */
export function addressesOf({ v4, v6 }: { v4: Uint8Array | undefined; v6: Uint8Array | undefined }): Uint8Array[] {
  return [v4, v6].filter((address) => address !== undefined);
}

/** Whether an address stands in the bytes at an offset. */
export function isAddressAt(address: Uint8Array, bytes: Uint8Array, at: number): boolean {
  for (let offset = 0; offset < address.length; offset++) if (address[offset] !== bytes[at + offset]) return false;
  return true;
}

/** The longest run of zeros; of several the first (RFC 5952, 4.2.3). */
function longestZeros(words: readonly string[]): { start: number; length: number } {
  let longest = { start: 0, length: 0 };
  let start = 0;
  for (const [index, word] of words.entries()) {
    if (word !== "0") start = index + 1;
    else if (index + 1 - start > longest.length) longest = { start, length: index + 1 - start };
  }
  return longest;
}

function parseIpv4(text: string): Uint8Array | undefined {
  const parts = text.split(".");
  if (parts.length !== 4 || !parts.every((part) => IPV4_PART.test(part) && Number(part) <= 255)) return undefined;
  return Uint8Array.from(parts, Number);
}

function parseIpv6(text: string): Uint8Array | undefined {
  const [head = "", tail, ...more] = text.split("::");
  if (more.length > 0) return undefined;
  const front = parseWords(head, tail === undefined);
  const back = tail === undefined ? [] : parseWords(tail, true);
  if (front === undefined || back === undefined) return undefined;
  const count = front.length + back.length;
  if (tail === undefined ? count !== IPV6_WORDS : count >= IPV6_WORDS) return undefined;
  const bytes = new Uint8Array(IPV6_SIZE);
  for (const [index, word] of front.entries()) writeUint16(bytes, index * 2, word);
  for (const [index, word] of back.entries()) writeUint16(bytes, IPV6_SIZE + (index - back.length) * 2, word);
  return bytes;
}

/** The words of one side of an IPv6 address; its end may have the form of IPv4 (RFC 4291, 2.2). */
function parseWords(text: string, isEnd: boolean): number[] | undefined {
  if (text === "") return [];
  const parts = text.split(":");
  const ipv4 = isEnd ? parseIpv4(parts.at(-1)!) : undefined;
  if (ipv4 !== undefined) parts.pop();
  if (!parts.every((part) => IPV6_WORD.test(part))) return undefined;
  const words = parts.map((part) => Number.parseInt(part, 16));
  return ipv4 === undefined ? words : [...words, readUint16(ipv4, 0), readUint16(ipv4, 2)];
}
