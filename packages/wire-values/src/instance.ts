import { readUint64, writeUint64 } from "./big-endian.ts";

/**
 * An instance is one life of a process. Every protocol between our processes says which life speaks, so that what an
 * earlier life left behind ends when the later one is heard.
 */
export interface Instance {
  /** Wall clock at its start, milliseconds since 1970. */
  readonly startedAt: number;
  /** 64 random bits: 16 hexadecimal digits where it is one of ours. */
  readonly id: string;
}

/** Bytes of an instance in our protocols: its start, and its id. */
export const INSTANCE_SIZE = 16;

const ID_AT = 8;

/**
 * Whether `a` started after `b`. Of two that started in the same millisecond the greater id counts as the later one: any order does that
 * all sides agree on. A clock may go back between two lives; then the later one has to wait until the earlier one is given up.
 */
export function isLater(a: Instance, b: Instance): boolean {
  return a.startedAt === b.startedAt ? a.id > b.id : a.startedAt > b.startedAt;
}

/** Undefined: no process starts then. */
export function readInstance(bytes: Uint8Array, at: number): Instance | undefined {
  const startedAt = readUint64(bytes, at);
  if (!Number.isSafeInteger(startedAt)) return undefined;
  return { startedAt, id: Buffer.from(bytes.subarray(at + ID_AT, at + INSTANCE_SIZE)).toString("hex") };
}

/** Writes one of ours. */
export function writeInstance(bytes: Uint8Array, at: number, instance: Instance): void {
  writeUint64(bytes, at, instance.startedAt);
  bytes.set(Buffer.from(instance.id, "hex"), at + ID_AT);
}
