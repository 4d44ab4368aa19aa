/**
 * Posts of programs on the board of a store: each is a list of parts, which are renewals with the program's signature, or joins. A post is the octet 1, and for each part its length (4
 * octets, big-endian) and its octets.
 */
import { hash } from "node:crypto";
import { POST_PARTS_MAX, POST_SIZE_MAX } from "./limits.ts";

const VERSION = 1;
const LENGTH_SIZE = 4;

/** The place of a program's renewals, as a key id: a key that signs checkpoints, too, has another post for these. */
export function renewalsPlaceOf(keyId: string): string {
  return hash("sha256", `FLORENETES RENEWALS\0${keyId}`, "hex");
}

/** The place of the joins that a program knows. */
export function joinsPlaceOf(keyId: string): string {
  return hash("sha256", `FLORENETES JOINS\0${keyId}`, "hex");
}

/** The place of the releases whose stage a program raises. */
export function releasesPlaceOf(keyId: string): string {
  return hash("sha256", `FLORENETES RELEASES\0${keyId}`, "hex");
}

/** A post with the first ones of some parts, as many as it has room for. */
export function writePost(all: readonly Uint8Array[]): Buffer {
  const parts: Uint8Array[] = [Buffer.of(VERSION)];
  let size = 1;
  for (const part of all.slice(0, POST_PARTS_MAX)) {
    size += LENGTH_SIZE + part.length;
    if (size > POST_SIZE_MAX) break;
    const length = Buffer.alloc(LENGTH_SIZE);
    length.writeUInt32BE(part.length);
    parts.push(length, part);
  }
  return Buffer.concat(parts);
}

/** The octets of the parts of a post, as far as it is one: anybody who may write the store may have put it there. They are views of `octets`. */
export function readPost(octets: Uint8Array): readonly Uint8Array[] {
  const whole = Buffer.from(octets.buffer, octets.byteOffset, octets.length);
  if (whole.length > POST_SIZE_MAX || whole[0] !== VERSION) return [];
  const parts: Uint8Array[] = [];
  let at = 1;
  while (at + LENGTH_SIZE <= whole.length && parts.length < POST_PARTS_MAX) {
    const end = at + LENGTH_SIZE + whole.readUInt32BE(at);
    if (end > whole.length) break;
    parts.push(whole.subarray(at + LENGTH_SIZE, end));
    at = end;
  }
  return parts;
}
