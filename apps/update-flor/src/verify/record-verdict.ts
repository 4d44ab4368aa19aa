/** Judges the records of a spool: root descriptors from the first one on, and the release by them. What is read is believed by its signatures alone. Pure. */
import {
  Authority,
  bodyOf,
  compareFacts,
  type Fact,
  isByPrograms,
  judge,
  readFact,
  readRecordTexts,
  type Reason as FactReason,
  REASONS,
  type ReleaseBody,
  slotOf,
  trustRoot,
} from "@florenetes/facts";
import { RECORDS_MAX } from "../limits.ts";
import { updateError, type UpdateErrorCode } from "../update-errors.ts";

/** A record that was seen, which must not come older again. */
export interface SeenRecord {
  readonly epoch: number;
  readonly issued: number;
  readonly generation: number;
  readonly id: string;
}

/** Records of a channel that were seen: the newest of people, and the newest by which programs have raised the stage of that one. */
export interface SeenRelease {
  readonly people: SeenRecord;
  readonly programs?: SeenRecord | undefined;
}

/** The machine knows this of the fabric. */
export interface Pin {
  readonly cluster: string;
  /** The id of the first root descriptor, in lower-case hex. */
  readonly fingerprint: string;
  /** Milliseconds since 1970. */
  readonly now: number;
}

/** A release that the update quorum has signed. */
export interface SignedRelease {
  readonly fact: Fact;
  readonly body: ReleaseBody;
  /** To be kept of it. */
  readonly seen: SeenRelease;
}

/**
 * The authority of root descriptors as text, from the first one to the newest.
 *
 * @param seen the newest root that was seen before
 * @throws OperatorError `ERR_UPDATE_ROOTS`
 */
export function authorityOf(text: string, { cluster, fingerprint, now }: Pin, seen: SeenRecord | undefined): Authority {
  const [first, ...later] = recordsIn(text, "ERR_UPDATE_ROOTS");
  // Whoever names a root for development by its fingerprint means it.
  const trusted = trustRoot(first!, { cluster, fingerprint, development: true, now });
  if (!trusted.isAccepted) throw refusedBy("ERR_UPDATE_ROOTS", "the first root descriptor", trusted.reason);
  const development = Authority.of(trusted.fact).isDevelopment;
  const authority = later.reduce((authority, octets) => {
    const next = judge(octets, { authority, held: NOTHING, development, now });
    if (!next.isAccepted)
      throw refusedBy("ERR_UPDATE_ROOTS", `the root descriptor after version ${authority.version}`, next.reason);
    if (next.fact.kind !== "root")
      throw updateError("ERR_UPDATE_ROOTS", "the file has another record than root descriptors");
    // The machine has no place where such a root could wait out its time.
    if (next.waits)
      throw updateError(
        "ERR_UPDATE_ROOTS",
        "a root descriptor is signed by the recovery keys: give `root` its fingerprint",
      );
    return authority.next(next.fact);
  }, Authority.of(trusted.fact));
  const { version, root } = authority;
  if (seen !== undefined && (version < seen.epoch || (version === seen.epoch && root.id !== seen.id)))
    throw updateError(
      "ERR_UPDATE_ROOTS",
      `the newest root descriptor is version ${version}, and version ${seen.epoch} was seen`,
    );
  return authority;
}

/**
 * The release of a channel that records as text say: the last of them, which may rest on those before it.
 *
 * @param seen the newest records of the channel that were seen before
 * @throws OperatorError `ERR_UPDATE_RECORD`
 */
export function releaseOf(
  text: string,
  authority: Authority,
  channel: string,
  now: number,
  seen: SeenRelease | undefined,
): SignedRelease {
  const held: Fact[] = [];
  const grounds = {
    authority,
    held: { in: (slot: string) => held.filter((fact) => slotOf(fact) === slot) },
    development: authority.isDevelopment,
    now,
  };
  for (const octets of recordsIn(text, "ERR_UPDATE_RECORD")) {
    const judged = judge(octets, grounds);
    if (!judged.isAccepted) throw refusedBy("ERR_UPDATE_RECORD", describe(octets, authority), judged.reason);
    if (judged.fact.kind !== "release" || judged.fact.subject !== channel)
      throw updateError(
        "ERR_UPDATE_RECORD",
        `${describe(octets, authority)} is none of a release of channel ${channel}`,
      );
    held.push(judged.fact);
  }
  const fact = held.at(-1)!;
  const body = bodyOf(fact, "release");
  if (body === undefined) throw updateError("ERR_UPDATE_RECORD", `the release of channel ${channel} is taken back`);
  const base = held.findLast((each) => !isByPrograms(each, grounds)) ?? fact;
  const order = seen === undefined ? 1 : compareFacts(base, seen.people);
  // Whatever epochs programs have signed, a newer record of people takes the place of theirs.
  const programs = order === 0 ? seen!.programs : undefined;
  const newer = order < 0 ? seen!.people : programs;
  if (newer !== undefined && (order < 0 || compareFacts(fact, newer) < 0))
    throw updateError(
      "ERR_UPDATE_RECORD",
      `the release has epoch ${fact.epoch}, and a newer one of epoch ${newer.epoch} was seen`,
    );
  return { fact, body, seen: { people: seenRecord(base), programs: fact === base ? programs : seenRecord(fact) } };
}

/** The part of a record that is kept of it. */
export function seenRecord({ epoch, issued, generation, id }: Fact): SeenRecord {
  return { epoch, issued, generation, id };
}

const NOTHING = { in: () => [] };

function recordsIn(text: string, code: UpdateErrorCode): readonly Uint8Array[] {
  const records = readRecordTexts(text);
  if (records === undefined) throw updateError(code, "the file holds no records");
  if (code === "ERR_UPDATE_RECORD" && records.length > RECORDS_MAX)
    throw updateError(code, `the file holds more than ${RECORDS_MAX} records`);
  return records;
}

function describe(octets: Uint8Array, { cluster }: Authority): string {
  const fact = readFact(octets, cluster);
  return typeof fact === "string" ? "the record" : `the record ${fact.kind} ${fact.subject} of epoch ${fact.epoch}`;
}

function refusedBy(code: UpdateErrorCode, what: string, reason: FactReason): Error {
  return updateError(code, `${what} is refused: ${REASONS[reason]} (${reason})`);
}
