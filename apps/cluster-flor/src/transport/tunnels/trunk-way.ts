import { wordsOf } from "@florenetes/forwarding";
import { LINK_NONE } from "../../forwarding/interfaces.ts";
import type { Carriage } from "../messages.ts";
import type { Way } from "../packets/packet-sender.ts";
import type { PathPlace, PathSize } from "../paths/path-size.ts";
import { sizeFor } from "../paths/uncut-size.ts";

/** The words and the first link of a path's packets, and how large they are for a trunk. */
export interface TrunkWay {
  readonly way: Way;
  readonly size: PathSize;
  /** Pins hold for the service at the end of the path, whatever the config binds else. */
  readonly isBound: boolean;
}

export function trunkWay({ link, labels, size, isOverlay }: PathPlace, carriage: Carriage): TrunkWay {
  return {
    way: { outLink: link ?? LINK_NONE, words: wordsOf(labels) },
    size: sizeFor(size, carriage),
    isBound: isOverlay === true,
  };
}
