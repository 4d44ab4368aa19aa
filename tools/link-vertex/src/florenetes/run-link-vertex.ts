import { parseArgs } from "node:util";
import { newInstance } from "@florenetes/wire-values";
import { catchHangUps, createLogger, type Logger, runProgram, untilSignal } from "@florenetes/process-kit";
import type { LinkProtocol } from "./link-protocol.ts";
import { ServedCluster } from "./served-cluster.ts";
import { loadClusterConfigs } from "./vertex-config.ts";

/** Pause before a cluster that is down is tried again. Each further pause is twice as long. */
const DOWN_MS = 1_000;
const DOWN_MS_MAX = 30_000;
const MISUSED = 2;

/**
 * Runs the whole program, `run --config FILE`. It serves each cluster of the file until SIGTERM or SIGINT, then tells all neighbours, and
 * ends with 0. At SIGHUP it reads the identities and the revocation lists anew.
 */
export function runLinkVertex(protocol: LinkProtocol): void {
  runProgram(async () => {
    const stop = untilSignal("SIGTERM", "SIGINT");
    const onHangUp = catchHangUps();
    const file = readArguments(process.argv.slice(2));
    if (file === undefined) {
      process.stderr.write("usage: run --config FILE\n");
      return MISUSED;
    }
    const configs = await loadClusterConfigs(file);
    const log = createLogger({ name: protocol.name, to: "stderr", pretty: false });
    const instance = newInstance();
    const places = configs.map((config) => {
      const clusterLog = log.child({ cluster: config.cluster });
      return new Place(() => ServedCluster.open(config, protocol, instance, clusterLog), clusterLog);
    });
    await Promise.all(places.map((place) => place.open()));
    onHangUp(() => void Promise.all(places.map((place) => place.reload())));
    await stop;
    await Promise.all(places.map((place) => place.close()));
    return 0;
  });
}

/** A cluster that is served, or down. A cluster that could not be served is tried again, while the others run. */
class Place {
  readonly #serve: () => Promise<ServedCluster>;
  readonly #log: Logger;
  #served: ServedCluster | undefined;
  #timer: NodeJS.Timeout | undefined;
  #pauseMs = DOWN_MS;
  #isClosed = false;

  constructor(serve: () => Promise<ServedCluster>, log: Logger) {
    this.#serve = serve;
    this.#log = log;
  }

  async open(): Promise<void> {
    clearTimeout(this.#timer);
    try {
      const served = await this.#serve();
      if (this.#isClosed) return await served.close();
      this.#served = served;
      this.#log.info({ code: "CLUSTER_UP" }, "the cluster is served");
    } catch (error) {
      this.#log.error({ code: "CLUSTER_DOWN" }, (error as Error).message);
      if (!this.#isClosed) this.#timer = setTimeout(() => void this.open(), this.#pauseMs);
      this.#pauseMs = Math.min(2 * this.#pauseMs, DOWN_MS_MAX);
    }
  }

  async reload(): Promise<void> {
    await this.#served?.reload();
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    clearTimeout(this.#timer);
    await this.#served?.close();
  }
}

/** The config file; undefined for a wrong command line. */
function readArguments(args: readonly string[]): string | undefined {
  try {
    const { values, positionals } = parseArgs({
      args: [...args],
      options: { config: { type: "string" } },
      allowPositionals: true,
    });
    return positionals.length === 1 && positionals[0] === "run" ? values.config : undefined;
  } catch {
    return undefined;
  }
}
