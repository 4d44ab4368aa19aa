/** Octets of the longest principal that may ask: a service with the longest name. */
export const PRINCIPAL_SIZE_MAX = 71;

/** Whether a text names somebody who may ask: `user/alice`, or `service/backup`. */
export function isAsking(text: string): boolean {
  return text.length <= PRINCIPAL_SIZE_MAX && /^(?:user|service)\/[a-z0-9](?:[a-z0-9._-]*[a-z0-9])?$/.test(text);
}
