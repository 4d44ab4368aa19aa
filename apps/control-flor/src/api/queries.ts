/** The parts behind `?`, each in the form that its path knows. */
import { z } from "zod";
import { ApiError } from "./exchange.ts";
import { CURSOR_LENGTH_MAX, PAGE_ITEMS, PAGE_ITEMS_MAX, PARAMETER_LENGTH_MAX } from "./limits.ts";

export type QueryForm = z.ZodObject<Readonly<Record<string, z.ZodType>>>;

const text = z.string().max(PARAMETER_LENGTH_MAX).optional();

/** Parameters of every collection. */
const paging = {
  limit: z.coerce.number().int().min(1).max(PAGE_ITEMS_MAX).default(PAGE_ITEMS).describe("items of the page"),
  after: z.string().max(CURSOR_LENGTH_MAX).optional().describe("the cursor that the page before has given as `next`"),
};

/** The parameters that every collection has. */
export interface PagingQuery {
  readonly limit: number;
  readonly after?: string | undefined;
}

/** The form of a collection that is filtered by these members of its items. */
export function collectionQuery(filters: Readonly<Record<string, string>>): QueryForm {
  const fields = Object.entries(filters).map(([name, about]) => [name, text.describe(about)] as const);
  return z.strictObject({ ...Object.fromEntries(fields), ...paging });
}

export const NO_QUERY: QueryForm = z.strictObject({});

/** @throws ApiError ERR_CONTROL_QUERY */
export function readQuery(query: URLSearchParams, form: QueryForm): Readonly<Record<string, unknown>> & PagingQuery {
  const names = [...query.keys()];
  const twice = names.find((name, at) => names.indexOf(name) !== at);
  if (twice !== undefined) throw new ApiError("ERR_CONTROL_QUERY", `\`${shown(twice)}\` is there twice`);
  const { data, error } = form.safeParse(Object.fromEntries(query));
  if (error === undefined) return data as never;
  const [issue] = error.issues;
  const unknown = issue?.code === "unrecognized_keys" ? issue.keys[0] : undefined;
  if (unknown !== undefined) throw new ApiError("ERR_CONTROL_QUERY", `there is no parameter \`${shown(unknown)}\``);
  const at = issue?.path.map(String).join(".") ?? "";
  throw new ApiError("ERR_CONTROL_QUERY", `\`${shown(at)}\`: ${issue?.message ?? "it cannot have this value"}`);
}

const NAME_SHOWN_MAX = 64;

function shown(name: string): string {
  return name.slice(0, NAME_SHOWN_MAX);
}
