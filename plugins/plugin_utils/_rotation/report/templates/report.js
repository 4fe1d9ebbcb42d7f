// SPDX-License-Identifier: GPL-3.0-or-later
//
// Sorting, filtering, unfolding for print; the page is complete without it. It only moves, hides and wraps elements
// that are there: no text ever becomes markup.
(function () {
  "use strict";
  var order = new Intl.Collator("en", {numeric: true, sensitivity: "base"});
  var all = function (selector, root) { return Array.from((root || document).querySelectorAll(selector)); };

  // Puts the content of an element into a button: what does nothing without this script is no button without it.
  function makeButton(element, action) {
    var button = document.createElement("button");
    button.type = "button";
    button.append.apply(button, Array.from(element.childNodes));
    element.append(button);
    button.addEventListener("click", action);
  }

  function sortBy(table, header) {
    var column = header.cellIndex, body = table.tBodies[0];
    var sign = header.getAttribute("aria-sort") === "ascending" ? -1 : 1;
    var rows = Array.from(body.rows, function (row) { return {row: row, text: row.cells[column].textContent}; });
    rows.sort(function (a, b) {
      if (!a.text || !b.text) { return (a.text ? 0 : 1) - (b.text ? 0 : 1); }
      return sign * order.compare(a.text, b.text);
    });
    body.remove();  // moving rows within the page would style it anew for each
    rows.forEach(function (each) { body.append(each.row); });
    table.append(body);
    all("th", table.tHead).forEach(function (each) { each.setAttribute("aria-sort", "none"); });
    header.setAttribute("aria-sort", sign > 0 ? "ascending" : "descending");
  }

  all("table").forEach(function (table) {
    table.classList.add("sortable");
    all("th", table.tHead).forEach(function (header) {
      header.setAttribute("aria-sort", "none");
      makeButton(header, function () { sortBy(table, header); });
    });
  });

  var box = document.getElementById("filter");
  if (!box) { return; }
  var shown = document.getElementById("shown");
  var sections = all("section.hosts"), lists = null, waiting = 0;

  function read() {
    return sections.map(function (section) {
      var rows = all("tbody tr", section).map(function (row) {
        return {row: row, name: row.cells[0].textContent, text: row.textContent.toLowerCase()};
      });
      return {section: section, fold: section.querySelector("details"), rows: rows};
    });
  }

  function filter() {
    var words = box.value.toLowerCase().split(/\s+/).filter(Boolean), hosts = new Set(), found = new Set();
    lists = lists || read();
    lists.forEach(function (list) {
      var here = 0;
      list.rows.forEach(function (each) {
        var fits = words.every(function (word) { return each.text.includes(word); });
        if (each.row.hidden === fits) { each.row.hidden = !fits; }
        hosts.add(each.name);
        if (fits) { here += 1; found.add(each.name); }
      });
      list.section.hidden = words.length > 0 && here === 0;
      if (list.fold && words.length) { list.fold.open = here > 0; }
    });
    shown.textContent = words.length ? found.size + " of " + hosts.size + " hosts" : "";
  }

  function soon() { clearTimeout(waiting); waiting = setTimeout(filter, 120); }

  all("[data-find]").forEach(function (element) {
    makeButton(element, function () {
      box.value = box.value === element.dataset.find ? "" : element.dataset.find;
      filter();
    });
  });
  box.addEventListener("input", soon);
  document.querySelector(".tools").hidden = false;

  var folded = [];
  addEventListener("beforeprint", function () {
    folded = all("details:not([open])");
    folded.forEach(function (each) { each.open = true; });
  });
  addEventListener("afterprint", function () { folded.forEach(function (each) { each.open = false; }); });
}());
