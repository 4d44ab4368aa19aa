import { readFileSync } from "node:fs";

/**
 * Looks up `user`, `user:group` or `uid:gid`. Names come from this machine's own files (/etc/passwd, /etc/group): for
 * users that a directory service knows, write the numbers.
 */
export function findOwner(text: string): { readonly uid: number; readonly gid: number } | undefined {
  const [user, group, ...rest] = text.split(":");
  if (user === undefined || user === "" || group === "" || rest.length > 0) return undefined;
  const account = findLine("/etc/passwd", user);
  const uid = number(user) ?? number(account?.[2]);
  const gid =
    group === undefined ? number(account?.[3]) : (number(group) ?? number(findLine("/etc/group", group)?.[2]));
  return uid === undefined || gid === undefined ? undefined : { uid, gid };
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
