/** The native code of a release. */
export interface NativeBuild {
  /** The processor for which it is made, in the words of Node.js. */
  readonly arch: string;
  /** The file of Node.js. */
  readonly node: string;
  /** The add-ons, by their paths in a release. */
  readonly addOns: ReadonlyMap<string, string>;
}

/** How native code of one architecture is looked at and made smaller. */
export interface NativeTools {
  /** Stands before the names of the programs of binutils. */
  readonly prefix: string;
  /** The folder with the C and C++ libraries for it; without it they are the machine's own. */
  readonly libraries?: string;
}

/** What packages of one architecture are made of and by. */
export interface Target {
  /** In the words of Debian. */
  readonly architecture: string;
  /** In the words of Rust. */
  readonly triple: string;
  readonly nodeVersion: string;
  /** The file with the licences of Node.js. */
  readonly nodeLicense: string;
  readonly build: NativeBuild;
  readonly tools: NativeTools;
}
