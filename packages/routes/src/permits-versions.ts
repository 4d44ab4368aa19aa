/** Names under which a relay's report tells the epochs of the permits that it holds: `permits.` and the coordinator, and for an organization's `.org.` and its name behind that. */
import { organizationOf } from "./directory.ts";

/** The name for permits of a coordinator in a scope. It may be too long for one. */
export function permitsVersion(coordinator: string, scope: string): string {
  const organization = organizationOf(scope);
  return `permits.${coordinator}${organization === undefined ? "" : `.org.${organization}`}`;
}

/** The scope of permits of a coordinator that a name stands for; undefined: it stands for something else. */
export function scopeOfVersion(coordinator: string, name: string): string | undefined {
  const own = `permits.${coordinator}`;
  if (name === own) return "cluster";
  return name.startsWith(`${own}.org.`) ? `org/${name.slice(`${own}.org.`.length)}` : undefined;
}
