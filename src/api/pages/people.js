"use strict";

let person = null; // that was looked up

const day = (text) => new Date(text).toLocaleDateString(undefined, { dateStyle: "medium", timeZone: "UTC" });
const today = () => new Date().toISOString().slice(0, 10);
const count = (n, one, many) => `${n.toLocaleString()} ${n === 1 ? one : many}`;

function on(id, work) {
  by(id).addEventListener("submit", (event) => {
    event.preventDefault();
    run(event.submitter || by(id).querySelector("button"), work);
  });
}

// A button that asks back once before it takes something away.
function careful(words, work) {
  const button = make("button", { type: "button", className: "quiet", textContent: words });
  button.addEventListener("click", () => {
    if (button.dataset.asked) {
      run(button, work);
      return;
    }
    button.dataset.asked = "yes";
    button.textContent = `Really ${words.toLowerCase()}?`;
    button.classList.add("bad");
    setTimeout(() => {
      delete button.dataset.asked;
      button.textContent = words;
      button.classList.remove("bad");
    }, 8000);
  });
  return button;
}

// --- tables ------------------------------------------------------------------

// All pages so far of a list, with a button for the next one.
function pages(id, path, show) {
  const seen = { items: [], next: null, query: {} };
  const more = make("button", { type: "button", className: "quiet more", textContent: "Show more" });
  async function read() {
    const after = seen.next === null ? "" : String(seen.next);
    const page = await ask("GET", path, { query: { ...seen.query, after } });
    seen.items.push(...page.items);
    seen.next = page.next;
    by(id).replaceChildren(show(seen.items), ...(seen.next === null ? [] : [more]));
  }
  more.addEventListener("click", () => run(more, read));
  return (query = seen.query) => {
    Object.assign(seen, { items: [], next: null, query });
    return read();
  };
}

// --- one person ----------------------------------------------------------------

function consentRow(consent, isNumbered) {
  const holds = consent.ended === null;
  const state = make("span", { className: holds ? "badge good" : "badge", textContent: holds ? "holds" : `ended ${day(consent.ended)}` });
  const end = holds && may("consents.write") ? careful("End", () => endConsent(consent)) : "";
  const evidence = make("div", {}, make("div", { textContent: consent.text }), make("small", { textContent: consent.source }));
  const cells = [consent.purpose, day(consent.given), evidence, state, end];
  return isNumbered ? [consent.number, ...cells] : cells;
}

async function endConsent({ number, purpose }) {
  await ask("DELETE", `/consents/${encodeURIComponent(number)}`, { query: { purpose } });
  await (by("person").hidden ? showConsents() : look(number));
  say("done", `${number} is not called for ${purpose} any more.`);
}

async function look(number) {
  person = await ask("GET", `/people/${encodeURIComponent(number)}`);
  by("who").textContent = person.number;
  by("may").textContent = person.is_blocked ? "never called" : "may be called";
  by("may").className = person.is_blocked ? "badge bad" : "badge good";
  by("why").textContent = person.is_blocked ? `Do not call: ${person.reason}.` : "Not on a do-not-call list.";
  by("block-one").hidden = person.is_blocked;
  by("unblock-one").hidden = !person.is_blocked;
  by("agreed").replaceChildren(table(["For", "Given on", "What was agreed to, and where", "", ""],
    person.consents.map((consent) => consentRow(consent, false)), "To nothing: campaigns that ask for consent do not call."));
  by("found").hidden = false;
}

on("find", () => look(by("find-number").value));

by("block-one").addEventListener("click", (event) => run(event.target, async () => {
  await ask("POST", "/blocks", { body: { number: person.number } });
  await look(person.number);
  say("done", `${person.number} is not called any more.`);
}));

by("unblock-one").addEventListener("click", (event) => run(event.target, async () => {
  try {
    await ask("DELETE", `/blocks/${encodeURIComponent(person.number)}`);
  } catch (trouble) {
    if (trouble.status !== 404) throw trouble; // a beginning, or a published list
  }
  await look(person.number);
  if (person.is_blocked) throw new Trouble(`It stays on the list: ${person.reason}.`);
  say("done", `${person.number} may be called again.`);
}));

on("give", async () => {
  const at = by("give-at").value;
  await ask("POST", "/consents", { body: {
    number: person.number,
    purpose: by("give-purpose").value.trim(),
    source: by("give-source").value.trim(),
    text: by("give-text").value.trim(),
    ...(at === today() ? {} : { at: `${at}T00:00:00Z` }),
  } });
  await look(person.number);
  by("give").reset();
  by("give-at").value = today();
  say("done", `The consent of ${person.number} is kept.`);
});

// --- do not call -----------------------------------------------------------------

async function unblock(block) {
  await ask("DELETE", `/blocks/${encodeURIComponent(block.number)}`, { query: { is_prefix: block.is_prefix ? "true" : "" } });
  await showBlocks();
  say("done", `${block.number}${block.is_prefix ? "…" : ""} may be called again.`);
}

const showBlocks = pages("block-rows", "/blocks", (items) => table(["Number", "Why", "Since", "Of", ""],
  items.map((block) => [
    block.is_prefix ? `${block.number}…` : block.number,
    block.reason,
    day(block.created),
    block.campaign ? `campaign ${block.campaign}` : "all campaigns",
    !block.campaign && may("blocks.write") ? careful("Remove", () => unblock(block)) : "",
  ]), "Nobody is on it."));

on("block", async () => {
  const number = by("block-number").value.trim();
  const reason = by("block-reason").value.trim();
  await ask("POST", "/blocks", { body: { number, is_prefix: by("block-prefix").checked, ...(reason ? { reason } : {}) } });
  await showBlocks();
  by("block").reset();
  say("done", `${number} is not called any more.`);
});

// --- files ------------------------------------------------------------------------

// Sends a file, and follows it until it is read.
async function upload(form, path, query, file) {
  const progress = form.querySelector(".progress");
  const format = /\.(jsonl|ndjson)$/i.test(file.name) ? "jsonl" : "";
  let entry;
  progress.textContent = "Sending …";
  try {
    entry = await ask("POST", path, { query: { ...query, format }, file });
    while (entry.state === "running") {
      progress.textContent = `Reading: ${count(entry.rows, "row", "rows")} …`;
      await new Promise((wake) => setTimeout(wake, 300));
      entry = await ask("GET", `/imports/${entry.id}`);
    }
  } finally {
    progress.textContent = "";
  }
  if (entry.state === "failed") throw new Trouble(`The file was not taken: ${entry.fault}.`);
  if (!entry.refused) return count(entry.added, "number", "numbers");
  const { items } = await ask("GET", `/imports/${entry.id}/refused`);
  const first = items[0] ? ` (line ${items[0].line}: ${items[0].reason})` : "";
  return `${count(entry.added, "number", "numbers")}; ${count(entry.refused, "row was", "rows were")} not taken${first}`;
}

// --- consents -----------------------------------------------------------------------

const showConsents = pages("consent-rows", "/consents", (items) => {
  const purposes = [...new Set(items.map((consent) => consent.purpose))];
  by("purposes").replaceChildren(...purposes.map((value) => make("option", { value })));
  return table(["Number", "For", "Given on", "What was agreed to, and where", "", ""],
    items.map((consent) => consentRow(consent, true)), "Nobody agreed to that.");
});

on("filter", () => showConsents({ purpose: by("filter-purpose").value.trim() }));

on("agreed-file", async () => {
  const purpose = by("file-purpose").value.trim();
  const words = await upload(by("agreed-file"), "/consents/import", { purpose }, by("file-consents").files[0]);
  await showConsents({});
  by("agreed-file").reset();
  say("done", `Agreed to ${purpose}: ${words}.`);
});

// --- published lists --------------------------------------------------------------------

function age(days) {
  if (days === 0) return "today";
  return days < 62 ? `${count(days, "day", "days")} ago` : `${Math.floor(days / 30.5)} months ago`;
}

const states = { good: ["good", "good"], too_old: ["too old", "bad"], unfinished: ["not read to its end", "bad"] };

function stand(registry) {
  if (registry.state === "unfinished") return "No edition was read to its end. Nobody is called until one is.";
  const published = `Published ${age(registry.age_days)}, on ${day(registry.published)}`;
  if (registry.until === null) return `${published}; it does not grow old.`;
  return registry.is_stale
    ? `${published}. It was good until ${day(registry.until)}: nobody is called until there is a newer edition.`
    : `${published}; good until ${day(registry.until)}.`;
}

async function forget({ name }) {
  await ask("DELETE", `/registries/${encodeURIComponent(name)}`);
  await refresh();
  say("done", `${name} is forgotten: its numbers may be called.`);
}

function registryCard(registry) {
  const [words, kind] = states[registry.state];
  return make("div", { className: registry.is_stale ? "card alarm" : "card" },
    make("div", { className: "line" },
      make("h2", { className: "plain", textContent: registry.name }),
      make("span", { className: `badge ${kind}`, textContent: words }),
      make("span", { className: "push" }, may("registries.write") ? careful("Remove", () => forget(registry)) : "")),
    make("p", { textContent: stand(registry) }),
    make("small", { textContent: [count(registry.numbers, "number", "numbers"), `edition ${registry.edition}`, registry.source].filter(Boolean).join(" · ") }));
}

// What keeps campaigns from calling stands above everything.
function warn(registries, campaigns) {
  const stale = registries.filter((registry) => registry.is_stale);
  const held = campaigns.filter((campaign) => campaign.held && campaign.state === "running");
  const words = stale.map((registry) => `The published list ${registry.name} is ${states[registry.state][0]}: nobody is called.`);
  words.push(...held.map((campaign) => `The campaign ${campaign.name} waits: ${campaign.held}.`));
  by("warnings").replaceChildren(...words.map((textContent) => make("div", { className: "card alarm", role: "alert", textContent })));
}

async function refresh() {
  const [registries, campaigns] = await Promise.all([ask("GET", "/registries"), ask("GET", "/campaigns")]);
  warn(registries.items, campaigns.items);
  by("registry-names").replaceChildren(...registries.items.map(({ name }) => make("option", { value: name })));
  by("registry-rows").replaceChildren(...(registries.items.length
    ? registries.items.map(registryCard)
    : [make("p", { textContent: "There is none yet." })]));
}

on("edition", async () => {
  const name = by("edition-name").value.trim();
  const query = {
    published: by("edition-published").value,
    max_age_days: by("edition-days").value,
    source: by("edition-source").value.trim(),
  };
  try {
    const words = await upload(by("edition"), `/registries/${encodeURIComponent(name)}/import`, query, by("edition-file").files[0]);
    by("edition").reset();
    say("done", `${name}: ${words} are not called any more.`);
  } finally {
    await refresh();
  }
});

// --- coming and going ----------------------------------------------------------------------

const tabs = { person: () => {}, blocks: () => showBlocks(), consents: () => showConsents({}), registries: refresh };

function turn(name) {
  for (const each of Object.keys(tabs)) {
    by(each).hidden = each !== name;
    by(`tab-${each}`).setAttribute("aria-selected", String(each === name));
  }
  history.replaceState(null, "", `/people#${name}`);
  run(by(`tab-${name}`), async () => tabs[name]());
}

for (const name of Object.keys(tabs)) by(`tab-${name}`).addEventListener("click", () => turn(name));

comeIn(async () => {
  for (const id of ["give-at", "edition-published"]) Object.assign(by(id), { value: today(), max: today() });
  await refresh();
  turn(location.hash.slice(1) in tabs ? location.hash.slice(1) : "person");
});
