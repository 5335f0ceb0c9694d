// Passkeys: asks the server for a challenge, the browser for its answer, and sends that on.
(function () {
  "use strict";
  const form = document.getElementById("form");
  if (!form) return;
  const error = document.getElementById("error");
  const value = (name) => (form.elements[name] ? form.elements[name].value : "");

  const bytes = (text) =>
    Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), (c) => c.charCodeAt(0));
  const text = (buffer) =>
    btoa(String.fromCharCode(...new Uint8Array(buffer)))
      .replace(/\+/g, "-")
      .replace(/\//g, "_")
      .replace(/=+$/, "");

  async function send(address, body) {
    const answer = await fetch(address, {
      method: "POST",
      headers: { "Content-Type": "application/json", "X-CSRFToken": value("csrf_token") },
      body: JSON.stringify(body),
    });
    const document_ = await answer.json();
    if (!answer.ok) throw new Error(document_.error || document_.detail || answer.statusText);
    return document_;
  }

  function encoded(credential) {
    const response = credential.response;
    const sent = { clientDataJSON: text(response.clientDataJSON) };
    for (const name of ["attestationObject", "authenticatorData", "signature", "userHandle"])
      if (response[name]) sent[name] = text(response[name]);
    return { id: credential.id, rawId: text(credential.rawId), type: credential.type, response: sent };
  }

  async function run() {
    const options = await send(value("options"), {});
    options.challenge = bytes(options.challenge);
    let credential;
    if (options.user) {
      options.user.id = bytes(options.user.id);
      for (const known of options.excludeCredentials || []) known.id = bytes(known.id);
      credential = await navigator.credentials.create({ publicKey: options });
    } else {
      credential = await navigator.credentials.get({ publicKey: options });
    }
    const done = await send(form.getAttribute("action"), {
      credential: encoded(credential),
      name: value("name"),
      next: value("next"),
    });
    window.location.assign(done.go);
  }

  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    error.hidden = true;
    const button = form.querySelector("button");
    button.disabled = true;
    try {
      await run();
    } catch (reason) {
      error.textContent = reason.message;
      error.hidden = false;
      button.disabled = false;
    }
  });
})();
