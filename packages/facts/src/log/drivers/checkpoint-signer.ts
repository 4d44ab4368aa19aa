import { writeEnvelope } from "../../envelope.ts";
import { judgeProposal, type SigningFault, type SigningGrounds } from "../checkpoint.ts";
import type { LogReader } from "../log-reader.ts";
import type { SignerMemory } from "./signer-memory.ts";

/** The key of a signer, wherever it is. */
export interface CheckpointKey {
  /** SHA-256 of the raw public key, in lower-case hex. */
  readonly keyId: string;
  /** The octets of a record that nobody has signed, with the signature of this key. */
  readonly sign: (record: Uint8Array) => Uint8Array | Promise<Uint8Array>;
}

export interface CheckpointSignerOptions {
  readonly cluster: string;
  /** The log's name. */
  readonly log: string;
  readonly memory: SignerMemory;
  /** A reader that has read nothing yet, and begins where `memory.seen` says, if it says something. */
  readonly reader: LogReader;
  readonly signer: CheckpointKey;
}

/** Signs checkpoints of one log, of which no two contradict each other, whenever the process is killed: what is about to be signed is on the disk first. */
export class CheckpointSigner {
  readonly #options: CheckpointSignerOptions;

  /** Throws a RangeError for a reader that has begun elsewhere: whether it reads an extension of what was signed would not be known. */
  constructor(options: CheckpointSignerOptions) {
    const { signed } = options.memory.state;
    if (signed !== undefined && options.reader.hashAt(signed.index) !== signed.head) {
      throw new RangeError("a signer's reader begins at the checkpoint that was signed last");
    }
    this.#options = options;
  }

  /**
   * A proposal with the signature of this key alone, or the reason why there is none. Rejects with ERR_LOG_SIGNER_MEMORY, or with what its key rejects
   * with, and has not signed.
   *
   * @param proposal the octets of a record, whatever signatures it has
   */
  async sign(
    proposal: Uint8Array,
    grounds: Pick<SigningGrounds, "policy" | "last" | "sectionsAt" | "now">,
  ): Promise<SigningFault | Uint8Array> {
    const { cluster, log, memory, reader, signer } = this.#options;
    const { keyId } = signer;
    const verdict = judgeProposal(proposal, { ...grounds, cluster, log, reader, keyId, state: memory.state });
    if (verdict.state !== memory.state) memory.keep(verdict.state);
    if (verdict.fault !== undefined) return verdict.fault;
    return await signer.sign(writeEnvelope({ payload: verdict.fact.envelope.payload, signatures: [] }));
  }
}
