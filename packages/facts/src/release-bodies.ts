/** The bodies of software: which release the nodes of a channel take, and what a node has installed. docs/operate/releases.md has what they mean. */
import { z } from "zod";
import { distinct, hashField, integerField, nameField } from "./fields.ts";
import { CODE_LENGTH_MAX, PACKAGES_MAX, RELEASE_LEAVES_MAX, RELEASE_STEPS_MAX, STAGE_MAX } from "./limits.ts";
import { contractsField, type ProfileBody } from "./route-bodies.ts";

/** A Debian package of a release. Its file has the name `name_version_arch.deb`. */
export interface ReleasedPackage {
  readonly name: string;
  readonly version: string;
  /** The processor, in the words of Debian: `amd64`. */
  readonly arch: string;
  /** Octets of the file. */
  readonly length: number;
  /** SHA-256 of the file, in lower-case hex. */
  readonly sha256: string;
}

/** The rule by which programs' keys raise the stage of a release. Shares of nodes are in 1/10,000. */
export interface StageRule {
  /** Stages, the lowest first: each follows the one before. */
  readonly steps: readonly number[];
  /** So many of the nodes that were to take it have it, and are whole. */
  readonly whole: number;
  /** Fewer than so many have gone back. */
  readonly back: number;
  /** Seconds for which both have held. */
  readonly hold: number;
}

/** The subject is the channel. */
export interface ReleaseBody {
  /** The version of the release in Debian's form: that of its `florenetes-node`. */
  readonly version: string;
  readonly packages: readonly ReleasedPackage[];
  /** Nodes that take it, in 1/10,000; 0: none takes it any more. */
  readonly stage: number;
  /** Contracts between programs that the programs of the release speak. */
  readonly contracts: ProfileBody["contracts"];
  /** A node that has the release may go back to no lower version than this, until that time, in milliseconds since 1970. */
  readonly rollback: { readonly lowest: string; readonly until: number };
  /** Phones take it from then on without power and Wi-Fi, too: milliseconds since 1970. */
  readonly deadline?: number | undefined;
  /** Nodes that are left behind, though the release could not speak to them. */
  readonly leaves: readonly string[];
  readonly rule?: StageRule | undefined;
}

/** A node's word about its own software. */
export interface InstalledBody {
  readonly channel: string;
  /** The version of `florenetes-node` that is installed, in Debian's form. */
  readonly version: string;
  /** The release that the node follows; undefined: it holds none. */
  readonly release?: { readonly epoch: number; readonly version: string } | undefined;
  readonly state: (typeof INSTALLED_STATES)[number];
  /** Code of what keeps the node from the release, or has sent it back. */
  readonly code?: string | undefined;
}

/** How far a node is with the release of its channel. */
export const INSTALLED_STATES = ["current", "waiting", "fetching", "ready", "installing", "back", "refused"] as const;

const DEBIAN_VERSION = /^[0-9][0-9A-Za-z.+~-]{0,62}$/;
const PACKAGE_NAME = /^[a-z0-9][a-z0-9+.-]{1,62}$/;
const ARCH = /^[a-z0-9][a-z0-9-]{0,30}$/;
const CODE = /^[A-Z][A-Z_]*$/;

const version = z.string().regex(DEBIAN_VERSION);
const stage = integerField.max(STAGE_MAX);

export const releaseBody: z.ZodType<ReleaseBody> = z.strictObject({
  version,
  packages: distinct(
    z.strictObject({
      name: z.string().regex(PACKAGE_NAME),
      version,
      arch: z.string().regex(ARCH),
      length: integerField.min(1),
      sha256: hashField,
    }),
    ({ name, arch }) => `${name} ${arch}`,
    PACKAGES_MAX,
  ).refine(({ length }) => length > 0),
  stage,
  contracts: contractsField,
  rollback: z.strictObject({ lowest: version, until: integerField }),
  deadline: integerField.optional(),
  leaves: distinct(nameField, (name) => name, RELEASE_LEAVES_MAX),
  rule: z
    .strictObject({
      steps: z
        .array(stage.min(1))
        .min(1)
        .max(RELEASE_STEPS_MAX)
        .refine((steps) => steps.every((step, at) => at === 0 || step > steps[at - 1]!)),
      whole: stage,
      back: stage,
      hold: integerField,
    })
    .optional(),
});

export const installedBody: z.ZodType<InstalledBody> = z.strictObject({
  channel: nameField,
  version,
  release: z.strictObject({ epoch: integerField, version }).optional(),
  state: z.enum(INSTALLED_STATES),
  code: z.string().max(CODE_LENGTH_MAX).regex(CODE).optional(),
});
