//! Transit in a link vertex's place.

use crate::words::{Words, class_text, hex};
use florenetes_wire::mesh::{LinkRow, Passage, Refusal, Seeds, Transit, TransitChange, TransitLimits, TransitReport};
use std::time::Duration;

pub(crate) struct Mirror {
    transit: Transit,
}

impl Mirror {
    pub(crate) fn new() -> Self {
        Self { transit: Transit::new(Seeds { packets: 0, table: 0 }) }
    }

    /// `None`: the command is not for transit.
    pub(crate) fn handle(&mut self, command: &str, words: &mut Words<'_>) -> Option<String> {
        let transit = &mut self.transit;
        Some(match command {
            "transit" => {
                *transit = Transit::new(Seeds { packets: words.number(), table: 0x5eed });
                "ok".to_owned()
            }
            "transit-link" => {
                let link = words.number();
                let row = LinkRow { handle: words.number(), mtu: words.number(), preferred_mtu: words.number() };
                transit.set_link(link, row);
                "ok".to_owned()
            }
            "transit-begin" => {
                let (table, whole) = (words.number(), words.number());
                let limits = TransitLimits { packets_per_second: words.number(), bytes_per_second: words.number() };
                transit.begin(table, whole, limits);
                "ok".to_owned()
            }
            "transit-change" => {
                let (table, first) = (words.number(), words.number());
                let changes: Vec<_> = std::iter::from_fn(|| change(words)).collect();
                match transit.change(table, first, &changes) {
                    None => "gone".to_owned(),
                    Some(taken) => match taken.refusal {
                        None => format!("{} {}", taken.changes, transit.labels()),
                        Some(Refusal::Invalid) => "TRANSIT_INVALID".to_owned(),
                        Some(Refusal::Full) => "TRANSIT_FULL".to_owned(),
                    },
                }
            }
            "transit-drop" => {
                transit.drop_table(words.number());
                while transit.sweep(3) {}
                "ok".to_owned()
            }
            "transit-packet" => {
                let (handle, now, mut packet) = (words.number(), words.number(), words.bytes());
                let passage = transit
                    .link_of(handle)
                    .map_or(Passage::Up, |link| transit.handle_packet(link, &mut packet, Duration::from_millis(now)));
                match passage {
                    Passage::Up => format!("up {}", hex(&packet)),
                    Passage::Dropped => "dropped".to_owned(),
                    Passage::Out { handle } => format!("out {handle} {}", hex(&packet)),
                }
            }
            "transit-tell" => {
                while transit.sweep(usize::MAX) {}
                let (table, reader, taken) = (words.number(), words.number(), words.number());
                let is_asked = taken == 0 || transit.handle_report_taken(taken);
                let report = if is_asked { transit.report(table, reader) } else { None };
                report.map_or("-".to_owned(), |report| text_of(&report))
            }
            _ => return None,
        })
    }
}

fn change(words: &mut Words<'_>) -> Option<TransitChange> {
    Some(match words.text() {
        "" => return None,
        "link" => TransitChange::Link { link: words.number::<i64>() as u32, label: words.number() },
        "permit" => {
            let (link, out_link, share) = (words.number(), words.number(), words.number());
            TransitChange::Permit { link, out_link, share, allowance: words.allowance() }
        }
        "forbid" => TransitChange::Forbid { link: words.number(), out_link: words.number() },
        "swap" => {
            let (link, label) = (words.number(), words.number());
            TransitChange::Swap { link, label, out_link: words.number(), out_label: words.number() }
        }
        "end" => TransitChange::End { link: words.number(), label: words.number() },
        "remove" => TransitChange::Remove { link: words.number(), label: words.number() },
        _ => TransitChange::Unknown,
    })
}

/// Links and labels stand in the order of their numbers, since those that are given here may be others than there.
fn text_of(TransitReport { number, links, pairs, labels, classes }: &TransitReport) -> String {
    let mut links: Vec<_> = links.iter().collect();
    links.sort_unstable_by_key(|row| row.link);
    let links = links.iter().map(|row| {
        let drops = row.drops.iter().map(|(cause, packets, label)| format!("{}:{packets}:{label}", cause.name()));
        let drops = drops.collect::<Vec<_>>().join(",");
        let counts = [row.packets_forwarded, row.bytes_in, row.packets_out, row.bytes_out, row.packets_refused];
        format!("{}/{counts:?}/{drops}", row.link).replace(' ', "")
    });
    let pairs = pairs
        .iter()
        .map(|row| format!("{}>{}:{}/{}", row.in_link, row.out_link, row.packets_passed, row.packets_dropped));
    let mut labels: Vec<_> = labels.iter().filter(|row| row.packets > 0).collect();
    labels.sort_unstable_by_key(|row| (row.link, row.label));
    let labels = labels.iter().map(|row| format!("{}:{}:{}", row.link, row.label, row.packets));
    let mut classes: Vec<_> = classes.iter().collect();
    classes.sort_unstable_by_key(|row| (row.in_link, row.out_link, row.share, row.class));
    let classes = classes.iter().map(|row| class_text(row));
    let join = |texts: &mut dyn Iterator<Item = String>| texts.collect::<Vec<_>>().join(" ");
    format!(
        "{number} | {} | {} | {} | {}",
        join(&mut links.into_iter()),
        join(&mut pairs.into_iter()),
        join(&mut labels.into_iter()),
        join(&mut classes.into_iter())
    )
}
