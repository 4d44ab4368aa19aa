import { createLogger, serviceManager, untilSignal } from "@florenetes/process-kit";
import { ListFollower } from "./follow-lists.ts";
import { loadRenewalConfig } from "./renewal-config.ts";

/** Follows the lists of all issuers in a config file until SIGTERM or SIGINT. */
export async function followByConfig(file: string): Promise<void> {
  const config = await loadRenewalConfig(file);
  const stop = untilSignal("SIGTERM", "SIGINT");
  const log = createLogger({ name: "flor-follow" });
  const followers = config.issuers.map((issuer) => new ListFollower(issuer, config, log));
  const issuers = config.issuers.map(({ host, port }) => `${host}, port ${port}`);
  log.info({ code: "READY", cluster: config.cluster, issuers }, "follows the lists of the cluster's issuers");
  const statusLine = (): string => {
    const silent = issuers.filter((_, index) => followers[index]!.isStale);
    return silent.length === 0 ? "has the issuers' lists" : `has not heard from the issuer at ${silent.join("; ")}`;
  };
  const manager = serviceManager();
  manager.ready({ statusLine, isCarrying: () => true });
  const ending = new AbortController();
  const following = Promise.all(followers.map((follower) => follower.run(ending.signal)));
  const signal = await Promise.race([stop, following.then(() => undefined)]);
  ending.abort();
  await following;
  log.info({ code: "STOPPING", ...(signal !== undefined && { signal }) }, "stops following");
  manager.stopping("stops");
}
