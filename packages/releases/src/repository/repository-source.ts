/** A place from which files of a repository are read: a folder, or a server. */
export interface RepositorySource {
  /**
   * The octets of a file behind `offset`, no more than `lengthMax`; undefined: the source has no such file.
   *
   * @param path As `metadata/3.root.json` or `targets/<sha256>.<name>`
   * @throws OperatorError when the source fails
   */
  read(path: string, options: ReadOptions): Promise<AsyncIterable<Uint8Array> | undefined>;
}

export interface ReadOptions {
  readonly offset: number;
  readonly lengthMax: number;
  readonly signal: AbortSignal;
}

/** A target, as verified metadata has it. */
export interface TargetFile {
  readonly name: string;
  /** Octets. */
  readonly length: number;
  /** In lower-case hex. */
  readonly sha256: string;
  /** Path in the repository: `targets/<sha256>.<name>`. */
  readonly path: string;
}

/** Names of targets: Debian packages, as `florenetes-node_0.1.0_amd64.deb`. */
export const TARGET_NAME: RegExp =
  /^[a-z0-9][a-z0-9+.-]{1,62}_[0-9][0-9A-Za-z.+~-]{0,62}_[a-z0-9][a-z0-9-]{0,30}\.deb$/;

const METADATA_PATH = /^metadata\/(?:timestamp|[1-9]\d{0,15}\.(?:root|snapshot|targets))\.json$/;
const TARGET_PATH = /^targets\/[0-9a-f]{64}\.(?<name>[^/]+)$/;

/** Whether a text is the path of a file that a repository may have. */
export function isRepositoryPath(path: string): boolean {
  return METADATA_PATH.test(path) || TARGET_NAME.test(TARGET_PATH.exec(path)?.groups?.["name"] ?? "");
}

/** The path of a target in a repository. */
export function targetPathOf({ name, sha256 }: Pick<TargetFile, "name" | "sha256">): string {
  return `targets/${sha256}.${name}`;
}
