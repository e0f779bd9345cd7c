"use strict";

const lookMs = 5000;
const states = {
  ready: ["ready", "badge good"],
  registering: ["registering", "badge"],
  refused: ["refused", "badge bad"],
  unreachable: ["no answer", "badge bad"],
};

function limits(line) {
  const calls = line.calls_max ? `${line.calls_max} at once` : "no limit";
  return line.calls_per_s ? `${calls}, ${line.calls_per_s} a second` : calls;
}

// A button that asks the line's server whether it answers.
function probe(line) {
  const button = make("button", { type: "button", className: "quiet", textContent: "Ask it" });
  button.addEventListener("click", () => run(button, async () => {
    const { answers, words } = await ask("POST", `/lines/${encodeURIComponent(line.name)}/probe`);
    say(answers ? "done" : "wrong", `${line.name}: ${words}`);
  }));
  return button;
}

function row(line) {
  const [words, className] = states[line.state];
  const name = make("div", {}, make("strong", { textContent: line.name }), make("div", {}, make("small", { textContent: line.server })));
  return [name, make("span", { className, textContent: words }), line.reason, line.caller_id, limits(line),
    may("campaigns.run") ? probe(line) : ""];
}

async function look() {
  const { items } = await ask("GET", "/lines");
  by("lines").replaceChildren(table(["Line", "State", "Why", "Shows", "Calls", ""], items.map(row), "No line is configured."));
}

async function lookAgain() {
  try {
    if (!by("room").hidden && !document.hidden) await look();
  } catch (trouble) {
    say("wrong", trouble.message);
  }
  setTimeout(lookAgain, lookMs);
}

comeIn(look);
setTimeout(lookAgain, lookMs);
