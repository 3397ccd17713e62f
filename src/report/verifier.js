'use strict';
const TYPE = 'application/vnd.in-toto+json';
const STATEMENT = 'https://in-toto.io/Statement/v1';
const PREDICATE = 'https://driftseal.dev/drift-report/v1';
const BYTES_MAX = 24 * 1024 * 1024;
const pinned = JSON.parse(document.getElementById('pinned').textContent);

const text = (id, said) => { document.getElementById(id).textContent = said; };
const add = (id, said) => {
  const item = document.createElement('li');
  item.textContent = said;
  document.getElementById(id).append(item);
};
const hex = (bytes) => [...new Uint8Array(bytes)].map((b) => b.toString(16).padStart(2, '0')).join('');
const utf8 = new TextEncoder();

// Padded, of the standard alphabet, and in the one spelling that encoding it again gives.
function decode(base64) {
  if (typeof base64 !== 'string' || !/^[A-Za-z0-9+/]*={0,2}$/.test(base64)) throw new Error('not canonical base64');
  const binary = atob(base64);
  if (btoa(binary) !== base64) throw new Error('not canonical base64');
  return Uint8Array.from(binary, (c) => c.charCodeAt(0));
}

function encode(type, payload) {
  const name = utf8.encode(type);
  const head = utf8.encode(`DSSEv1 ${name.length} ${type} ${payload.length} `);
  const bytes = new Uint8Array(head.length + payload.length);
  bytes.set(head);
  bytes.set(payload, head.length);
  return bytes;
}

// A signature of ECDSA is two integers in DER; WebCrypto takes them as 64 bytes.
function raw(der) {
  let at = 0;
  const take = (tag) => {
    if (der[at] !== tag || der[at + 1] === undefined || der[at + 1] > 127) throw new Error('not DER');
    const from = at + 2;
    at = from + der[at + 1];
    if (at > der.length) throw new Error('not DER');
    return der.subarray(from, at);
  };
  const inside = take(0x30);
  if (at !== der.length) throw new Error('not DER');
  at = 2;
  const integer = () => {
    let bytes = take(0x02);
    const spare = bytes[0] === 0 && bytes[1] > 127;
    if (bytes.length === 0 || bytes[0] > 127 || (bytes[0] === 0 && !spare && bytes.length > 1)) throw new Error('not DER');
    if (spare) bytes = bytes.subarray(1);
    if (bytes.length > 32) throw new Error('not DER');
    const fixed = new Uint8Array(32);
    fixed.set(bytes, 32 - bytes.length);
    return fixed;
  };
  const both = new Uint8Array(64);
  both.set(integer());
  both.set(integer(), 32);
  if (at !== inside.length + 2) throw new Error('not DER');
  return both;
}

const ALGORITHMS = {
  'ecdsa-p256-sha256': { key: { name: 'ECDSA', namedCurve: 'P-256' }, sign: { name: 'ECDSA', hash: 'SHA-256' }, raw },
  ed25519: { key: { name: 'Ed25519' }, sign: { name: 'Ed25519' }, raw: (signature) => signature },
};

// The algorithm is the pinned key's, never the message's.
async function accepts(key, message, signature) {
  const known = ALGORITHMS[key.algorithm];
  const spki = decode(key.spki);
  if (hex(await crypto.subtle.digest('SHA-256', spki)) !== key.id) throw new Error(`the key ${key.id} is another one`);
  const imported = await crypto.subtle.importKey('spki', spki, known.key, false, ['verify']);
  try {
    return await crypto.subtle.verify(known.sign, imported, known.raw(signature), message);
  } catch {
    return false;
  }
}

// Read in the one spelling in which it is written, so that no two readers see different things.
function open(source) {
  const said = JSON.parse(source);
  const { payload, payloadType, signatures } = said;
  if (!Array.isArray(signatures) || signatures.length < 1 || signatures.length > 16) throw new Error('no signatures, or too many');
  const again = JSON.stringify({
    payload,
    payloadType,
    signatures: signatures.map(({ keyid, sig }) => ({ keyid, sig })),
  });
  if (again !== source.trimEnd()) throw new Error('the envelope is not in the one spelling that this page reads');
  if (payloadType !== TYPE) throw new Error(`the payload is ${payloadType}`);
  return { payload: decode(payload), signatures: signatures.map(({ sig }) => decode(sig)) };
}

async function verify(source, sums) {
  const { payload, signatures } = open(source);
  add('checks', 'ok: envelope');
  const message = encode(TYPE, payload);
  const signers = new Set();
  for (const key of pinned.keys) {
    for (const signature of signatures) {
      if (await accepts(key, message, signature)) signers.add(key.id);
    }
  }
  if (signers.size < pinned.threshold) throw new Error(`${signers.size} of the pinned keys signed exactly these bytes, ${pinned.threshold} needed`);
  for (const id of signers) add('checks', `ok: signed by ${id}`);
  const statement = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(payload));
  if (statement._type !== STATEMENT || statement.predicateType !== PREDICATE) throw new Error('this is another attestation');
  const { predicate, subject } = statement;
  const named = (name) => subject.filter((one) => one.name === name).map((one) => one.digest.sha256);
  const [green, ...others] = named('green');
  if (others.length || green !== predicate.greenDigest) throw new Error('the green subject is another snapshot');
  if (predicate.verdict !== predicate.report.verdict || predicate.exit !== predicate.report.exit) throw new Error('the verdict contradicts the report');
  add('checks', 'ok: subject and verdict fields');
  if (sums) {
    const [listed] = named('SHA256SUMS');
    if (hex(await crypto.subtle.digest('SHA-256', sums)) !== listed) throw new Error('SHA256SUMS is not the one that was signed');
    add('checks', 'ok: SHA256SUMS is the one that was signed');
  } else {
    add('checks', 'not checked: SHA256SUMS was not given');
  }
  add('checks', 'not checked: age, expected green, trust policy, files of the evidence, replay (driftseal verify)');
  text('details', [
    `verdict    ${predicate.verdict} (exit ${predicate.exit})`,
    `judged at  ${predicate.run.evaluatedAt}`,
    `green      ${predicate.greenDigest}`,
    `blue       ${predicate.blueDigest}`,
    `report id  ${hex(await crypto.subtle.digest('SHA-256', payload))}`,
  ].join('\n'));
  return predicate.verdict;
}

function conclude(kind, said) {
  document.getElementById('conclusion').className = kind;
  text('conclusion', said);
}

async function check(files) {
  text('checks', '');
  text('details', '');
  conclude('', 'checking');
  if (!globalThis.isSecureContext || !globalThis.crypto?.subtle) {
    conclude('failed', 'CANNOT VERIFY: this browser gives no cryptography to this page; open it as a file or over https');
    return;
  }
  try {
    const sums = files.find((file) => file.name === 'SHA256SUMS');
    const report = files.find((file) => file !== sums);
    if (!report || report.size > BYTES_MAX) throw new Error('no report was given, or one that is too large');
    const verdict = await verify(await report.text(), sums && new Uint8Array(await sums.arrayBuffer()));
    if (verdict === 'pass') conclude('ok', 'SIGNED, verdict: pass');
    else conclude('failed', `SIGNED, BUT NO PASS, verdict: ${verdict}`);
  } catch (error) {
    text('details', '');
    conclude('failed', `NOT VERIFIED: ${error.message}`);
  }
}

text('threshold', `${pinned.threshold} of these must have signed:`);
for (const key of pinned.keys) add('keys', `${key.id} (${key.algorithm})`);
const input = document.getElementById('files');
input.addEventListener('change', () => check([...input.files]));
document.addEventListener('dragover', (event) => event.preventDefault());
document.addEventListener('drop', (event) => {
  event.preventDefault();
  check([...event.dataTransfer.files]);
});
