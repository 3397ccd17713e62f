//! What an archive cannot do, however it is packed.

use std::io::{Cursor, Write as _};
use std::path::Path;

use driftseal::collect::{Exclusions, MaskingKey, Options, Spool, collect};
use driftseal::model::{Blobs as _, GapReason, Limits, Snapshot};
use tar::{EntryType, Header};
use zip::write::SimpleFileOptions;

fn options(base: &Path, limits: Limits) -> Options {
    Options {
        limits,
        masking_key: MaskingKey::from_bytes(&[3; 32], false).unwrap(),
        secret_patterns: driftseal::collect::SecretPatterns::default(),
        exclude: Exclusions::new(&["vendor".to_owned()]).unwrap(),
        base_dir: base.to_path_buf(),
        environment: Vec::new(),
    }
}

fn read_with(name: &str, bytes: &[u8], limits: Limits) -> Snapshot {
    let root = tempfile::tempdir().unwrap();
    std::fs::write(root.path().join(name), bytes).unwrap();
    let options = options(root.path(), limits);
    let spool = Spool::new(&limits);
    let snapshot = collect(&[name.to_owned()], &options, &spool);
    for source in &snapshot.sources {
        let text = spool.get(&source.digest).unwrap();
        assert!(!String::from_utf8_lossy(&text).contains("hunter2"), "{}", source.file);
    }
    assert_eq!(root.path().read_dir().unwrap().count(), 1, "unpacked to disk");
    snapshot
}

fn read(name: &str, bytes: &[u8]) -> Snapshot {
    read_with(name, bytes, Limits::STANDARD)
}

fn files(snapshot: &Snapshot) -> Vec<&str> {
    snapshot.sources.iter().map(|source| &*source.file).collect()
}

fn gaps(snapshot: &Snapshot) -> Vec<(&str, GapReason)> {
    snapshot.gaps.iter().map(|gap| (gap.place.as_str(), gap.reason)).collect()
}

/// A tar archive whose names are written as they are, however wrong.
fn tar_of(entries: &[(&str, EntryType, &[u8])]) -> Vec<u8> {
    let mut builder = tar::Builder::new(Vec::new());
    for (name, kind, content) in entries {
        let mut header = Header::new_gnu();
        header.as_old_mut().name[..name.len()].copy_from_slice(name.as_bytes());
        header.set_entry_type(*kind);
        header.set_size(content.len() as u64);
        header.set_mode(0o644);
        if matches!(kind, EntryType::Symlink | EntryType::Link) {
            header.set_link_name("/etc/passwd").unwrap();
        }
        header.set_cksum();
        builder.append(&header, *content).unwrap();
    }
    builder.into_inner().unwrap()
}

fn plain(files: &[(&str, &str)]) -> Vec<u8> {
    let entry =
        |(name, text): &(&'static str, &'static str)| (*name, EntryType::Regular, text.as_bytes());
    let files: Vec<(&'static str, &'static str)> =
        files.iter().map(|(name, text)| (leak(name), leak(text))).collect();
    tar_of(&files.iter().map(entry).collect::<Vec<_>>())
}

fn leak(text: &str) -> &'static str {
    text.to_owned().leak()
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut out = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    out.write_all(bytes).unwrap();
    out.finish().unwrap()
}

fn zstd(bytes: &[u8]) -> Vec<u8> {
    ruzstd::encoding::compress_to_vec(bytes, ruzstd::encoding::CompressionLevel::Fastest)
}

fn zip_of(entries: &[(&str, &str, u32)]) -> Vec<u8> {
    let mut writer = zip::ZipWriter::new(Cursor::new(Vec::new()));
    for (name, text, mode) in entries {
        let options = SimpleFileOptions::default().unix_permissions(mode & 0o7777);
        if mode & 0o170_000 == 0o120_000 {
            writer.add_symlink(*name, *text, options).unwrap();
        } else {
            writer.start_file(*name, options).unwrap();
            writer.write_all(text.as_bytes()).unwrap();
        }
    }
    writer.finish().unwrap().into_inner()
}

const SIDE: [(&str, &str); 3] =
    [("a/b.yaml", "password: hunter2\n"), ("c.env", "A=1\n"), ("vendor/d.yaml", "d: 1\n")];

#[test]
fn every_packing_is_read_the_same() {
    let tar = plain(&SIDE);
    let zipped = SIDE.map(|(name, text)| (name, text, 0o644));
    let two = tar.len() / 2;
    for (name, bytes) in [
        ("s.tar", tar.clone()),
        ("s.tar.gz", gzip(&tar)),
        ("S.TGZ", gzip(&tar)),
        ("two.tgz", [gzip(&tar[..two]), gzip(&tar[two..])].concat()),
        ("s.tar.zst", zstd(&tar)),
        ("two.tar.zst", [zstd(&tar[..two]), zstd(&tar[two..])].concat()),
        ("s.zip", zip_of(&zipped)),
    ] {
        let side = read(name, &bytes);
        assert_eq!(files(&side), ["a/b.yaml", "c.env"], "{name} {:?}", side.gaps);
        assert_eq!(gaps(&side), [], "{name}");
        assert_eq!(side.excluded[0].place, "vendor/d.yaml", "{name}");
        assert_eq!((side.sources[0].masked, side.collectors[0].scheme), (1, "archive"));
    }
}

#[test]
fn long_names_and_the_headers_of_git_are_understood() {
    let name = format!("{}/x.yaml", "long/".repeat(60));
    let mut builder = tar::Builder::new(Vec::new());
    let mut header = Header::new_ustar();
    header.set_entry_type(EntryType::XGlobalHeader);
    header.set_size(0);
    header.set_cksum();
    builder.append_data(&mut header, "pax_global_header", &b""[..]).unwrap();
    let mut header = Header::new_gnu();
    header.set_size(5);
    builder.append_data(&mut header, &name, &b"a: 1\n"[..]).unwrap();
    let side = read("s.tar", &builder.into_inner().unwrap());
    assert_eq!((files(&side), gaps(&side)), (vec![name.replace("//", "/").as_str()], vec![]));
}

#[test]
fn an_archive_of_another_packing_is_a_gap_that_names_those_that_are_read() {
    for name in ["s.tar.xz", "s.TBZ2", "s.7z"] {
        let side = read(name, b"whatever it is");
        assert_eq!(files(&side), Vec::<&str>::new(), "{name}");
        let gap = side.gaps.iter().find(|gap| gap.reason == GapReason::Unreadable);
        let gap = gap.unwrap_or_else(|| panic!("{name}: {:?}", side.gaps));
        assert!(gap.message.contains(".tar.zst and .zip"), "{}", gap.message);
    }
}

#[test]
fn a_sparse_file_is_a_gap_and_not_its_map() {
    let mut builder = tar::Builder::new(Vec::new());
    let keywords = [("major", "1"), ("minor", "0"), ("name", "a.yaml"), ("realsize", "5")];
    let keywords = keywords.map(|(key, value)| (format!("GNU.sparse.{key}"), value));
    let keywords = keywords.iter().map(|(key, value)| (key.as_str(), value.as_bytes()));
    builder.append_pax_extensions(keywords).unwrap();
    let mut header = Header::new_ustar();
    header.set_size(512 + 5);
    let map = format!("{:\0<512}a: 1\n", "1\n0\n5\n");
    builder.append_data(&mut header, "GNUSparseFile.0/a.yaml", map.as_bytes()).unwrap();
    let mut header = Header::new_ustar();
    header.set_size(5);
    builder.append_data(&mut header, "b.yaml", &b"b: 1\n"[..]).unwrap();
    let side = read("s.tar", &builder.into_inner().unwrap());
    assert_eq!(files(&side), ["b.yaml"]);
    assert_eq!(gaps(&side), [("GNUSparseFile.0/a.yaml", GapReason::Unreadable)]);
}

#[test]
fn no_name_leads_out_and_no_link_is_followed() {
    let entries: [(&str, EntryType, &[u8]); 10] = [
        ("../up.yaml", EntryType::Regular, b"a: 1\n"),
        ("/etc/abs.yaml", EntryType::Regular, b"a: 1\n"),
        ("a/../../b.yaml", EntryType::Regular, b"a: 1\n"),
        ("C:\\x.yaml", EntryType::Regular, b"a: 1\n"),
        ("dir", EntryType::Directory, b""),
        ("device", EntryType::Block, b""),
        ("fifo", EntryType::Fifo, b""),
        ("hard", EntryType::Link, b""),
        ("soft", EntryType::Symlink, b""),
        ("./ok//x.yaml", EntryType::Regular, b"a: 1\n"),
    ];
    let side = read("s.tar", &tar_of(&entries));
    assert_eq!(files(&side), ["ok/x.yaml"]);
    let unreadable = GapReason::Unreadable;
    assert_eq!(
        gaps(&side),
        [
            ("../up.yaml", unreadable),
            ("C:\\x.yaml", unreadable),
            ("a/../../b.yaml", unreadable),
            ("abs.yaml", unreadable),
            ("device", unreadable),
            ("fifo", unreadable),
            ("hard", GapReason::LinkNotFollowed),
            ("soft", GapReason::LinkNotFollowed),
        ]
    );
    let zip = [("../up.yaml", "a: 1\n", 0o644), ("soft", "/etc/passwd", 0o120_777)];
    let side = read("s.zip", &zip_of(&[&zip[..], &[("ok.yaml", "a: 1\n", 0o644)]].concat()));
    assert_eq!(files(&side), ["ok.yaml"]);
    assert_eq!(gaps(&side), [("../up.yaml", unreadable), ("soft", GapReason::LinkNotFollowed)]);
}

#[test]
fn what_is_cut_off_or_damaged_is_a_gap_and_the_rest_is_kept() {
    let tar = plain(&[("a.yaml", "a: 1\n"), ("b.yaml", "b: 1\n")]);
    let gz = gzip(&tar);
    let zst = zstd(&tar);
    let mut flipped = gz.clone();
    let at = flipped.len() - 6;
    flipped[at] ^= 1;
    let mut checksum = zst.clone();
    *checksum.last_mut().unwrap() ^= 1;
    let mut header = tar.clone();
    header[1024 + 150] ^= 1;
    for (name, bytes) in [
        ("header.tar", header),
        ("entry.tar", tar[..1024 + 514].to_vec()),
        ("end.tar", tar[..2048].to_vec()),
        ("more.tar", [&tar[..], &plain(&[("c.yaml", "c: 1\n")])].concat()),
        ("cut.tar.gz", gz[..gz.len() - 10].to_vec()),
        ("crc.tar.gz", flipped),
        ("more.tar.gz", [&gz[..], b"garbage"].concat()),
        ("cut.tar.zst", zst[..zst.len() - 6].to_vec()),
        ("sum.tar.zst", checksum),
        ("wrong.tar.gz", tar.clone()),
        ("wrong.tar", b"a: 1\n".to_vec()),
        ("empty.tar", Vec::new()),
        ("wrong.zip", tar.clone()),
    ] {
        let side = read(name, &bytes);
        let lost = side.gaps.iter().any(|gap| gap.reason == GapReason::Unreadable);
        assert!(lost, "{name}: {:?} {:?}", files(&side), side.gaps);
        if ["header.tar", "entry.tar", "end.tar", "more.tar"].contains(&name) {
            assert_eq!(files(&side)[0], "a.yaml", "{name}");
        }
    }
    for end in 0..gz.len() {
        assert!(!read("cut.tgz", &gz[..end]).gaps.is_empty(), "cut at {end}");
    }
}

#[test]
fn no_damage_makes_the_program_fail() {
    const FILES: [(&str, &str); 2] = [("a/b.yaml", "a: 1\nb: [2, 3]\n"), ("c.env", "A=1\n")];
    let tar = plain(&FILES);
    let mut random = 0x2545_f491_4f6c_dd1d_u64;
    let mut next = |most: usize| {
        random ^= random << 13;
        random ^= random >> 7;
        random ^= random << 17;
        usize::try_from(random % most as u64).unwrap()
    };
    let zipped = FILES.map(|(name, text)| (name, text, 0o644));
    for (name, whole) in [
        ("s.tar", tar.clone()),
        ("s.tgz", gzip(&tar)),
        ("s.tar.zst", zstd(&tar)),
        ("s.zip", zip_of(&zipped)),
    ] {
        for _ in 0..150 {
            let mut bytes = whole.clone();
            for _ in 0..=next(4) {
                let at = next(bytes.len());
                bytes[at] = u8::try_from(next(256)).unwrap();
            }
            let side = read(name, &bytes);
            for gap in &side.gaps {
                assert_ne!(gap.reason, GapReason::Internal, "{name} {gap:?}");
            }
        }
    }
}

#[test]
fn a_damaged_or_encrypted_file_of_a_zip_costs_only_itself() {
    let whole = zip_of(&[("a.yaml", "a: 1\n", 0o644), ("b.yaml", "b: 1\n", 0o644)]);
    let mut damaged = whole.clone();
    let data = damaged.windows(6).position(|bytes| bytes == b"a.yaml").unwrap() + 8;
    damaged[data] ^= 0x55;
    let mut encrypted = whole.clone();
    for (signature, flags) in [(b"PK\x03\x04", 6), (b"PK\x01\x02", 8)] {
        let at = encrypted.windows(4).position(|bytes| bytes == signature).unwrap();
        encrypted[at + flags] |= 1;
    }
    for (bytes, word) in [(damaged, "damaged"), (encrypted, "encrypted")] {
        let side = read("s.zip", &bytes);
        assert_eq!(files(&side), ["b.yaml"]);
        assert_eq!(gaps(&side), [("a.yaml", GapReason::Unreadable)]);
        assert!(side.gaps[0].message.contains(word), "{}", side.gaps[0].message);
    }
}

#[test]
fn a_zip_that_says_two_things_of_a_file_is_not_believed() {
    let files_of = [("a.yaml", "a: 1\n", 0o644), ("b.yaml", "b: 1\n", 0o644)];
    let whole = zip_of(&files_of);
    assert_eq!(gaps(&read("s.zip", &whole)), []);
    let local = |nth: usize| {
        let starts = (0..whole.len()).filter(|at| whole[*at..].starts_with(b"PK\x03\x04"));
        starts.collect::<Vec<_>>()[nth]
    };
    // In the header before it: its name, its method, its checksum, its size, and whether a password
    // is asked for.
    for (at, byte) in [(30, b'z'), (8, 9), (14, 0xAA), (22, 77), (6, 1)] {
        let mut odd = whole.clone();
        odd[local(0) + at] = byte;
        let side = read("s.zip", &odd);
        assert_eq!(
            (files(&side), gaps(&side)),
            (vec!["b.yaml"], vec![("a.yaml", GapReason::Unreadable)])
        );
        assert!(side.gaps[0].message.contains("says something else"), "{at}");
    }
    // A file that the directory does not list: before all others, and behind one.
    let other = zip_of(&[("c.yaml", "c: 1\n", 0o644)]);
    let end = other.windows(4).position(|bytes| bytes == b"PK\x01\x02").unwrap();
    let before = [&other[..end], &whole].concat();
    let side = read("s.zip", &before);
    assert_eq!(
        (files(&side), gaps(&side)),
        (vec!["a.yaml", "b.yaml"], vec![("s.zip", GapReason::Unreadable)])
    );
    let mut unlisted = whole.clone();
    let central: Vec<usize> =
        (0..whole.len()).filter(|at| whole[*at..].starts_with(b"PK\x01\x02")).collect();
    let length = central[1] - central[0];
    unlisted.drain(central[0]..central[1]);
    let tail = unlisted.len() - 22;
    for at in [8, 10] {
        unlisted[tail + at] = 1;
    }
    let bytes = u32::from_le_bytes(unlisted[tail + 12..tail + 16].try_into().unwrap());
    let length = u32::try_from(length).unwrap();
    unlisted[tail + 12..tail + 16].copy_from_slice(&(bytes - length).to_le_bytes());
    let side = read("s.zip", &unlisted);
    assert_eq!(
        (files(&side), gaps(&side)),
        (vec!["b.yaml"], vec![("s.zip", GapReason::Unreadable)])
    );
    assert!(side.gaps[0].message.contains("does not list"), "{}", side.gaps[0].message);
}

#[test]
fn a_name_that_stands_twice_is_reported() {
    let tar = plain(&[("a.yaml", "a: 1\n"), ("a.yaml", "a: 2\n"), ("b.yaml", "b: 1\n")]);
    let side = read("s.tar", &tar);
    assert_eq!(files(&side), ["a.yaml", "a.yaml#2", "b.yaml"]);
    assert_eq!(gaps(&side), [("a.yaml", GapReason::Unreadable)]);
    let equal = read("s.tar", &plain(&[("a.yaml", "a: 1\n"), ("./a.yaml", "a: 1\n")]));
    assert_eq!((files(&equal), gaps(&equal)), (vec!["a.yaml"], vec![]));
    assert!(equal.collectors[0].notes[0].contains("twice"));
    // The writer refuses twins, so one name is made into the other.
    let mut zip = zip_of(&[("a.yaml", "a: 1\n", 0o644), ("b.yaml", "a: 2\n", 0o644)]);
    while let Some(at) = zip.windows(6).position(|bytes| bytes == b"b.yaml") {
        zip[at] = b'a';
    }
    let side = read("s.zip", &zip);
    assert_eq!(gaps(&side), [("s.zip", GapReason::Unreadable)]);
}

#[test]
fn a_limit_is_a_gap_that_names_it() {
    let zeros = "0".repeat(4 << 20);
    let bomb = plain(&[("a.yaml", "a: 1\n"), ("b.txt", &zeros), ("c.yaml", "c: 1\n")]);
    let zipped = [("a.yaml", "a: 1\n", 0o644), ("b.txt", zeros.as_str(), 0o644)];
    let zip = zip_of(&[&zipped[..], &[("c.yaml", "c: 1\n", 0o644)]].concat());
    let small = Limits { archive_bytes_max: 1 << 20, archive_ratio_max: 5000, ..Limits::STANDARD };
    let ratio = Limits { archive_ratio_max: 2, ..Limits::STANDARD };
    let count = Limits { archive_entries_max: 1, ..Limits::STANDARD };
    let long = Limits { file_bytes_max: 1 << 20, archive_ratio_max: 5000, ..Limits::STANDARD };
    for (name, bytes) in [
        ("s.tar.gz", gzip(&bomb)),
        ("s.tar.zst", zstd(&bomb)),
        ("s.zip", zip),
        ("s.tar", bomb.clone()),
    ] {
        for (limits, word) in
            [(small, "archive_bytes_max"), (ratio, "archive_ratio_max"), (count, "archive_entries")]
        {
            if name == "s.tar" && word == "archive_ratio_max" {
                continue;
            }
            let side = read_with(name, &bytes, limits);
            let gap = side.gaps.iter().find(|gap| gap.reason == GapReason::LimitReached);
            let gap = gap.unwrap_or_else(|| panic!("{name} {word}: {:?}", side.gaps));
            assert!(gap.message.contains(word), "{name}: {}", gap.message);
            assert_eq!(files(&side), ["a.yaml"], "{name} {word}");
        }
        let side = read_with(name, &bytes, long);
        assert_eq!(files(&side), ["a.yaml", "c.yaml"], "{name}");
        assert_eq!(gaps(&side), [("b.txt", GapReason::LimitReached)], "{name}");
    }
}
