import { IdentityError } from "@florenetes/identity";
import { OperatorError } from "@florenetes/operator-text";
import { catchHangUps, createLogger, serviceManager, untilSignal } from "@florenetes/process-kit";
import { FLOR_ERRORS } from "../error-codes.ts";
import { openCaFolder } from "../open-ca.ts";
import { loadIssuerConfig } from "./issuer-config.ts";
import { RunningIssuer } from "./running-issuer.ts";

/** Runs an issuer until SIGTERM or SIGINT; SIGHUP has it read roots and lists again. */
export async function runIssuer(file: string, caPassphraseFile: string | undefined): Promise<void> {
  const config = await loadIssuerConfig(file);
  const ca = await openCaFolder({ ca: config.ca, ...(caPassphraseFile === undefined ? {} : { caPassphraseFile }) });
  if (ca.authority.cluster !== config.cluster) {
    const message = `the CA is that of cluster "${ca.authority.cluster}", and the config is for "${config.cluster}"`;
    throw new IdentityError("ERR_IDENTITY_WRONG_CLUSTER", message, { where: { file: config.ca } });
  }
  const stop = untilSignal("SIGTERM", "SIGINT");
  const onHangUp = catchHangUps();
  const log = createLogger({ name: "flor-issuer" });
  using issuer = await open(config, ca, log);
  const manager = serviceManager();
  const end = ca.authority.notAfter.toISOString();
  log.info({ code: "READY", cluster: config.cluster, listen: config.listen, notAfter: end }, "the issuer is ready");
  manager.ready({
    statusLine: () => `renews identities of ${config.cluster}; its CA ends ${end}`,
    isCarrying: () => true,
  });
  onHangUp(() => void issuer.reload());
  const signal = await stop;
  log.info({ code: "STOPPING", signal }, "the issuer stops");
  manager.stopping("stops");
}

async function open(...args: Parameters<typeof RunningIssuer.open>): Promise<RunningIssuer> {
  try {
    return await RunningIssuer.open(...args);
  } catch (error) {
    const { syscall, code } = error as NodeJS.ErrnoException;
    if (syscall !== "listen" && syscall !== "bind" && syscall !== "getaddrinfo") throw error;
    const { host, port } = args[0].listen;
    const { advice } = FLOR_ERRORS.ERR_FLOR_ISSUER_LISTEN;
    throw new OperatorError("ERR_FLOR_ISSUER_LISTEN", `cannot listen on ${host}, port ${port}: ${code}`, { advice });
  }
}
