import { constants } from "node:os";

const names = new Map<number, string>(Object.entries(constants.errno).map(([name, number]) => [number, name]));

/** "ECONNREFUSED" for 111. */
export function errnoName(errno: number): string {
  return names.get(errno) ?? `errno ${errno}`;
}
