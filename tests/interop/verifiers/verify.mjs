// Verifies a Sigstore bundle with @sigstore/verify and a key of one's own.
//
// usage: node verify.mjs BUNDLE PUBLIC_KEY

import crypto from 'node:crypto';
import fs from 'node:fs';
import { bundleFromJSON } from '@sigstore/bundle';
import { TrustedRoot } from '@sigstore/protobuf-specs';
import { Verifier, toSignedEntity, toTrustMaterial } from '@sigstore/verify';

const [, , path, pem] = process.argv;
const publicKey = crypto.createPublicKey(fs.readFileSync(pem));
const spki = publicKey.export({ type: 'spki', format: 'der' });
const hint = crypto.createHash('sha256').update(spki).digest('base64');
const root = TrustedRoot.fromJSON({
  mediaType: 'application/vnd.dev.sigstore.trustedroot+json;version=0.1',
  tlogs: [],
  certificateAuthorities: [],
  ctlogs: [],
  timestampAuthorities: [],
});
const find = (found) => {
  if (found !== hint) throw new Error(`no key ${found}`);
  return { publicKey, validFor: () => true };
};
const thresholds = { tlogThreshold: 0, ctlogThreshold: 0, timestampThreshold: 0 };
const verifier = new Verifier(toTrustMaterial(root, find), thresholds);
const bundle = bundleFromJSON(JSON.parse(fs.readFileSync(path, 'utf-8')));
verifier.verify(toSignedEntity(bundle));
console.log('accepted', path);
