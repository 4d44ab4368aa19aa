/** All of a repository that waits for signatures, and whose it has. Records are signed by the keys of its root: the update quorum's. */
import { signedOctetsOf as signedRecordOctets } from "@florenetes/facts/authoring";
import { isSignedBy, keyIdOf } from "@florenetes/facts";
import { type RootMetadata, signersOf, type TargetsMetadata } from "@florenetes/releases/authoring";
import type { RecordFile } from "../fabric/record-files.ts";
import type { RepositoryFolder } from "./repository-folder.ts";

/** A count of signatures: by which keys, of how many that it takes. */
interface Count {
  readonly signers: readonly string[];
  readonly listed: readonly string[];
  readonly threshold: number;
}

export type Staged = {
  /** For people: as `root 2`. */
  readonly what: string;
  /** Each of these has to be whole: a new root has the quorum of the one before, too. */
  readonly counts: readonly Count[];
} & (
  | { readonly kind: "root"; readonly metadata: RootMetadata }
  | { readonly kind: "targets"; readonly metadata: TargetsMetadata }
  | { readonly kind: "record"; readonly record: RecordFile }
);

/** Lists what waits to be published. */
export function stagedOf(repository: RepositoryFolder): readonly Staged[] {
  const [root, targets] = [repository.stagedRoot(), repository.stagedTargets()];
  const before = repository.publishedRoot();
  const current = root ?? before;
  const staged: Staged[] = [];
  if (root !== undefined)
    staged.push({
      kind: "root",
      what: `root ${root.signed.version}`,
      metadata: root,
      counts: [root, ...(before === undefined ? [] : [before])].map((each) => signersOf(root, each)),
    });
  if (current === undefined) return staged;
  if (targets !== undefined)
    staged.push({
      kind: "targets",
      what: `targets ${targets.signed.version}`,
      metadata: targets,
      counts: [signersOf(targets, current)],
    });
  for (const record of repository.stagedRecords())
    staged.push({
      kind: "record",
      what: `release ${record.fact.subject}, epoch ${record.fact.epoch}`,
      record,
      counts: [signersOfRecord(record, signersOf(root ?? before!, current))],
    });
  return staged;
}

export function isWhole({ counts }: Staged): boolean {
  return counts.every(({ signers, threshold }) => signers.length >= threshold);
}

/** A line for people, as `1 of 2: alice`. */
export function describeCounts({ counts }: Staged, repository: RepositoryFolder): string {
  return counts
    .map(({ signers, threshold }) => {
      const names = signers.map((key) => repository.nameOf(key)).join(", ");
      return `${signers.length} of ${threshold}${names === "" ? "" : `: ${names}`}`;
    })
    .join("; of the root before ");
}

function signersOfRecord({ fact }: RecordFile, { listed, threshold }: Count): Count {
  const octets = signedRecordOctets(fact);
  const signers = listed.filter((key) => {
    const signature = fact.envelope.signatures.find(({ keyId }) => keyId === keyIdOf(key));
    return signature !== undefined && isSignedBy(key, octets, signature.octets);
  });
  return { signers, listed, threshold };
}
