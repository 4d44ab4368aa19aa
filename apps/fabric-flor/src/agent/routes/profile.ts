/** The profile of a node, as coordinators are to have it: the device that it runs on, its software, and the contracts that it speaks. Pure. */
import { type ProfileBody, type Signer, signPayload, writePayload } from "@florenetes/facts";
import { CHARGE_STEPS, PROFILE_LIFE_MS, REPORT_AGAIN_MS, REPORT_MS } from "../limits.ts";
import type { Moment } from "../moment.ts";
import type { Shown } from "./route-post.ts";

export interface ProfileSlot {
  readonly cluster: string;
  readonly node: string;
  readonly key: Signer;
}

/**
 * Makes the profiles of a node: one at half of the life of the last one, and where something else is to be said. A change that opens or shuts a gate is told at once, at most each 5 s;
 * of a battery otherwise each minute, with the next letter.
 */
export class Profile {
  readonly #slot: ProfileSlot;
  #last: (Shown & { readonly text: string; readonly essence: string; readonly at: Moment }) | undefined;
  #epoch = 0;
  #dueAt = Number.POSITIVE_INFINITY;

  constructor(slot: ProfileSlot) {
    this.#slot = slot;
  }

  /**
   * The newest profile, which is made now where one is due.
   *
   * @param isKnown Whether all coordinators have a record
   */
  shown(body: ProfileBody, at: Moment, isKnown: (id: string) => boolean): Shown {
    const text = JSON.stringify(body);
    const essence = essenceOf(body);
    const before = this.#last;
    this.#dueAt = before === undefined ? at.now : dueAt(before, { text, essence });
    if (before !== undefined && at.now < this.#dueAt) return before;
    this.#dueAt = at.now + PROFILE_LIFE_MS / 2;
    this.#epoch = Math.max(this.#epoch + 1, at.wall);
    // A profile in the place of one that nobody has yet is as urgent as that one.
    const wasTold = before !== undefined && (before.isPatient === true || isKnown(before.id));
    this.#last = {
      id: `profile ${this.#epoch}`,
      octets: this.#write(body, at.wall),
      isPatient: wasTold && before.essence === essence,
      text,
      essence,
      at,
    };
    return this.#last;
  }

  /** When the next one is due, in monotonic milliseconds; Infinity: none has been asked for yet. */
  nextTimeout(): number {
    return this.#dueAt;
  }

  #write(body: ProfileBody, wall: number): Uint8Array {
    const { cluster, node, key } = this.#slot;
    const slot = { kind: "profile", scope: "cluster", subject: node, authority: "node", issuer: node };
    const life = { epoch: this.#epoch, generation: 0, issued: wall, expires: wall + PROFILE_LIFE_MS };
    return signPayload(writePayload({ cluster, ...slot, ...life, body: { ...body } }), [key]);
  }
}

function dueAt(
  last: { readonly text: string; readonly essence: string; readonly at: Moment },
  { text, essence }: { readonly text: string; readonly essence: string },
): number {
  if (essence !== last.essence) return last.at.now + REPORT_AGAIN_MS;
  return last.at.now + (text === last.text ? PROFILE_LIFE_MS / 2 : REPORT_MS);
}

/** The part of a profile whose change is told at once: all but the exact charge. */
function essenceOf({ device, ...program }: ProfileBody): string {
  const { battery, ...rest } = device;
  const step = battery === undefined ? null : CHARGE_STEPS.filter((charge) => battery >= charge).length;
  return JSON.stringify([step, rest, program]);
}
