import { z } from "zod";

/** Rows of an answer in which others have a part: a row of another form costs itself alone, and not all that the agent tells. */
export function toldRows<Row>(form: z.ZodType<Row>): z.ZodType<readonly Row[]> {
  return z.array(z.unknown()).transform((rows) =>
    rows.flatMap((row) => {
      const { data } = form.safeParse(row);
      return data === undefined ? [] : [data];
    }),
  );
}
