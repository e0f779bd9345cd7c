"use strict";

const by = (id) => document.getElementById(id);

function wrong(words) {
  by("wrong").textContent = words;
  by("wrong").hidden = false;
}

by("form").addEventListener("submit", async (event) => {
  event.preventDefault();
  by("wrong").hidden = true;
  if (by("password").value !== by("again").value) {
    wrong("The two passwords are not the same.");
    return;
  }
  by("go").disabled = true;
  try {
    const reply = await fetch("/api/v1/setup", {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify({
        word: location.hash.slice(1),
        user: by("user").value,
        password: by("password").value,
      }),
    });
    if (reply.status === 204) {
      history.replaceState(null, "", "/setup");
      by("form").hidden = true;
      by("done").hidden = false;
      return;
    }
    const trouble = await reply.json();
    wrong(`${trouble.detail}: ${trouble.remedy}`);
  } catch {
    wrong("The server does not answer.");
  }
  by("go").disabled = false;
});
