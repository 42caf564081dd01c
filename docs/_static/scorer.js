// SPDX-License-Identifier: Apache-2.0
// What the search of the site finds first. Sphinx reads this in the place of its own numbers, which are kept here, but
// for one thing: a clause found by its name, or by that of its chapter, comes first, and is shown with its sentence.
"use strict";

var Scorer = {
  query: "",
  score: (result) => {
    const [, name, anchor, , score, filename, kind] = result;
    if (kind !== "object" || !filename.startsWith("made/clauses/")) return score;
    const index = Search._index;
    for (const [title, places] of Object.entries(index.alltitles))
      for (const [file, id] of places)
        if ("#" + id === anchor && index.filenames[file] === filename) result[1] = title;
    const wanted = Scorer.query.trim().toUpperCase().replace(/[ _]/, "-");
    if (name === wanted) return score + 1000;
    return name.startsWith(wanted + "-") ? score + 500 : score;
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

// A score is asked for without the query that it is for. This runs before the page's own search begins.
document.addEventListener("DOMContentLoaded", () => {
  if (typeof Search === "undefined") return;
  const perform = Search._performSearch;
  Search._performSearch = (query, ...words) => {
    Scorer.query = query;
    return perform(query, ...words);
  };
});
