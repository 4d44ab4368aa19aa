import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { join, relative } from "node:path";
import { expect } from "vitest";
import { IdentityError } from "../src/errors.ts";

/** The code of the action's problem, or nothing. Whatever the problem is, nothing in the folder may have changed. */
export function refusalIn(folder: string, action: () => unknown): string | undefined {
  const before = contentOf(folder);
  try {
    action();
  } catch (error) {
    if (!(error instanceof IdentityError)) throw error;
    expect(error.advice).not.toBe("");
    expect(contentOf(folder)).toEqual(before);
    return error.code;
  }
  return undefined;
}

/** Every file below a folder with its mode and octets. */
export function contentOf(top: string): Record<string, string> {
  if (!existsSync(top)) return {};
  const files = readdirSync(top, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  return Object.fromEntries(
    files.map(({ parentPath, name }) => {
      const path = join(parentPath, name);
      return [relative(top, path), `${statSync(path).mode} ${readFileSync(path, "latin1")}`];
    }),
  );
}
