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
    /// Accounts that were named, and forgotten accounts that still have open streams.
    counts: HashMap<Account, Counts>,
    /// Figures of flows whose account was forgotten.
    gone: FlowFigures,
    told: Allowance,
}

#[derive(Default)]
struct Counts {
    /// The owner is told of the account.
    is_told: bool,
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
    /// The owner is told of the account from now on. Open streams of a forgotten account with the same number are streams of this account.
    pub(crate) fn add(&mut self, account: Account) {
        let counts = self.counts.entry(account).or_default();
        counts.is_told = true;
    }

    /// The owner is told of the account no more. The account stays until its last stream ends, as its number may come again before that.
    pub(crate) fn forget(&mut self, account: Account) {
        let Some(counts) = self.counts.get_mut(&account) else { return };
        *counts = Counts { open: counts.open, total: counts.open, ..Counts::default() };
        self.drop_if_over(account);
    }

    fn drop_if_over(&mut self, account: Account) {
        if self.counts.get(&account).is_some_and(|counts| !counts.is_told && counts.open == 0) {
            self.counts.remove(&account);
        }
    }

    /// A stream that was opened is over.
    fn close(&mut self, account: Account) {
        let Some(counts) = self.counts.get_mut(&account) else { return };
        counts.open -= 1;
        self.drop_if_over(account);
    }

    fn told_mut(&mut self, account: Account) -> Option<&mut Counts> {
        self.counts.get_mut(&account).filter(|counts| counts.is_told)
    }

    /// The counts of the datagrams of an account's flows.
    pub(crate) fn flows(&mut self, account: Account) -> &mut FlowFigures {
        match self.counts.get_mut(&account) {
            Some(counts) if counts.is_told => &mut counts.flows,
            _ => &mut self.gone,
        }
    }

    pub(crate) fn handle_opened(&mut self, account: Account) {
        let counts = self.counts.entry(account).or_default();
        counts.open += 1;
        counts.total += 1;
    }

    /// Counts the end of a stream that had been answered.
    pub(crate) fn handle_done(&mut self, account: Account, code: u64) {
        if code != DONE
            && code != WORKLOAD_RESET
            && let Some(counts) = self.told_mut(account)
        {
            add_one(&mut counts.cut, code);
        }
        self.close(account);
    }

    /// Counts the end of a stream that was opened but not answered.
    pub(crate) fn handle_unanswered(&mut self, refusal: Refusal, events: &mut EventWriter<Event>, drops: &mut Drops) {
        self.close(refusal.account);
        if refusal.code != DONE && refusal.code != WORKLOAD_RESET {
            self.note(refusal, events, drops);
        }
    }

    /// Counts a stream that was refused before it was opened.
    pub(crate) fn handle_refused(&mut self, refusal: Refusal, events: &mut EventWriter<Event>, drops: &mut Drops) {
        if let Some(counts) = self.told_mut(refusal.account) {
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
        self.counts.iter().filter(|(_, counts)| counts.is_told).map(figures).collect()
    }

    fn note(&mut self, refusal: Refusal, events: &mut EventWriter<Event>, drops: &mut Drops) {
        let Refusal { account, connection, code, text } = refusal;
        let Some(counts) = self.told_mut(account) else { return };
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
