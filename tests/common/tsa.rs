//! Time stamping authorities of OpenSSL, at work on a desk.

use std::fs;
use std::path::Path;

use crate::desk::Desk;

/// What the configuration says, which `fixtures/timestamps/make` holds.
fn configuration() -> String {
    let make = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/timestamps/make");
    let text = fs::read_to_string(make).unwrap();
    let (_, text) = text.split_once("cat > tsa.cnf <<'C'\n").unwrap();
    text.split_once("\nC\n").unwrap().0.to_owned()
}

fn openssl(desk: &Desk, line: &str) -> Option<String> {
    let ran = desk.other("openssl", &line.split(' ').collect::<Vec<_>>())?;
    assert_eq!(ran.code, 0, "openssl {line}: {}", ran.err);
    Some(ran.out)
}

/// Makes two roots, `root` and `elsewhere-root`, with the SHA-256 of the SPKI of each in `NAME.id`,
/// and authorities below them; `None` where there is no OpenSSL.
pub(crate) fn install(desk: &Desk) -> Option<()> {
    openssl(desk, "version")?;
    desk.write("tsa.cnf", configuration());
    desk.write("serial", "01");
    let key = |name: &str| {
        let line = "genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out";
        openssl(desk, &format!("{line} {name}.key")).unwrap();
    };
    for root in ["root", "elsewhere-root"] {
        key(root);
        let line = format!("req -new -x509 -key {root}.key -subj /CN={root} -days 36500");
        openssl(desk, &format!("{line} -config tsa.cnf -extensions ca -out {root}.crt")).unwrap();
        openssl(desk, &format!("pkey -in {root}.key -pubout -outform DER -out spki")).unwrap();
        let id = openssl(desk, "dgst -sha256 -r spki").unwrap();
        desk.write(&format!("{root}.id"), &id[..64]);
    }
    for (name, root, extensions, days) in [
        ("good", "root", "good", 30000),
        ("elsewhere", "elsewhere-root", "good", 30000),
        ("expired", "root", "good", 0),
        ("eku-missing", "root", "eku-missing", 30000),
        ("eku-not-critical", "root", "eku-not-critical", 30000),
        ("eku-more", "root", "eku-more", 30000),
    ] {
        key(name);
        let line = format!("req -new -key {name}.key -subj /CN={name} -config tsa.cnf");
        openssl(desk, &format!("{line} -out {name}.csr")).unwrap();
        let line = format!("x509 -req -in {name}.csr -CA {root}.crt -CAkey {root}.key");
        let line = format!("{line} -CAcreateserial -days {days} -extfile tsa.cnf");
        openssl(desk, &format!("{line} -extensions {extensions} -out {name}.crt")).unwrap();
    }
    Some(())
}

/// Has an authority answer a request, and says where the answer is.
pub(crate) fn answer(desk: &Desk, name: &str, query: &str) -> String {
    let answer = format!("{}.{name}.tsr", query.trim_end_matches(".tsq"));
    let line = format!("ts -reply -queryfile {query} -config tsa.cnf -section plain");
    let line = format!("{line} -signer {name}.crt -inkey {name}.key -out {answer}");
    openssl(desk, &line).unwrap();
    answer
}

/// Signs the statement of a good answer with a certificate that `openssl ts` refuses to use.
pub(crate) fn forge(desk: &Desk, name: &str, answer: &str) -> Vec<u8> {
    openssl(desk, &format!("ts -reply -in {answer} -token_out -out token")).unwrap();
    openssl(desk, "cms -verify -noverify -in token -inform DER -out statement").unwrap();
    let line = "cms -sign -binary -nodetach -cades -md sha256 -in statement -outform DER";
    let line = format!("{line} -econtent_type 1.2.840.113549.1.9.16.1.4");
    openssl(desk, &format!("{line} -signer {name}.crt -inkey {name}.key -out forged")).unwrap();
    let body = [&[0x30, 3, 2, 1, 0], desk.read("forged").as_slice()].concat();
    let length = u16::try_from(body.len()).unwrap().to_be_bytes();
    [&[0x30, 0x82], &length[..], &body].concat()
}
