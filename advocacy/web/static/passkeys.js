// Passkeys: a form marked data-passkey asks for a challenge, lets the browser make or use a
// passkey, and sends the answer as its field `credential`. Without script the form stays hidden.
(() => {
  "use strict";
  if (!window.PublicKeyCredential || !window.isSecureContext) return;

  const toBytes = (text) =>
    Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), (c) => c.charCodeAt(0));
  const toText = (buffer) =>
    btoa(String.fromCharCode(...new Uint8Array(buffer)))
      .replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
  const withIds = (list) => (list || []).map((each) => ({ ...each, id: toBytes(each.id) }));

  const options = (kind, given) => {
    const key = { ...given, challenge: toBytes(given.challenge) };
    if (kind === "create") {
      key.user = { ...given.user, id: toBytes(given.user.id) };
      key.excludeCredentials = withIds(given.excludeCredentials);
    } else {
      key.allowCredentials = withIds(given.allowCredentials);
    }
    return { publicKey: key };
  };

  const plain = (credential) => {
    const from = credential.response;
    const response = { clientDataJSON: toText(from.clientDataJSON) };
    if (from.attestationObject) {
      response.attestationObject = toText(from.attestationObject);
      response.transports = from.getTransports ? from.getTransports() : [];
    } else {
      response.authenticatorData = toText(from.authenticatorData);
      response.signature = toText(from.signature);
      if (from.userHandle) response.userHandle = toText(from.userHandle);
    }
    return {
      id: credential.id,
      rawId: toText(credential.rawId),
      type: credential.type,
      response,
      clientExtensionResults: {},
    };
  };

  const say = (form, text) => {
    let place = form.querySelector("[role=alert]");
    if (!place) {
      place = document.createElement("p");
      place.className = "error";
      place.setAttribute("role", "alert");
      form.append(place);
    }
    place.textContent = text;
  };

  const run = async (form) => {
    const headers = { accept: "application/json", "x-csrf-token": form.elements.csrf_token.value };
    const answer = await fetch(form.dataset.challenge, { method: "POST", headers });
    if (answer.redirected) {
      window.location.assign(answer.url);
      return;
    }
    const given = await answer.json();
    if (!answer.ok) throw new Error(given.detail);
    const kind = form.dataset.passkey;
    const made = await navigator.credentials[kind](options(kind, given));
    form.elements.credential.value = JSON.stringify(plain(made));
    form.submit();
  };

  for (const form of document.querySelectorAll("form[data-passkey]")) {
    form.hidden = false;
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      const button = form.querySelector("button");
      button.disabled = true;
      run(form)
        .catch((error) => {
          const ours = error instanceof DOMException || error instanceof TypeError;
          say(form, (!ours && error.message) || form.dataset.failed);
        })
        .finally(() => {
          button.disabled = false;
        });
    });
  }
  for (const each of document.querySelectorAll("[data-no-passkey]")) each.hidden = true;
})();
