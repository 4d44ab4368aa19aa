use crate::limits::QUEUE_GROUPS;

/// Says which in-link a queue sends from next. Shares are fair by bytes (start-time fair queueing: Goyal, Vin and Chen, 1996), and an in-link
/// whose next packet is in a hurry may have it sent out of turn, on credit:
///
/// - The present is the smallest tag of those that wait: how many bytes each of them has had at least. All that is sent for an in-link grows
///   its tag, out of turn or not, so that none has more than another for longer than two packets take.
/// - What is in a hurry goes out of turn once the present has come as far as what went before it: once each other in-link that waits has had
///   as many bytes. So credit is one packet, and cannot be saved up.
/// - Several of those go round in turn. So a packet in a hurry, with credit, waits for one packet of each other in-link at most.
#[derive(Default)]
pub(super) struct InLinkTurns {
    tags: [u64; QUEUE_GROUPS],
    /// When an in-link has credit again: once the present has come so far.
    credit_at: [u64; QUEUE_GROUPS],
    /// In-links that have something to send, by their bits.
    waiting: u32,
    /// Waiting in-links whose next packet is in a hurry.
    hurried: u32,
    present: u64,
    /// The largest tag.
    latest: u64,
    /// The one whose packet in a hurry was sent last.
    last_hurried: usize,
}

const _: () = assert!(QUEUE_GROUPS <= u32::BITS as usize, "each has a bit");

impl InLinkTurns {
    /// The one that is next; `None`: nobody has anything to send.
    pub(super) fn next(&self) -> Option<usize> {
        let first = self.first()?;
        if self.hurried == 0 {
            return Some(first);
        }
        let has_credit = |member: &usize| self.credit_at[*member] <= self.tags[first];
        let upto_last = u32::MAX >> (u32::BITS as usize - 1 - self.last_hurried);
        let mut in_turn = members(self.hurried & !upto_last).chain(members(self.hurried & upto_last));
        in_turn.find(has_credit).or(Some(first))
    }

    /// An in-link has something to send; whether what is next of it is in a hurry.
    pub(super) fn wake(&mut self, member: usize, is_hurried: bool) {
        let bit = 1 << member;
        if self.waiting & bit == 0 {
            self.tags[member] = self.tags[member].max(self.present);
        }
        self.waiting |= bit;
        self.hurried = if is_hurried { self.hurried | bit } else { self.hurried & !bit };
    }

    /// The in-link has nothing more to send.
    pub(super) fn sleep(&mut self, member: usize) {
        self.waiting &= !(1 << member);
        self.hurried &= !(1 << member);
        self.settle();
    }

    /// A packet of it was sent, which was in a hurry or was not; it may sleep already.
    pub(super) fn handle_sent(&mut self, member: usize, length: usize, is_hurried: bool) {
        let tag = self.tags[member];
        self.present = self.first().map_or(tag, |first| tag.min(self.tags[first]));
        self.tags[member] = tag + length as u64;
        self.latest = self.latest.max(self.tags[member]);
        if is_hurried {
            self.credit_at[member] = self.credit_at[member].max(self.present) + length as u64;
            self.last_hurried = member;
        }
        self.settle();
    }

    /// Whether it owes the others nothing, and nothing of it waits.
    pub(super) fn is_over(&self, member: usize) -> bool {
        self.waiting & 1 << member == 0 && self.tags[member] <= self.present
    }

    fn first(&self) -> Option<usize> {
        members(self.waiting).min_by_key(|member| self.tags[*member])
    }

    /// Once nobody waits, all have had what they wanted.
    fn settle(&mut self) {
        if self.waiting == 0 {
            self.present = self.latest;
        }
    }
}

/// Members by their bits, the lowest first.
fn members(mut left: u32) -> impl Iterator<Item = usize> {
    std::iter::from_fn(move || {
        let member = (left != 0).then_some(left.trailing_zeros() as usize)?;
        left &= left - 1;
        Some(member)
    })
}
