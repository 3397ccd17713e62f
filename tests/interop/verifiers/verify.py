"""Verifies an envelope with securesystemslib and reads its statement with in-toto-attestation.

usage: verify.py ENVELOPE THRESHOLD PUBLIC_KEY...
"""

import base64
import hashlib
import json
import sys

from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_pem_public_key
from google.protobuf import json_format
from in_toto_attestation.v1 import statement_pb2
from in_toto_attestation.v1.statement import Statement
from securesystemslib.dsse import Envelope
from securesystemslib.signer import SSlibKey


def key(path):
    """The key under the id that the envelope names it by: SHA-256 of its SPKI."""
    with open(path, "rb") as file:
        public = load_pem_public_key(file.read())
    spki = public.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return SSlibKey.from_crypto(public, keyid=hashlib.sha256(spki).hexdigest())


path, threshold, *keys = sys.argv[1:]
with open(path, encoding="utf-8") as file:
    document = json.load(file)
accepted = Envelope.from_dict(document).verify([key(one) for one in keys], int(threshold))
payload = base64.b64decode(document["payload"])
statement = json_format.Parse(payload, statement_pb2.Statement())
Statement.copy_from_pb(statement).validate()
for subject in statement.subject:
    print("subject", subject.name, subject.digest["sha256"])
print("accepted", len(accepted), statement.predicate_type)
