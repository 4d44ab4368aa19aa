/** Users and groups by name and number, as the system knows them: getent(1), which asks whatever the machine has users from. */
import { execFileSync } from "node:child_process";

/** A line of passwd or group, in its fields: name, password, number, and in passwd the number of the group; undefined: there is none. */
export function lookUp(database: "passwd" | "group", key: string): readonly string[] | undefined {
  try {
    return execFileSync("getent", [database, key], { encoding: "utf8" }).trimEnd().split(":");
  } catch (error) {
    // The key was not found.
    if ((error as { status?: unknown }).status === 2) return undefined;
    throw error;
  }
}

/** The number of a user or group; undefined: there is none of that name. */
export function numberOf(database: "passwd" | "group", name: string): number | undefined {
  const number = lookUp(database, name)?.[2];
  return number === undefined ? undefined : Number(number);
}
