// SPDX-License-Identifier: Apache-2.0
// What the search of the site finds first. Sphinx reads this in the place of its own numbers, which are kept here, but
// for one thing: a clause found by its name comes first, and is shown with its sentence. PIPE-1 goes before PIPE-10.
"use strict";

var Scorer = {
  score: (result) => {
    const [, name, anchor, , score, filename, kind] = result;
    if (kind !== "object" || !filename.startsWith("made/clauses/")) return score;
    const index = Search._index;
    for (const [title, places] of Object.entries(index.alltitles))
      for (const [file, id] of places)
        if ("#" + id === anchor && index.filenames[file] === filename) result[1] = title;
    return score + 1000 - name.length;
  },
  objNameMatch: 11,
  objPartialMatch: 6,
  objPrio: { 0: 15, 1: 5, 2: -5 },
  objPrioDefault: 0,
  title: 15,
  partialTitle: 7,
  term: 5,
  partialTerm: 2,
};
