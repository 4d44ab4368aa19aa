/** How a rehearsal ran a program: alone, or as a part of a mesh, which is not the same twice. */
export type Rehearsed = "alone" | "in-mesh";

/**
 * A file with the compiled code of a bundled program. V8 itself would take code of another program that is as long. The name of the
 * program's file has a digest of the program, and so has this one: code and program always belong together.
 */
export function compiledFile(program: string, rehearsed: Rehearsed): string {
  return rehearsed === "alone" ? `${program}.code` : `${program}.mesh-code`;
}
