import { createLogger, serviceManager, untilSignal } from "@florenetes/process-kit";
import { ListFollower } from "./follow-lists.ts";
import { loadRenewalConfig } from "./renewal-config.ts";

/** Follows the lists of the issuer in a config file until SIGTERM or SIGINT. */
export async function followByConfig(file: string): Promise<void> {
  const config = await loadRenewalConfig(file);
  const stop = untilSignal("SIGTERM", "SIGINT");
  const log = createLogger({ name: "flor-follow" });
  const follower = new ListFollower(config, log);
  const { host, port } = config.issuer;
  log.info({ code: "READY", cluster: config.cluster, issuer: `tcp://${host}:${port}` }, "follows the issuer's lists");
  const manager = serviceManager();
  manager.ready({ statusLine: () => follower.statusLine, isCarrying: () => true });
  const ending = new AbortController();
  const following = follower.run(ending.signal);
  const signal = await Promise.race([stop, following]);
  ending.abort();
  await following;
  log.info({ code: "STOPPING", ...(signal !== undefined && { signal }) }, "stops following");
  manager.stopping("stops");
}
