import { setTimeout as sleep } from "node:timers/promises";
import { now } from "@florenetes/workloads";
import type { World } from "../player.ts";

/** The world of real processes, by the machine's clock. It is over when the run is aborted. */
export function realWorld(
  striker: Pick<World, "strike" | "mend">,
  recover: World["recover"],
  { aborted, say }: { readonly aborted: AbortSignal; readonly say: (text: string) => void },
): World {
  return {
    now,
    waitUntil: (time) => sleep(Math.max(0, time - now()), undefined, { signal: aborted }).catch(() => {}),
    strike: (fault) => striker.strike(fault),
    mend: (fault) => striker.mend(fault),
    recover,
    isOver: () => aborted.aborted,
    say,
  };
}
