import { programArguments, WORLD } from "@florenetes/meshlab";
import { now } from "@florenetes/workloads";
import type { Workload } from "../workload.ts";
import { CLIENT, WEB_PORT } from "./terrain.ts";

const PAUSE_MS = 200;
/** A request that is lost with its exit is given up after so many seconds, and sent again. */
const CURL_S = 1;
/** The shortest pause that is reported. */
const PAUSED_MS = 500;
const MESHLAB = [process.execPath, ...programArguments("meshlab")];

/** Short requests of curl, one after the other, which say how soon the world answers again. */
export function requests(
  url: string,
  kind: Pick<Workload, "ends" | "routes"> & { readonly as: readonly string[] },
): Workload {
  const { as, ...place } = kind;
  return {
    ...place,
    name: "requests",
    needs: ["curl"],
    packages: ["curl"],
    unit: "answers",
    async prepare(stage) {
      for (const host of Object.values(WORLD))
        await stage.serve(WEB_PORT, [...MESHLAB, "demo-service", host, String(WEB_PORT), "w"]);
    },
    begin(stage, witness) {
      let answeredAt = 0;
      const argv = [...as, "curl", "--silent", "--max-time", String(CURL_S), url];
      const finished = stage.repeat(PAUSE_MS, async () => {
        const { code, stdout } = await stage.lab.exec(CLIENT, argv);
        if (code !== 0) return witness.gaveUp();
        const to = now();
        if (!stdout.startsWith("Hello from node w")) return witness.wrong(`the world answers "${stdout.trim()}"`);
        witness.right();
        witness.moved(to);
        if (answeredAt > 0 && to - answeredAt > PAUSED_MS) witness.paused({ from: answeredAt, to });
        answeredAt = to;
      });
      return { finished, pulse: () => answeredAt };
    },
  };
}
