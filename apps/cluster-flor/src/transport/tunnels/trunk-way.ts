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
}

export function trunkWay({ link, labels, size }: PathPlace, carriage: Carriage): TrunkWay {
  return {
    way: { outLink: link ?? LINK_NONE, words: wordsOf(labels) },
    size: sizeFor(size, carriage),
  };
}
