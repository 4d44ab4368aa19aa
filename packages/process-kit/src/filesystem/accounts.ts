import { readFileSync } from "node:fs";

/**
 * The users and groups of this machine's own files (/etc/passwd, /etc/group), which are read once. Users of a directory
 * service have to be given by number.
 */
export class Accounts {
  #users: ReadonlyMap<string, readonly string[]> | undefined;
  #groups: ReadonlyMap<string, readonly string[]> | undefined;

  /** Looks up `user`, `user:group` or `uid:gid`. */
  findOwner(text: string): { readonly uid: number; readonly gid: number } | undefined {
    const [user, group, ...rest] = text.split(":");
    if (user === undefined || user === "" || group === "" || rest.length > 0) return undefined;
    const uid = this.findUser(user);
    const gid = group === undefined ? number(this.#user(user)?.[3]) : this.findGroup(group);
    return uid === undefined || gid === undefined ? undefined : { uid, gid };
  }

  /** The number of a user, by name or number. */
  findUser(text: string): number | undefined {
    return number(text) ?? number(this.#user(text)?.[2]);
  }

  /** The number of a group, by name or number. */
  findGroup(text: string): number | undefined {
    this.#groups ??= readLines("/etc/group");
    return number(text) ?? number(this.#groups.get(text)?.[2]);
  }

  #user(name: string): readonly string[] | undefined {
    this.#users ??= readLines("/etc/passwd");
    return this.#users.get(name);
  }
}

const accounts = new WeakMap<object, Accounts>();

/** The accounts as they were when a config was read. */
export function accountsFor(config: object): Accounts {
  const known = accounts.get(config) ?? new Accounts();
  accounts.set(config, known);
  return known;
}

/** The fields of each line by its first field; the first of two lines with the same name counts. */
function readLines(file: string): ReadonlyMap<string, readonly string[]> {
  let text: string;
  try {
    text = readFileSync(file, "utf8");
  } catch {
    return new Map();
  }
  const lines = text.split("\n").map((line) => line.split(":"));
  return new Map(lines.toReversed().map((fields) => [fields[0]!, fields]));
}

function number(text: string | undefined): number | undefined {
  return text !== undefined && /^\d{1,9}$/.test(text) ? Number(text) : undefined;
}
