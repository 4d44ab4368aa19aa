/** A file that is made for a Debian package. */
export interface PackageFile {
  /** Its path in the package, as `usr/share/man/man1/flor.1`. */
  readonly path: string;
  readonly text: string;
}
