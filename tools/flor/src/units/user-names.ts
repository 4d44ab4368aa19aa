/** Users and groups by name and number. getent(1) knows them from all the sources that the machine has. */
import { execFileSync } from "node:child_process";

/** The fields of a line of passwd or group: name, password, number, and in passwd the group's number. Undefined: there is no such line. */
export function lookUp(database: "passwd" | "group", key: string): readonly string[] | undefined {
  try {
    return execFileSync("getent", [database, key], { encoding: "utf8" }).trimEnd().split(":");
  } catch (error) {
    // The key was not found.
    if ((error as { status?: unknown }).status === 2) return undefined;
    throw error;
  }
}

/** The number of a user or group; undefined: nobody has that name. */
export function numberOf(database: "passwd" | "group", name: string): number | undefined {
  const number = lookUp(database, name)?.[2];
  return number === undefined ? undefined : Number(number);
}
