// Signing in and asking, for all pages that people work with. Their elements: #door with #enter, #refused; #room with
// #self, #leave, #wrong, #done.
"use strict";

const by = (id) => document.getElementById(id);
const api = "/api/v1";
let scopes = [];

function make(name, props = {}, ...children) {
  const node = Object.assign(document.createElement(name), props);
  node.append(...children);
  return node;
}

function say(id, words) {
  for (const other of ["wrong", "done"]) by(other).hidden = true;
  by(id).textContent = words;
  by(id).hidden = !words;
}

// --- asking ------------------------------------------------------------------

class Trouble extends Error {
  constructor(words, status = 0) {
    super(words);
    this.status = status;
  }
}

function leave() {
  sessionStorage.removeItem("token");
  by("room").hidden = true;
  by("door").hidden = false;
  by("password").value = "";
  by("user").focus();
}

async function ask(method, path, { query = {}, body, file } = {}) {
  const headers = { Authorization: `Bearer ${sessionStorage.getItem("token")}` };
  const words = new URLSearchParams(Object.entries(query).filter(([, value]) => value !== ""));
  if (body) headers["Content-Type"] = "application/json";
  if (file) headers["Content-Type"] = "application/octet-stream";
  let reply;
  try {
    reply = await fetch(`${api}${path}?${words}`, { method, headers, body: file || (body && JSON.stringify(body)) });
  } catch {
    throw new Trouble("The server does not answer.");
  }
  if (reply.status === 204) return null;
  const json = await reply.json();
  if (reply.ok) return json;
  if (reply.status === 401) leave();
  throw new Trouble(`${json.detail}: ${json.remedy}`, reply.status);
}

// Runs what a click asks for: one at a time, and what goes wrong is said.
async function run(button, work) {
  say("wrong", "");
  button.disabled = true;
  try {
    await work();
  } catch (trouble) {
    if (!(trouble instanceof Trouble)) throw trouble;
    say("wrong", trouble.message);
  } finally {
    button.disabled = false;
  }
}

const may = (scope) => scopes.includes(scope);

function table(heads, rows, empty) {
  if (!rows.length) return make("p", { textContent: empty });
  return make("table", {},
    make("thead", {}, make("tr", {}, ...heads.map((head) => make("th", { textContent: head, scope: "col" })))),
    make("tbody", {}, ...rows.map((cells) => make("tr", {}, ...cells.map((cell) => make("td", {}, cell))))));
}

// --- coming and going ----------------------------------------------------------

// For each page to call once; begin asks for what it shows.
function comeIn(begin) {
  async function enter() {
    const self = await ask("GET", "/self");
    scopes = self.scopes;
    by("self").textContent = `${self.user}, ${self.role}`;
    for (const node of document.querySelectorAll("[data-scope]")) node.hidden = !may(node.dataset.scope);
    await begin();
    by("door").hidden = true;
    by("room").hidden = false;
  }

  by("enter").addEventListener("submit", async (event) => {
    event.preventDefault();
    by("refused").hidden = true;
    try {
      const made = await ask("POST", "/session", { body: { user: by("user").value, password: by("password").value } });
      sessionStorage.setItem("token", made.token);
      await enter();
    } catch (trouble) {
      by("refused").textContent = trouble.message;
      by("refused").hidden = false;
    }
  });

  by("leave").addEventListener("click", async () => {
    await ask("DELETE", "/session").catch(() => {});
    leave();
  });

  if (sessionStorage.getItem("token")) enter().catch((trouble) => say("wrong", trouble.message));
  else leave();
}
