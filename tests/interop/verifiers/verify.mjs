// Verifies a Sigstore bundle with @sigstore/verify and a key of one's own.
//
// usage: node verify.mjs BUNDLE PUBLIC_KEY [AUTHORITY ROOT]
//
// With certificates of an authority for time stamps, one of its stamps is demanded.

import crypto from 'node:crypto';
import fs from 'node:fs';
import { bundleFromJSON } from '@sigstore/bundle';
import { TrustedRoot } from '@sigstore/protobuf-specs';
import { Verifier, toSignedEntity, toTrustMaterial } from '@sigstore/verify';

const [, , path, pem, ...certificates] = process.argv;
const publicKey = crypto.createPublicKey(fs.readFileSync(pem));
const spki = publicKey.export({ type: 'spki', format: 'der' });
const hint = crypto.createHash('sha256').update(spki).digest('base64');
const root = TrustedRoot.fromJSON({
  mediaType: 'application/vnd.dev.sigstore.trustedroot+json;version=0.1',
  tlogs: [],
  certificateAuthorities: [],
  ctlogs: [],
  timestampAuthorities: certificates.length === 0 ? [] : [{
    subject: { organization: 'test', commonName: 'test' },
    uri: 'https://authority.invalid',
    certChain: { certificates: certificates.map((file) => ({
      rawBytes: new crypto.X509Certificate(fs.readFileSync(file)).raw.toString('base64'),
    })) },
    validFor: { start: '2020-01-01T00:00:00Z' },
  }],
});
const find = (found) => {
  if (found !== hint) throw new Error(`no key ${found}`);
  const validFor = (time) => {
    if (certificates.length > 0) console.log('stamped', time.toISOString());
    return true;
  };
  return { publicKey, validFor };
};
const thresholds = { tlogThreshold: 0, ctlogThreshold: 0, timestampThreshold: certificates.length === 0 ? 0 : 1 };
const verifier = new Verifier(toTrustMaterial(root, find), thresholds);
const bundle = bundleFromJSON(JSON.parse(fs.readFileSync(path, 'utf-8')));
verifier.verify(toSignedEntity(bundle));
console.log('accepted', path);
