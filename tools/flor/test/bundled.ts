import { join } from "node:path";

/** The bundle of a program, which vitest.programs.ts has made: it starts in half of the time that its sources take. */
export function bundled(program: string): string {
  return join(process.env["FLORENETES_BUNDLES"]!, program, "main.js");
}
