/** The content of a file of a package, or the place that a symbolic link leads to. */
type PackageContent =
  | { readonly copyOf: string }
  | { readonly text: string }
  | { readonly octets: Uint8Array }
  | { readonly linkTo: string };

/** A file of a package. */
export interface PackageFile {
  /** From the root of the machine, without a slash before it. */
  readonly path: string;
  readonly content: PackageContent;
  readonly isExecutable?: boolean;
  /** The native code of a program or add-on. It goes into the package without its debug symbols. */
  readonly isElf?: boolean;
}

/** Scripts that dpkg runs, by their names: deb-postinst(5) and its neighbours. */
export type ScriptName = "postinst" | "prerm" | "postrm";

/** A Debian package before it is made. */
export interface DebianPackage {
  readonly name: string;
  readonly version: string;
  /** Text of one line, without a capital letter, as `dpkg -l` shows it. */
  readonly summary: string;
  /** Lines of at most 72 characters. */
  readonly description: readonly string[];
  /** Packages that it needs besides the libraries of its native code, in the words of deb-control(5). */
  readonly depends: readonly string[];
  /** Packages that most machines with it need, too. */
  readonly recommends?: readonly string[] | undefined;
  readonly files: readonly PackageFile[];
  readonly scripts: ReadonlyMap<ScriptName, string>;
}
