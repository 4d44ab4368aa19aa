import type { Extent, Ground, Place } from "./ground.ts";

type AttackerKind =
  | "stranger"
  | "neighbour"
  | "transit node"
  | "user"
  | "user off the allow list"
  | "holder of an ended certificate"
  | "local user"
  | "partner process"
  | "agent of a node"
  | "coordinator";

/** A condition that has to be true for an attack to have been held. */
export interface Check {
  readonly isHeld: boolean;
  /** The observation, with its counts. */
  readonly text: string;
}

/** The course of an attack: what the attacker sent, and the checks of what came of it. */
export interface Course {
  readonly packets: number;
  readonly bytes: number;
  readonly checks: readonly Check[];
}

/** A way to harm a mesh. `run` makes the attack, on a mesh that has carried requests before and carries them meanwhile. */
export interface Attack extends Place {
  readonly name: string;
  readonly by: AttackerKind;
  /** The attacker's deeds, and the gain that he hopes for: a sentence or two. */
  readonly description: string;
  /** The meaning of "held" for this attack, besides that all processes live, that requests work afterwards, and the bound on
   *  memory. */
  readonly held: string;
  /** If true, no other attack can share this one's mesh: it needs the attacker's own processes, or changes more than those. */
  readonly isAlone?: true;
  /** If true, tests leave it out: it takes long, or agents do. The command makes it. */
  readonly isByCommandAlone?: true;
  /** MB that the victim may have gained some time after the attack; a usual bound when left out. */
  readonly memoryMax?: number;
  /** The most that the p99 of honest requests may be during the attack, as a multiple of the twin's. Short forms do not judge it. */
  readonly p99RatioMax?: number;
  run(ground: Ground, extent: Extent): Promise<Course>;
}
