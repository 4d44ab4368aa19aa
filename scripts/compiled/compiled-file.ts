/**
 * The file with the compiled code of a bundled program. V8 itself would take code of another program that is as long. The name of the
 * program's file has a digest of the program, and so has this one: code and program always belong together.
 */
export function compiledFile(program: string): string {
  return `${program}.code`;
}
