//! The vectors that the TypeScript tests read, too: packages/forwarding.

use crate::fixtures::{TableVector, bytes, carry, hex, read_vectors};
use florenetes_wire::mesh::{DropCause, Packet, TrafficClass, write_header};
use serde::Deserialize;
use std::collections::{BTreeMap, HashSet};

#[derive(Deserialize)]
struct HeaderVectors {
    write: Vec<WriteVector>,
    check: Vec<CheckVector>,
    answer: Vec<AnswerVector>,
    mark: Vec<MarkVector>,
    class: Vec<ClassVector>,
    question: Vec<QuestionVector>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct WriteVector {
    name: String,
    connection_id: String,
    hop_limit: u8,
    labels: Vec<u32>,
    #[serde(default)]
    share: u32,
    header: String,
}

#[derive(Deserialize)]
struct CheckVector {
    name: String,
    packet: String,
    cause: String,
}

#[derive(Deserialize)]
struct AnswerVector {
    name: String,
    packet: String,
    words: Vec<String>,
}

#[derive(Deserialize)]
struct MarkVector {
    name: String,
    packet: String,
    result: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct QuestionVector {
    name: String,
    packet: String,
    is_question: bool,
}

#[derive(Deserialize)]
struct ClassVector {
    name: String,
    packet: String,
    class: String,
}

#[test]
fn headers() {
    let vectors: HeaderVectors = read_vectors("packages/forwarding/vectors/header.json");
    for WriteVector { name, connection_id, hop_limit, labels, share, header } in &vectors.write {
        let id = u64::from_str_radix(connection_id, 16).unwrap();
        let mut out = [0xa5; 120];
        let size = write_header(&mut out, id, labels.iter().map(|label| label << 12 | share), *hop_limit);
        assert_eq!(hex(&out[..size]), *header, "{name}");
        assert!(out[size..].iter().all(|&octet| octet == 0xa5), "{name}");
        let packet = Packet::parse(&out[..size]).unwrap();
        assert_eq!((packet.connection_id(), packet.hop_limit(), packet.cursor()), (id, *hop_limit, 0), "{name}");
        let read: Vec<u32> = (0..packet.label_count()).map(|index| packet.label(index)).collect();
        assert_eq!(read, *labels, "{name}");
        assert!(packet.payload().is_empty(), "{name}");
    }
    for CheckVector { name, packet, cause } in &vectors.check {
        let found = Packet::parse(bytes(packet)).map_or_else(DropCause::name, |_| "none");
        assert_eq!(found, cause, "{name}");
    }
    for AnswerVector { name, packet, words } in &vectors.answer {
        let packet = Packet::parse(bytes(packet)).unwrap();
        let found: Vec<String> = packet.return_words().map(|word| format!("{word:08x}")).collect();
        assert_eq!(found, *words, "{name}");
    }
    for MarkVector { name, packet, result } in &vectors.mark {
        let mut marked = Packet::parse(bytes(packet)).unwrap();
        assert_eq!(marked.is_marked(), packet.starts_with("11"), "{name}");
        marked.set_mark();
        assert!(marked.is_marked(), "{name}");
        assert_eq!(hex(marked.bytes()), *result, "{name}");
    }
    for QuestionVector { name, packet, is_question } in &vectors.question {
        let packet = Packet::parse(bytes(packet)).unwrap();
        assert_eq!(packet.is_question(), *is_question, "{name}");
    }
    for ClassVector { name, packet, class } in &vectors.class {
        let found = format!("{:?}", TrafficClass::of(&bytes(packet))).to_lowercase();
        assert_eq!(found, *class, "{name}");
    }
}

#[derive(Deserialize)]
struct TableVectors {
    tables: BTreeMap<String, TableVector>,
    cases: Vec<TableCase>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct TableCase {
    name: String,
    table: String,
    in_link: Option<String>,
    packet: String,
    verdict: String,
    out_link: Option<String>,
    service: Option<String>,
    cause: Option<String>,
    result: Option<String>,
}

#[test]
fn tables() {
    let vectors: TableVectors = read_vectors("packages/forwarding/vectors/table.json");
    let mut causes = HashSet::new();
    for case in &vectors.cases {
        let (mut forwarder, errors) = vectors.tables[&case.table].forwarder();
        assert_eq!(errors, Vec::<&str>::new(), "{}", case.name);
        let table = &vectors.tables[&case.table];
        let outcome = carry(&mut forwarder, table.link(case.in_link.as_deref()), &bytes(&case.packet));
        let expected = match case.verdict.as_str() {
            "forward" => format!("link {}", table.link(case.out_link.as_deref()).unwrap()),
            "deliverToService" => format!("service {}", table.service(case.service.as_ref().unwrap())),
            "deliverToConnection" => "connection".to_owned(),
            _ => case.cause.clone().unwrap(),
        };
        assert_eq!(outcome.to, expected, "{}", case.name);
        assert_eq!(hex(&outcome.packet), *case.result.as_ref().unwrap_or(&case.packet), "{}", case.name);
        causes.extend(case.cause.clone());
    }
    let of_the_table = DropCause::ALL[..10].iter().map(|cause| cause.name().to_owned()).collect();
    assert_eq!(causes, of_the_table, "every cause of the table has a vector");
}

#[derive(Deserialize)]
struct ConflictVectors {
    cases: Vec<ConflictCase>,
}

#[derive(Deserialize)]
struct ConflictCase {
    name: String,
    table: TableVector,
    codes: Vec<String>,
}

#[test]
fn conflicts() {
    let vectors: ConflictVectors = read_vectors("packages/forwarding/vectors/conflicts.json");
    for ConflictCase { name, table, codes } in &vectors.cases {
        assert_eq!(table.forwarder().1, *codes, "{name}");
    }
}
