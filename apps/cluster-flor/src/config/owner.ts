import { readFileSync } from "node:fs";

/**
 * Looks up `user`, `user:group` or `uid:gid`. Names come from this machine's own files (/etc/passwd, /etc/group): for
 * users that a directory service knows, write the numbers.
 */
export function findOwner(text: string): { readonly uid: number; readonly gid: number } | undefined {
  const [user, group, ...rest] = text.split(":");
  if (user === undefined || user === "" || group === "" || rest.length > 0) return undefined;
  const uid = findUser(user);
  const gid = group === undefined ? number(findLine("/etc/passwd", user)?.[3]) : findGroup(group);
  return uid === undefined || gid === undefined ? undefined : { uid, gid };
}

/** The number of a user, by name or number. */
export function findUser(text: string): number | undefined {
  return number(text) ?? number(findLine("/etc/passwd", text)?.[2]);
}

/** The number of a group, by name or number. */
export function findGroup(text: string): number | undefined {
  return number(text) ?? number(findLine("/etc/group", text)?.[2]);
}

function findLine(file: string, name: string): string[] | undefined {
  let text: string;
  try {
    text = readFileSync(file, "utf8");
  } catch {
    return undefined;
  }
  const lines = text.split("\n").map((line) => line.split(":"));
  return lines.find((fields) => fields[0] === name);
}

function number(text: string | undefined): number | undefined {
  return text !== undefined && /^\d{1,9}$/.test(text) ? Number(text) : undefined;
}
