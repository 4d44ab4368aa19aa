import { type Instance, isLater } from "@florenetes/wire-values";
import type { PortalBody, PortalMessage } from "./messages.ts";
import { PortalCode } from "./codes.ts";
import type { PortalClientOptions } from "./portal-client-options.ts";
import type { PortalServerOptions } from "./portal-server-options.ts";
import { PINS_FEATURE } from "./pins.ts";
import { CALL_LIMIT_FEATURE } from "./wish.ts";
import { SIGN_FEATURE } from "./sign.ts";
import { PERMITS_FEATURE, SHARES_FEATURE, TRANSIT_FEATURE } from "./transit.ts";
import { PROTOCOL_VERSION_MAX, PROTOCOL_VERSION_MIN } from "./limits.ts";

type Attach = PortalBody & { kind: "attach" };

/** The link vertex's own side. */
interface OwnSide {
  readonly cluster: string;
  readonly principal: string;
  readonly versions?: { readonly min: number; readonly max: number };
}

/** Asks to be attached. */
export function attachBody({ cluster, vertex, instance, versions }: PortalClientOptions): Attach {
  return {
    kind: "attach",
    cluster,
    vertex,
    startedAt: instance.startedAt,
    versionMin: versions?.min ?? PROTOCOL_VERSION_MIN,
    versionMax: versions?.max ?? PROTOCOL_VERSION_MAX,
  };
}

/** The features of a link vertex that AttachAnswer names. */
export function featuresOf({ transit, signer }: Pick<PortalServerOptions, "transit" | "signer">): string[] {
  const ofTransit = transit === undefined ? [] : [TRANSIT_FEATURE, PERMITS_FEATURE, SHARES_FEATURE];
  return [PINS_FEATURE, CALL_LIMIT_FEATURE, ...ofTransit, ...(signer === undefined ? [] : [SIGN_FEATURE])];
}

/** The highest version that both speak, or 0. */
export function chooseVersion({ versionMax, versionMin }: Attach, { versions }: OwnSide): number {
  const own = versions ?? { min: PROTOCOL_VERSION_MIN, max: PROTOCOL_VERSION_MAX };
  const version = Math.min(own.max, versionMax);
  return version >= own.min && version >= versionMin ? version : 0;
}

/** Whether an Attach is late: the process has sent a newer one, or another process that started later has attached. */
export function isLate(
  instance: Instance,
  requestId: number,
  inForce: { readonly instance: Instance; readonly requestId: number },
): boolean {
  if (instance.id === inForce.instance.id) return requestId < inForce.requestId;
  return !isLater(instance, inForce.instance);
}

/** Why a cluster vertex is not attached, as a code and a text for people; undefined: it may be. */
export function reasonToRefuse(
  body: Attach,
  version: number,
  { cluster, principal, versions }: OwnSide,
): [string, string] | undefined {
  if (version === 0) {
    const own = versions ?? { min: PROTOCOL_VERSION_MIN, max: PROTOCOL_VERSION_MAX };
    const text = `this link vertex speaks versions ${own.min} to ${own.max}, not ${body.versionMin} to ${body.versionMax}`;
    return [PortalCode.versionUnsupported, text];
  }
  if (body.cluster !== cluster) {
    return [PortalCode.wrongCluster, `this socket belongs to the cluster ${cluster}, not ${body.cluster}`];
  }
  if (body.vertex !== "" && body.vertex !== principal) {
    return [PortalCode.wrongVertex, `this link vertex holds the credentials of ${principal}, not of ${body.vertex}`];
  }
  return undefined;
}

/** Why an answer to Attach is a refusal, as a code and a text for people; undefined: it is none. An answer against the protocol is one. */
export function refusalIn(
  { body, attachment }: PortalMessage,
  own: OwnSide["versions"],
): readonly [code: string, text: string] | undefined {
  if (body.kind === "error") return [body.code, body.text];
  if (body.kind === "unimplemented") return [PortalCode.unimplemented, ""];
  if (body.kind !== "attach-answer") return undefined;
  const { min, max } = own ?? { min: PROTOCOL_VERSION_MIN, max: PROTOCOL_VERSION_MAX };
  const how = "the link vertex answers in a way that none may";
  const { version } = body;
  if (version < min || version > max)
    return [PortalCode.invalidAnswer, `${how}: with version ${version}, when ${min} to ${max} were offered`];
  return attachment === 0 ? [PortalCode.invalidAnswer, `${how}: without a number of the attachment`] : undefined;
}

/** Why a cluster vertex that wants links over one protocol alone does not use a link vertex; undefined: it does. */
export function reasonNotToUse(linkProtocol: string | undefined, wanted: string | undefined): string | undefined {
  if (wanted === undefined || linkProtocol === wanted) return undefined;
  const says = linkProtocol === undefined ? "does not say what its links run over" : `has links over ${linkProtocol}`;
  return `the link vertex ${says}, and only ${wanted} is wanted`;
}
