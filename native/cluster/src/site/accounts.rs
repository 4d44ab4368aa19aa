use std::collections::HashMap;

use florenetes_lane::{Allowance, EventWriter};

use crate::codes::{DONE, WORKLOAD_RESET, counted};
use crate::datagrams::FlowFigures;
use crate::event::{Account, Event};
use crate::figures::{AccountFigures, Drops};
use crate::limits::REFUSALS_WAITING_MAX;

/// Counts the streams of tunnels and services, and tells the owner why some were refused.
#[derive(Default)]
pub(crate) struct Accounts {
    /// Counts of the accounts that were added and not forgotten.
    counts: HashMap<Account, Counts>,
    /// Figures of flows whose account was forgotten.
    gone: FlowFigures,
    told: Allowance,
}

#[derive(Default)]
struct Counts {
    open: u64,
    total: u64,
    refused: Vec<(u64, u64)>,
    cut: Vec<(u64, u64)>,
    flows: FlowFigures,
}

/// A stream that was not opened, or not answered.
pub(crate) struct Refusal {
    pub(crate) account: Account,
    pub(crate) connection: Option<u32>,
    pub(crate) code: u64,
    pub(crate) text: String,
}

impl Accounts {
    /// Begins to count for an account.
    pub(crate) fn add(&mut self, account: Account) {
        self.counts.entry(account).or_default();
    }

    /// Forgets an account. The ends of its last streams are not counted.
    pub(crate) fn forget(&mut self, account: Account) {
        self.counts.remove(&account);
    }

    /// The counts of the datagrams of an account's flows.
    pub(crate) fn flows(&mut self, account: Account) -> &mut FlowFigures {
        self.counts.get_mut(&account).map_or(&mut self.gone, |counts| &mut counts.flows)
    }

    pub(crate) fn handle_opened(&mut self, account: Account) {
        let Some(counts) = self.counts.get_mut(&account) else { return };
        counts.open += 1;
        counts.total += 1;
    }

    /// Counts the end of a stream that had been answered.
    pub(crate) fn handle_done(&mut self, account: Account, code: u64) {
        let Some(counts) = self.counts.get_mut(&account) else { return };
        counts.open -= 1;
        if code != DONE && code != WORKLOAD_RESET {
            add_one(&mut counts.cut, code);
        }
    }

    /// Counts the end of a stream that was opened but not answered.
    pub(crate) fn handle_unanswered(&mut self, refusal: Refusal, events: &mut EventWriter<Event>, drops: &mut Drops) {
        if let Some(counts) = self.counts.get_mut(&refusal.account) {
            counts.open -= 1;
        }
        if refusal.code != DONE && refusal.code != WORKLOAD_RESET {
            self.note(refusal, events, drops);
        }
    }

    /// Counts a stream that was refused before it was opened.
    pub(crate) fn handle_refused(&mut self, refusal: Refusal, events: &mut EventWriter<Event>, drops: &mut Drops) {
        if let Some(counts) = self.counts.get_mut(&refusal.account) {
            counts.total += 1;
        }
        self.note(refusal, events, drops);
    }

    pub(crate) fn figures(&self) -> Vec<AccountFigures> {
        let figures = |(account, counts): (&Account, &Counts)| AccountFigures {
            account: *account,
            open: counts.open,
            total: counts.total,
            refused: counts.refused.clone(),
            cut: counts.cut.clone(),
            flows: counts.flows,
        };
        self.counts.iter().map(figures).collect()
    }

    fn note(&mut self, refusal: Refusal, events: &mut EventWriter<Event>, drops: &mut Drops) {
        let Refusal { account, connection, code, text } = refusal;
        let Some(counts) = self.counts.get_mut(&account) else { return };
        add_one(&mut counts.refused, code);
        if self.told.take(events.batch(), REFUSALS_WAITING_MAX) {
            events.push(Event::Refused { account, connection, code, text });
        } else {
            drops.refusals_untold += 1;
        }
    }
}

fn add_one(counts: &mut Vec<(u64, u64)>, code: u64) {
    let code = counted(code);
    match counts.iter_mut().find(|(of, _)| *of == code) {
        Some((_, count)) => *count += 1,
        None => counts.push((code, 1)),
    }
}
