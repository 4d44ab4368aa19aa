/** A file of a Debian package that is made of a program's help. */
export interface HelpFile {
  /** Its path in the package, as `usr/share/man/man1/flor.1`. */
  readonly path: string;
  readonly text: string;
}
