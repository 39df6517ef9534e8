// Solves the proof of work on the gate's page and sends the form on. Without it the page works too.
"use strict";
(() => {
  const form = document.querySelector("form[data-challenge]");
  if (!form) return;
  const status = form.querySelector("[role=status]");
  const challenge = JSON.parse(form.dataset.challenge);
  const { nonce, salt, cost, keyPrefix } = challenge.parameters;

  // SHA-256 on 32-bit words; every text here fits into one block.
  const START = [], K = [];
  for (let n = 2; K.length < 64; n++) {
    if ([...Array(n).keys()].slice(2).some((d) => n % d === 0)) continue;
    const part = (x) => ((x - Math.floor(x)) * 4294967296) | 0;
    if (START.length < 8) START.push(part(Math.sqrt(n)));
    K.push(part(Math.cbrt(n)));
  }
  const w = new Int32Array(64);
  const turn = (x, n) => (x >>> n) | (x << (32 - n));
  const hash = (words) => {
    for (let i = 0; i < 16; i++) w[i] = 0;
    for (let i = 0; i < words.length; i++) w[i] = words[i];
    w[words.length] = 0x80000000;
    w[15] = words.length * 32;
    for (let i = 16; i < 64; i++) {
      const p = w[i - 15], q = w[i - 2];
      const s = turn(p, 7) ^ turn(p, 18) ^ (p >>> 3);
      const t = turn(q, 17) ^ turn(q, 19) ^ (q >>> 10);
      w[i] = w[i - 16] + s + w[i - 7] + t;
    }
    let [a, b, c, d, e, f, g, h] = START;
    for (let i = 0; i < 64; i++) {
      const s = turn(e, 6) ^ turn(e, 11) ^ turn(e, 25);
      const t = (h + s + ((e & f) ^ (~e & g)) + K[i] + w[i]) | 0;
      const u = turn(a, 2) ^ turn(a, 13) ^ turn(a, 22);
      const v = (u + ((a & b) ^ (a & c) ^ (b & c))) | 0;
      h = g; g = f; f = e; e = (d + t) | 0;
      d = c; c = b; b = a; a = (t + v) | 0;
    }
    return [a, b, c, d, e, f, g, h].map((x, i) => (x + START[i]) | 0);
  };
  const words = (hex) => hex.match(/.{8}/g).map((each) => parseInt(each, 16) | 0);
  const hex = (list) => list.map((x) => (x >>> 0).toString(16).padStart(8, "0")).join("");

  const head = [...words(salt), ...words(nonce)];
  const wanted = parseInt(keyPrefix, 16), shift = 32 - 4 * keyPrefix.length;
  const began = performance.now();
  let counter = 0;
  const work = () => {
    const until = performance.now() + 40;
    do {
      for (let i = 0; i < 200; i++, counter++) {
        let key = hash([...head, counter | 0]);
        for (let round = 1; round < cost; round++) key = hash(key);
        if (key[0] >>> shift === wanted) return send(counter, hex(key));
      }
    } while (performance.now() < until);
    setTimeout(work, 0);
  };
  const send = (found, derivedKey) => {
    const time = Math.round(performance.now() - began);
    const solution = { counter: found, derivedKey, time };
    form.elements.altcha.value = btoa(JSON.stringify({ challenge, solution }));
    status.textContent = form.dataset.done;
    form.submit();
  };
  status.textContent = form.dataset.working;
  setTimeout(work, 50);
})();
