/** The texts of the cells of a page's tables, row by row: of rows whose first cell is their heading. */
export const cellsOf = (page: string): readonly (readonly string[])[] =>
  [...page.matchAll(/<tr><th scope="row">(.*?)<\/tr>/gs)].map(([, row]) =>
    row!
      .split(/<\/t[hd]>/)
      .map((cell) => cell.replaceAll(/<[^>]+>/g, "").trim())
      .slice(0, -1),
  );
