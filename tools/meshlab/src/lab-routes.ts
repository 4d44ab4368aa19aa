import { z } from "zod";

/** A route of a path. */
export interface LabRoute {
  readonly path: string;
  /** The nodes on the way, with `>` between them. */
  readonly route: string;
  /** Classes whose connections use it. */
  readonly inUse: readonly string[];
  /** Why connections pass it by; null: it is good. */
  readonly failure: string | null;
}

const routesForm: z.ZodType<{ readonly routes: readonly LabRoute[] }> = z.object({
  routes: z.array(
    z.object({ path: z.string(), route: z.string(), inUse: z.array(z.string()), failure: z.string().nullable() }),
  ),
});

/** The routes in the view at a cluster vertex's door. */
export function readRoutes(view: unknown): readonly LabRoute[] {
  return routesForm.parse(view).routes;
}

const leadsForm: z.ZodType<{ readonly auto: readonly { readonly service: string; readonly path: string | null }[] }> =
  z.object({ auto: z.array(z.object({ service: z.string(), path: z.string().nullable() })) });

/** The services with `path: auto` that have a path, in the view at a cluster vertex's door: a host of them is proven. */
export function readLeads(view: unknown): readonly string[] {
  return leadsForm.parse(view).auto.flatMap(({ service, path }) => (path === null ? [] : [service]));
}
